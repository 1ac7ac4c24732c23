import Identity
import Limits
import NIOCore

/// What peers were subscribed to that have gone a short while ago.
///
/// When a line was dead and is back, we notice before the other side does: it keeps its old connection for up to a
/// minute, sends its subscriptions on that one, and says nothing on the new one. So a peer that comes back is believed to
/// be subscribed as before, for a while in which it can say so itself.
struct EarlierSubscriptions: Sendable {
  private var peers: [PeerID: (topics: Set<String>, until: NIODeadline)] = [:]
  private let lifetime: TimeAmount

  init(lifetime: TimeAmount) { self.lifetime = lifetime }

  /// A peer has gone. The one that went longest ago makes room.
  mutating func note(_ peer: PeerID, _ topics: Set<String>, now: NIODeadline) {
    guard !topics.isEmpty else { return }
    if peers[peer] == nil, peers.count >= Limits.Gossipsub.earlierPeers,
      let oldest = peers.min(by: { $0.value.until < $1.value.until })
    {
      peers[oldest.key] = nil
    }
    peers[peer] = (topics, now + lifetime)
  }

  /// What a peer that comes back was subscribed to.
  mutating func take(_ peer: PeerID, now: NIODeadline) -> Set<String> {
    guard let earlier = peers.removeValue(forKey: peer), earlier.until > now else { return [] }
    return earlier.topics
  }

  mutating func expire(now: NIODeadline) {
    peers = peers.filter { $0.value.until > now }
  }
}
