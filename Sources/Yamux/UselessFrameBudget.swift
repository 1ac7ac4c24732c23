import Limits
import NIOCore

/// Counts frames that change nothing, such as window updates of 0, second FINs, and frames for streams that never
/// were, and says when they are too many.
///
/// Each costs this side almost nothing and is ignored; a flood of them has no honest explanation. A bucket that
/// refills with time lets a long-lived connection have its few.
struct UselessFrameBudget: Sendable {
  private var left = Limits.Yamux.uselessFrames
  private var refilled: NIODeadline

  init(now: NIODeadline) { self.refilled = now }

  /// Takes one from the budget; `false` when it is empty.
  mutating func spend(now: NIODeadline) -> Bool {
    if left == 0 {
      let seconds = (now - refilled).nanoseconds / 1_000_000_000
      guard seconds > 0 else { return false }
      let full = Limits.Yamux.uselessFrames
      left = min(full, Int(min(seconds, Int64(full))) * Limits.Yamux.uselessFramesPerSecond)
      refilled = now
    }
    left -= 1
    return true
  }
}
