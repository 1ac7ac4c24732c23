import Identity
import Limits
import NIOCore

/// What a gossipsub service tells its observers, on the event loop and in order.
public enum GossipsubEvent: Sendable {
  /// A message of a topic that we are subscribed to, its signature checked. `propagation` is the peer that it came
  /// from, which need not be its author. Own messages are not reported.
  case message(Message, propagation: PeerID)
  /// A connected peer joined a topic.
  case subscribed(PeerID, topic: String)
  /// A connected peer left a topic. Going away altogether is the swarm's event.
  case unsubscribed(PeerID, topic: String)
  /// A connected peer sent a message that is neither delivered nor forwarded.
  case rejected(PeerID, RejectionReason)
  /// A connected peer sent a frame that is none, and its stream was reset.
  case malformed(PeerID, reason: String)
  /// A topic has another number of mesh neighbours; those are counted to which there is a stream.
  case meshChanged(topic: String, count: Int)
}

/// What became of an own message.
public struct PublishReceipt: Sendable, Hashable {
  /// The message's id: our peer id and the sequence number.
  public let id: [UInt8]
  /// Peers that it was sent to; with none it may still spread by gossip within a few heartbeats.
  public let peers: Int
}

/// Why a message was not published.
public enum PublishError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The payload is longer than what every peer takes.
  case tooLong(bytes: Int, limit: Int)
  /// The topic is empty or too long.
  case invalidTopic
  /// The identity could not sign.
  case signing(String)
  /// The service was stopped.
  case stopped

  /// One line for a log.
  public var description: String {
    switch self {
    case .tooLong(let bytes, let limit): "message of \(bytes) bytes, the limit is \(limit)"
    case .invalidTopic: "the topic is empty or longer than \(Limits.Gossipsub.topic) bytes"
    case .signing(let why): "the message could not be signed: \(why)"
    case .stopped: "gossipsub was stopped"
    }
  }
}
