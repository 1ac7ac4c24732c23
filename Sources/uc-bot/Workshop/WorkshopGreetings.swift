import Identity

/// Whom a peer of the workshop greets: everybody who joins the room, once for as long as the peer is connected.
///
/// A lesson's checker waits for a message behind its own SUBSCRIBE. Who subscribes again and again makes nobody talk.
struct WorkshopGreetings {
  /// Bounded by the connections that a swarm has.
  private var greeted: Set<PeerID> = []

  /// Whether a peer that has joined the room is to be greeted now.
  mutating func joined(_ peer: PeerID) -> Bool { greeted.insert(peer).inserted }

  /// The peer is gone; should it come back, it is greeted again.
  mutating func disconnected(_ peer: PeerID) { greeted.remove(peer) }

  /// What is said. A checker knows messages by their content, so no two are alike, in this run and the next.
  static func text(from peer: PeerID, unixNanos: Int64) -> String { "Hello from \(peer)! (\(unixNanos))" }
}
