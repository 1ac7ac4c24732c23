import NIOCore

/// Tells that the machine has slept: a laptop whose lid was closed, a virtual machine that was put away. The clock that
/// timers go by stands still meanwhile, so nothing is due; but the peers have long given the connections up.
///
/// A value that is handed the two clocks.
struct SleepWatch: Sendable, Hashable {
  /// Less than this is not worth a stir: connections outlive it.
  static let least = TimeAmount.seconds(5)

  private var ahead: Int64

  /// - Parameter sinceBoot: Nanoseconds on a clock that does not stand still.
  init(now: NIODeadline, sinceBoot: Int64) { ahead = Self.ahead(now, sinceBoot) }

  /// Takes the time. Returns how long the machine has slept since the last call, if it has.
  mutating func update(now: NIODeadline, sinceBoot: Int64) -> TimeAmount? {
    let before = ahead
    ahead = Self.ahead(now, sinceBoot)
    let slept = TimeAmount.nanoseconds(ahead &- before)
    return slept >= Self.least ? slept : nil
  }

  private static func ahead(_ now: NIODeadline, _ sinceBoot: Int64) -> Int64 {
    sinceBoot &- Int64(clamping: now.uptimeNanoseconds)
  }
}
