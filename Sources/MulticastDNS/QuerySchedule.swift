import Limits
import NIOCore

/// When to ask who is there: at once, and then less and less often (RFC 6762 §5.2). Whoever comes later asks itself, and
/// is heard when it answers itself.
struct QuerySchedule: Sendable, Hashable {
  private(set) var next: NIODeadline
  private var interval = TimeAmount.seconds(1)

  /// Begins within a moment: all that wake with the same power cut would speak at once.
  init(now: NIODeadline, using random: inout some RandomNumberGenerator) {
    next = now + Self.moment(using: &random)
  }

  /// A question is sent now.
  mutating func sent(now: NIODeadline, using random: inout some RandomNumberGenerator) {
    // A tenth more or less, or those who have started together go on together.
    let span = interval.nanoseconds
    next = now + .nanoseconds(Int64.random(in: (span - span / 10)...(span + span / 10), using: &random))
    interval = min(.nanoseconds(span * 2), .seconds(Int64(Limits.MDNS.querySeconds)))
  }

  /// The wait before what all may do at the same time (RFC 6762 §6): 20 to 120 ms.
  static func moment(using random: inout some RandomNumberGenerator) -> TimeAmount {
    .milliseconds(Int64.random(in: 20...120, using: &random))
  }
}
