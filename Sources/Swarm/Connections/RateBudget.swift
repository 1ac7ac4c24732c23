import NIOCore

/// A number of events allowed in a minute: a token bucket that starts full.
package struct RateBudget {
  private let capacity: Double
  private var tokens: Double
  private var last: NIODeadline?

  package init(perMinute: Int) {
    capacity = Double(perMinute)
    tokens = capacity
  }

  /// Takes one token, or says that there is none.
  package mutating func take(now: NIODeadline) -> Bool {
    if let last, now > last {
      tokens = min(capacity, tokens + Double((now - last).nanoseconds) / 60e9 * capacity)
    }
    last = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }
}
