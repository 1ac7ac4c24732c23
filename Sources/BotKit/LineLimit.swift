import Limits

/// How many lines a script may write to the log, which all scripts share, and somebody is to read.
struct LineLimit {
  private var bucket: TokenBucket
  private var leftOut = 0
  private var told: Int64 = .min

  init(now: Int64) {
    bucket = TokenBucket(perSecond: Limits.Lua.logRate, burst: Limits.Lua.logBurst, now: now)
  }

  /// Whether a line may be written.
  mutating func take(now: Int64) -> Bool {
    if bucket.take(now: now) { return true }
    leftOut += 1
    return false
  }

  /// The number of lines left out that nobody was told of, at most once a second.
  mutating func report(now: Int64) -> Int? {
    guard leftOut > 0, told == .min || now &- told >= 1_000_000_000 else { return nil }
    told = now
    defer { leftOut = 0 }
    return leftOut
  }
}

extension BotCore {
  /// Says how many lines of the script were left out.
  func noteLinesLeftOut() {
    guard let count = lineLimit.report(now: now) else { return }
    log.log(
      .warning, "\(count) lines of the script's left out: it writes more than \(Int(Limits.Lua.logRate)) a second")
  }
}
