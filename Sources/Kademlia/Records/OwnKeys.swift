import Limits
import NIOCore

/// What this peer announces, and when it does so again.
struct OwnKeys: Sendable {
  private var due: [[UInt8]: NIODeadline] = [:]

  /// Announces something from now on. Returns false when there are too many already.
  mutating func add(_ key: [UInt8], now: NIODeadline) -> Bool {
    guard due[key] == nil else { return true }
    guard due.count < Limits.Kademlia.ownKeys else { return false }
    due[key] = now
    return true
  }

  mutating func remove(_ key: [UInt8]) { due[key] = nil }

  func contains(_ key: [UInt8]) -> Bool { due[key] != nil }

  /// Keys to announce now. Each is due again after a while in which it should have been `announced`.
  mutating func take(now: NIODeadline) -> [[UInt8]] {
    let keys = due.filter { $0.value <= now }.keys.sorted { $0.lexicographicallyPrecedes($1) }
    for key in keys { postpone(key, now: now) }
    return keys
  }

  /// A key is being announced: it is due again after the same while.
  mutating func postpone(_ key: [UInt8], now: NIODeadline) {
    if due[key] != nil { due[key] = now + .seconds(Int64(Limits.Kademlia.republishRetrySeconds)) }
  }

  /// Somebody has taken note of a key.
  mutating func announced(_ key: [UInt8], now: NIODeadline) {
    if due[key] != nil { due[key] = now + .seconds(Int64(Limits.Kademlia.republishSeconds)) }
  }

  /// What was said in the announcements is not true any more: all of them are due at a time.
  mutating func renew(at time: NIODeadline) { due = due.mapValues { min($0, time) } }

  /// When the next is due.
  var deadline: NIODeadline? { due.values.min() }
}
