/// What became of the peers to begin with, for whoever waits for one of them.
struct BootstrapWait {
  private let peers: Int
  private var reasons: [String] = []

  /// - Parameter peers: How many there are.
  init(peers: Int) { self.peers = peers }

  /// One of them cannot be reached. Returns why there is nobody to wait for any more, if that was the last.
  mutating func failed(_ reason: String) -> Failure? {
    reasons.append(reason)
    guard reasons.count >= peers else { return nil }
    return Failure(.unavailable, "dht: no peer to begin with can be reached: \(reasons.joined(separator: "; "))")
  }

  /// Time is up: some are silent, or do not serve the table.
  func timedOut(seconds: Double) -> Failure {
    let rest = reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"
    return Failure(.unavailable, "dht: no peer to begin with has answered within \(seconds) s\(rest)")
  }
}
