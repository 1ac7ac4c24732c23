import Identity

/// Which connected peers are subscribed to a topic. A topic that the last peer left is forgotten (CVE-2026-46679).
public struct TopicPeers: Sendable {
  private var subscribers: [String: Set<PeerID>] = [:]

  /// Topics that somebody is subscribed to.
  var count: Int { subscribers.count }

  /// The topic's subscribers.
  func peers(in topic: String) -> Set<PeerID> { subscribers[topic] ?? [] }

  mutating func add(_ peer: PeerID, to topic: String) {
    subscribers[topic, default: []].insert(peer)
  }

  mutating func remove(_ peer: PeerID, from topic: String) {
    subscribers[topic]?.remove(peer)
    if subscribers[topic]?.isEmpty ?? false { subscribers[topic] = nil }
  }
}
