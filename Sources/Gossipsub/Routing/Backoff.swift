import Identity
import Limits
import NIOCore

/// Who may not be grafted, and who may not graft us, for how long.
///
/// A PRUNE binds both sides: the pruned peer must not graft before the time that the PRUNE names, and is not grafted
/// either. The two times are kept apart, because a peer that dismissed us may change its mind before its own time is
/// up, while one that we dismissed breaks the rules when it does not wait.
public struct Backoff: Sendable {
  private struct Times: Sendable {
    /// Until when the peer must not graft us.
    var imposed: NIODeadline?
    /// Until when we must not graft the peer, because it said so.
    var accepted: NIODeadline?

    var end: NIODeadline { max(imposed ?? .uptimeNanoseconds(0), accepted ?? .uptimeNanoseconds(0)) }
  }

  private var times: [String: [PeerID: Times]] = [:]
  /// Times remembered.
  public private(set) var count = 0
  private let capacity: Int
  /// How much later than necessary we graft, so that the other clock is surely past it.
  private let slack: TimeAmount

  /// An empty table. When it is full, new entries are not made: the peer answers a hasty GRAFT with another PRUNE.
  init(capacity: Int = Limits.Gossipsub.backoffs, slack: TimeAmount = .seconds(1)) {
    self.capacity = capacity
    self.slack = slack
  }

  /// We pruned the peer and told it to wait this long.
  mutating func impose(on peer: PeerID, topic: String, for amount: TimeAmount, now: NIODeadline) {
    update(peer, topic) { $0.imposed = max($0.imposed ?? now, now.saturatingAdd(amount)) }
  }

  /// The peer pruned us; `seconds` is from the wire and may be any number.
  mutating func accept(from peer: PeerID, topic: String, seconds: UInt64, now: NIODeadline) {
    let clamped = min(seconds, Limits.Gossipsub.backoffSeconds)
    update(peer, topic) { $0.accepted = max($0.accepted ?? now, now.saturatingAdd(.seconds(Int64(clamped)))) }
  }

  /// Whether we may graft the peer.
  func allowsGraft(of peer: PeerID, topic: String, now: NIODeadline) -> Bool {
    guard let entry = times[topic]?[peer] else { return true }
    return entry.end.saturatingAdd(slack) <= now
  }

  /// Whether the peer breaks a back-off by grafting us now.
  func forbidsGraft(by peer: PeerID, topic: String, now: NIODeadline) -> Bool {
    guard let until = times[topic]?[peer]?.imposed else { return false }
    return now < until
  }

  /// The peer is gone. What binds it is kept so that coming back is no way around it, but not for longer than
  /// `amount`: a number that a stranger chose must not occupy memory for an hour.
  mutating func shorten(_ peer: PeerID, to amount: TimeAmount, now: NIODeadline) {
    let latest = now.saturatingAdd(amount)
    for topic in times.keys {
      guard var entry = times[topic]?[peer] else { continue }
      entry.imposed = entry.imposed.map { min($0, latest) }
      entry.accepted = entry.accepted.map { min($0, latest) }
      times[topic]?[peer] = entry
    }
  }

  /// Forgets what is over.
  mutating func expire(now: NIODeadline) {
    guard count > 0 else { return }
    count = 0
    for (topic, peers) in times {
      let rest = peers.filter { $0.value.end.saturatingAdd(slack) > now }
      times[topic] = rest.isEmpty ? nil : rest
      count += rest.count
    }
  }

  private mutating func update(_ peer: PeerID, _ topic: String, _ change: (inout Times) -> Void) {
    if times[topic]?[peer] == nil {
      guard count < capacity else { return }
      count += 1
    }
    change(&times[topic, default: [:]][peer, default: Times()])
  }
}
