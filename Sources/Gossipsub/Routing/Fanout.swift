import Identity
import NIOCore

/// The peers that take our messages of a topic that we publish to without being subscribed.
public struct Fanout: Sendable {
  private struct Entry: Sendable {
    var peers: Set<PeerID>
    var lastPublished: NIODeadline
  }

  private var entries: [String: Entry] = [:]

  /// Topics published to lately.
  var topics: some Collection<String> { entries.keys }

  /// The topic's peers.
  func peers(in topic: String) -> Set<PeerID> { entries[topic]?.peers ?? [] }

  /// Something was published: the topic's time begins anew.
  mutating func touch(_ topic: String, now: NIODeadline) {
    entries[topic, default: Entry(peers: [], lastPublished: now)].lastPublished = now
  }

  /// Takes peers for a topic that was touched.
  mutating func add(_ peers: some Sequence<PeerID>, to topic: String) {
    entries[topic]?.peers.formUnion(peers)
  }

  /// The peer is gone, or left the topic.
  mutating func remove(_ peer: PeerID, from topic: String) {
    entries[topic]?.peers.remove(peer)
  }

  /// The peer is gone.
  mutating func remove(_ peer: PeerID) {
    for topic in entries.keys { entries[topic]?.peers.remove(peer) }
  }

  /// Ends a topic's fanout, because we subscribe to it; its peers are the first candidates of the mesh.
  mutating func leave(_ topic: String) -> Set<PeerID> {
    entries.removeValue(forKey: topic)?.peers ?? []
  }

  /// Forgets topics that nothing was published to for `lifetime`.
  mutating func expire(_ lifetime: TimeAmount, now: NIODeadline) {
    entries = entries.filter { $0.value.lastPublished.saturatingAdd(lifetime) > now }
  }
}
