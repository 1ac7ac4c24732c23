import Limits
import NIOCore

/// When others of the room are looked for in the distributed hash table: soon at first, then more and more rarely, and
/// soon again when the last of them is gone.
struct RendezvousSchedule: Sendable, Hashable {
  private static let least = TimeAmount.seconds(Int64(Limits.Discovery.rendezvousSeconds))
  private static let most = TimeAmount.seconds(Int64(Limits.Discovery.rendezvousMostSeconds))

  private var wait = Self.least
  private var wasHeard = false
  /// When to look next; nil as long as there is nobody to ask.
  private(set) var deadline: NIODeadline?

  /// There is somebody to ask.
  mutating func begin(now: NIODeadline) { if deadline == nil { deadline = now } }

  /// Takes how many peers are in the room. Returns whether to look for others now.
  mutating func update(listeners: Int, now: NIODeadline) -> Bool {
    if listeners == 0, wasHeard, let due = deadline {
      wait = Self.least
      deadline = min(due, now + wait)
    }
    wasHeard = listeners > 0
    guard let due = deadline, due <= now else { return false }
    deadline = now + wait
    wait = min(wait * 2, Self.most)
    return true
  }
}
