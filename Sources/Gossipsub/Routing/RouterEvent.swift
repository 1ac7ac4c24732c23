import Identity

/// What happens to a router.
public enum RouterEvent: Sendable {
  /// The first connection to a peer is there; nothing can be sent to it yet.
  case connected(PeerID, isOutbound: Bool)
  /// Our stream to the peer is open.
  case streamOpened(PeerID, GossipsubVersion)
  /// Our stream to the peer ended while the connection goes on.
  case streamClosed(PeerID)
  /// The peer said what software it is.
  case identified(PeerID, agent: String)
  /// The last connection to the peer is gone.
  case disconnected(PeerID)
  /// The peer sent a frame.
  case received(RPC, from: PeerID)
  /// The check that a `RouterAction.validate` asked for is done.
  case validated(Message, from: PeerID, ValidationResult)
  /// The application wants a topic's messages.
  case subscribe(String)
  /// The application wants them no more.
  case unsubscribe(String)
  /// The application publishes.
  case publish(Message)
  /// The mesh is to be tended, once in `RouterConfiguration.heartbeat`.
  case heartbeat
}

/// What is to become of a message that was checked.
public enum ValidationResult: Sendable, Hashable {
  /// Delivered and forwarded.
  case accept
  /// Not delivered, not forwarded, and held against the peer that sent it.
  case reject(RejectionReason)
  /// Not delivered and not forwarded, nobody being to blame.
  case ignore
}
