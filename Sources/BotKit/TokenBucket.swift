/// So many at once, so many a second afterwards.
struct TokenBucket {
  private let perSecond: Double
  private let burst: Double
  private var tokens: Double
  private var updated: Int64

  init(perSecond: Double, burst: Double, now: Int64) {
    self.perSecond = max(perSecond, 1e-9)
    self.burst = max(burst, 1)
    tokens = self.burst
    updated = now
  }

  /// Takes a token; false when there is none.
  mutating func take(now: Int64) -> Bool {
    refill(now)
    // A little less than one: times are rounded to nanoseconds.
    guard tokens >= 0.999_999 else { return false }
    tokens = max(0, tokens - 1)
    return true
  }

  /// When the next token is there.
  mutating func nextToken(now: Int64) -> Int64 {
    refill(now)
    return now &+ Int64(max(0, 1 - tokens) / perSecond * 1e9)
  }

  private mutating func refill(_ now: Int64) {
    let elapsed = Double(max(0, now &- updated)) / 1e9
    tokens = min(burst, tokens + elapsed * perSecond)
    updated = max(updated, now)
  }
}
