import Limits
import NIOCore

/// When the node announces itself: at once when somebody listens, then again and again for as long as somebody does.
struct AnnouncementSchedule: Sendable, Hashable {
  private let interval: TimeAmount
  private var last: NIODeadline?
  private var isHeard = false

  init(interval: TimeAmount) { self.interval = interval }

  /// Takes how many peers are subscribed to the topic. Returns whether to announce now.
  mutating func update(listeners: Int, now: NIODeadline) -> Bool {
    isHeard = listeners > 0
    guard isHeard, last.map({ now - $0 >= interval }) ?? true else { return false }
    last = now
    return true
  }

  /// When `update` should be called again even if nothing happens; nil while nobody listens.
  var deadline: NIODeadline? { isHeard ? last.map { $0 + interval } : nil }
}
