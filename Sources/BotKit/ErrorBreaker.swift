import Limits

/// Leaves a handler out that does nothing but fail: so many errors in a minute, and it pauses, each time twice as long.
struct ErrorBreaker {
  private var errors: [Int64] = []
  private var pauseEnds: Int64 = .min
  private var pauseSeconds = 0

  /// Whether it may run.
  func isClosed(now: @autoclosure () -> Int64) -> Bool { pauseSeconds == 0 || now() >= pauseEnds }

  /// A run has failed; gives the seconds of the pause that begins with it, if one does.
  mutating func noteError(now: Int64) -> Int? {
    errors.removeAll { now &- $0 >= 60_000_000_000 }
    errors.append(now)
    // Who has just come back has one try.
    let isTrial = pauseSeconds > 0 && now &- pauseEnds < 60_000_000_000
    guard errors.count >= Limits.Lua.breakerErrors || isTrial else { return nil }
    pauseSeconds = isTrial ? min(pauseSeconds * 2, Limits.Lua.breakerMostSeconds) : Limits.Lua.breakerSeconds
    pauseEnds = now &+ Int64(pauseSeconds) &* 1_000_000_000
    errors = []
    return pauseSeconds
  }
}
