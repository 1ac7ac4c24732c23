import Identity

/// The neighbours with whom whole messages are exchanged, for each topic that we are subscribed to.
public struct Mesh: Sendable {
  private var neighbours: [String: Set<PeerID>] = [:]
  /// Topics whose mesh changed since they were asked for, each once.
  private var changed: [String] = []

  /// Topics that we are subscribed to.
  public var topics: some Collection<String> { neighbours.keys }

  /// Whether we are subscribed to the topic.
  public func isJoined(_ topic: String) -> Bool { neighbours[topic] != nil }

  /// The topic's neighbours.
  public func peers(in topic: String) -> Set<PeerID> { neighbours[topic] ?? [] }

  /// How many neighbours the topic has.
  public func count(in topic: String) -> Int { neighbours[topic]?.count ?? 0 }

  /// Whether the peer is a neighbour.
  public func contains(_ peer: PeerID, in topic: String) -> Bool { neighbours[topic]?.contains(peer) ?? false }

  /// Begins a mesh without neighbours; false when there was one.
  mutating func join(_ topic: String) -> Bool {
    guard neighbours[topic] == nil else { return false }
    neighbours[topic] = []
    return true
  }

  /// Ends a mesh; its neighbours, or nil when there was none.
  mutating func leave(_ topic: String) -> Set<PeerID>? {
    neighbours.removeValue(forKey: topic)
  }

  /// Takes a neighbour; false when there is no such mesh or the peer is in it.
  @discardableResult
  mutating func add(_ peer: PeerID, to topic: String) -> Bool {
    guard neighbours[topic]?.insert(peer).inserted ?? false else { return false }
    note(topic)
    return true
  }

  /// Gives up a neighbour; false when it was none.
  @discardableResult
  mutating func remove(_ peer: PeerID, from topic: String) -> Bool {
    guard neighbours[topic]?.remove(peer) != nil else { return false }
    note(topic)
    return true
  }

  /// Topics whose mesh changed since the last call.
  mutating func takeChanges() -> [String] {
    guard !changed.isEmpty else { return [] }
    defer { changed = [] }
    return changed
  }

  /// A neighbour can be sent to from now on.
  mutating func reached(_ peer: PeerID) {
    for (topic, peers) in neighbours where peers.contains(peer) { note(topic) }
  }

  private mutating func note(_ topic: String) {
    if !changed.contains(topic) { changed.append(topic) }
  }
}
