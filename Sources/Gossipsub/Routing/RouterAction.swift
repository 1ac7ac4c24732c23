import Identity
import NIOCore

/// What a router wants done, in this order.
public enum RouterAction: Sendable {
  /// Write a frame (length prefix included) to the streams to these peers.
  case send(ByteBuffer, to: [PeerID], SendPriority)
  /// Check a message's signature, then tell the result by `RouterEvent.validated`.
  case validate(Message, from: PeerID)
  /// Give a message to the application. The peer is the one that it came from.
  case deliver(Message, from: PeerID)
  /// A peer sent a message that is neither delivered nor forwarded.
  case rejected(RejectionReason, from: PeerID)
  /// An own message is on its way to so many peers.
  case published(MessageID, peers: Int)
  /// A peer joined or left a topic. Leaving by disconnection is not reported.
  case subscribed(PeerID, topic: String)
  case unsubscribed(PeerID, topic: String)
  /// A topic has another number of mesh neighbours; those are counted to which there is a stream.
  case meshChanged(topic: String, count: Int)
}

/// In which order frames leave for a slow peer, and which are dropped first: the last.
public enum SendPriority: Int, Sendable, CaseIterable, Comparable {
  /// Subscriptions and control.
  case control
  /// Our own messages.
  case publish
  /// Other peers' messages.
  case forward

  /// What leaves first is the smaller.
  public static func < (a: SendPriority, b: SendPriority) -> Bool { a.rawValue < b.rawValue }
}
