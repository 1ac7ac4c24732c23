import Limits

/// When a command may be given again, by peer and by room.
struct Cooldowns {
  private struct Pause {
    var end: Int64
    /// Who has been told to wait.
    var told: Set<String> = []
  }

  private var pauses: [String: Pause] = [:]
  private let limit: Int

  init(limit: Int = Limits.Lua.cooldowns) { self.limit = max(1, limit) }

  var count: Int { pauses.count }

  /// What is left of the longest pause, in nanoseconds, and whether the peer hears of it for the first time. nil: none.
  mutating func left(_ keys: [String], peer: String, now: Int64) -> (nanoseconds: Int64, isNews: Bool)? {
    let running = keys.filter { (pauses[$0]?.end ?? now) > now }
    guard let longest = running.max(by: { (pauses[$0]?.end ?? 0) < (pauses[$1]?.end ?? 0) }),
      var pause = pauses[longest]
    else { return nil }
    let isNews = pause.told.count < 64 && pause.told.insert(peer).inserted
    pauses[longest] = pause
    return (pause.end &- now, isNews)
  }

  /// A pause begins.
  mutating func begin(_ key: String, seconds: Double, now: Int64) {
    guard seconds > 0 else { return }
    if pauses.count >= limit {
      pauses = pauses.filter { $0.value.end > now }
      // Many strangers at once: those that are over soonest go first.
      if pauses.count >= limit {
        let order = pauses.sorted { $0.value.end < $1.value.end }
        for (key, _) in order.prefix(max(1, limit / 8)) { pauses[key] = nil }
      }
    }
    pauses[key] = Pause(end: now &+ Int64(min(seconds, 1e9) * 1e9))
  }
}
