import Identity
import Multiformats
import NIOCore
import Swarm

/// What happens to a ``ChatNode``, in order, on its event loop.
public enum ChatEvent: Sendable {
  /// An address is listened on; it ends in `/p2p/<own id>`, ready to be copied.
  case listening(Multiaddr)
  /// The node joined a topic: first that of the room, then those of files and of discovery where it follows them.
  case joined(topic: String)
  /// The first connection to a peer stands.
  case connected(PeerID, Multiaddr, ConnectionDirection)
  /// The last connection to a peer is gone; no reason means in good order.
  case disconnected(PeerID, reason: String?)
  /// A peer told about itself.
  case identified(PeerID, IdentifyInfo)
  /// A peer that was asked who it is has not told in a usable way.
  case identifyFailed(PeerID, reason: String)
  /// A peer asked who we are, and was told.
  case identifySent(PeerID)
  /// A ping came back after so many seconds.
  case pinged(PeerID, seconds: Double)
  /// A ping did not come back, or could not be sent.
  case pingFailed(PeerID, reason: String)
  /// A peer joined a topic.
  case subscribed(PeerID, topic: String)
  /// A peer left a topic.
  case unsubscribed(PeerID, topic: String)
  /// Somebody else said something in the room. Payloads that are signalling are left out.
  case message(ChatMessage)
  /// Somebody said something to us alone.
  case direct(DirectMessage)
  /// A peer has a file for everybody.
  case fileAnnounced(FileAnnouncement)
  /// A peer has announced where it is, and is dialled there; it comes as `connected` when that works.
  case discovered(PeerID, [Multiaddr])
  /// A peer sent something that could not be used; said once for each peer and kind.
  case malformed(PeerID, MalformedInput)
  /// So many peers of the room are in the mesh now; told once a second at most.
  case mesh(peers: Int)
  /// What is published from now on reaches somebody; said once (see ``Readiness``).
  case ready(meshPeers: Int)
  /// Whether anybody hears the node is another state now; nobody has for so many seconds.
  case liveness(Liveness.State, silentSeconds: Double)
  /// Links or addresses of this machine came or went.
  case networkChanged
  /// A wanted peer could not be reached; it is dialled again after `retryIn`. Of many failures in a row some are
  /// left out.
  case dialFailed(Multiaddr, reason: String, retryIn: TimeAmount)
}

/// What became of a publication.
public struct ChatReceipt: Sendable, Hashable {
  /// The id that the mesh knows the message by.
  public let id: [UInt8]
  /// Peers that it was sent to at once.
  public let peers: Int
}

/// Why something could not be published.
public enum ChatPublishError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Nobody in the room is connected; the message is lost.
  case noPeers
  /// The text has more bytes than may be published.
  case tooLong(bytes: Int, limit: Int)
  /// The text is not UTF-8, and the codec takes nothing else.
  case notText
  /// The node is not in that room.
  case notJoined(room: String)
  /// The node is shut down.
  case stopping
  /// The router refused it; the text says why.
  case refused(String)

  /// One line.
  public var description: String {
    switch self {
    case .noPeers: "nobody in the room is connected"
    case .tooLong(let bytes, let limit): "the text has \(bytes) bytes, more than the \(limit) that may be published"
    case .notText: "the text is not UTF-8"
    case .notJoined(let room): "not in the room \(TerminalText.sanitized(room, limit: 100))"
    case .stopping: "the peer is stopping"
    case .refused(let why): why
    }
  }
}
