import LuaVM

/// One call of `peer:ping`: as many round trips as it asked for, one after the other.
struct PingSeries {
  let peer: String
  /// Pings to come, the one under way among them.
  var left: Int
  var sum = 0.0
  let count: Int
  /// When the time is over, on the script's clock.
  let deadline: Int64

  init(peer: String, count: Int, deadline: Int64) {
    self.peer = peer
    self.count = count
    self.deadline = deadline
    left = count
  }
}

extension BotCore {
  /// Measures for the running task, which waits.
  func ping(_ peer: String, count: Int, timeout: Double) {
    let token = beginWait()
    let deadline = now &+ Int64(timeout * 1e9)
    pingsInFlight[token] = PingSeries(peer: peer, count: count, deadline: deadline)
    // The network keeps the time too; this one is for networks that never answer.
    timers.schedule(.wait(token), at: deadline)
    sendPing(token)
  }

  private func sendPing(_ token: UInt64) {
    guard let series = pingsInFlight[token] else { return }
    let deliver = deliver
    let left = Double(max(0, series.deadline &- now)) / 1e9
    network.ping(series.peer, timeoutSeconds: left) { deliver(.pinged(token: token, $0)) }
  }

  /// One of them has come back, or will not.
  func pinged(_ token: UInt64, _ result: Result<Double, BotPingFailure>) {
    guard var series = pingsInFlight[token] else { return }
    if case .success(let seconds) = result {
      series.sum += seconds
      series.left -= 1
      pingsInFlight[token] = series
      if series.left > 0 { return sendPing(token) }
    }
    pingsInFlight[token] = nil
    wake(token) { results in
      switch result {
      case .success: results.number(series.sum / Double(series.count))
      case .failure(let failure): results.failure(failure.rawValue)
      }
    }
  }
}
