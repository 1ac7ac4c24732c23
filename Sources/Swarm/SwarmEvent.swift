import Identity
import Multiformats
import NIOCore

/// Who opened a connection.
public enum ConnectionDirection: Sendable, Hashable {
  case inbound
  case outbound
}

/// What a peer says of itself in identify messages (libp2p/specs identify).
public struct IdentifyInfo: Sendable, Hashable {
  /// The software, e.g. `kubo/0.22.0/`; control characters are the reader's business.
  public var agent = ""
  /// e.g. `ipfs/0.1.0`; many peers send it empty.
  public var protocolVersion = ""
  /// Protocols that the peer accepts streams for.
  public var protocols: [String] = []
  /// Where the peer says that it listens, from its signed record when it sent a valid one.
  public var listenAddresses: [Multiaddr] = []
  /// Our address as the peer sees it.
  public var observedAddress: Multiaddr?
  /// Whether `listenAddresses` come from a record that the peer signed.
  public var isCertified = false
  /// That record, as it came, to be shown to others.
  public var signedRecord: [UInt8]?

  /// An empty description, to be filled by `merge`.
  public init() {}
}

/// What happens to a swarm, reported in order on its event loop.
public enum SwarmEvent: Sendable {
  /// A listener is bound; the address has the real port and `/p2p/<own id>`.
  case listening(Multiaddr)
  /// The first connection to a peer is ready for streams. The address has no `/p2p`.
  case connected(PeerID, Multiaddr, ConnectionDirection)
  /// The last connection to a peer is gone; the reason is nil when it was closed in good order.
  case disconnected(PeerID, reason: SwarmError?)
  /// The peer answered identify, or pushed a change.
  case identified(PeerID, IdentifyInfo)
  /// The peer did not answer identify in a usable way.
  case identifyFailed(PeerID, String)
  /// Links or addresses of this machine came or went; connections over them may be dead without knowing. These are the
  /// addresses now, each with `/p2p/<own id>`.
  case networkChanged([Multiaddr])
  /// The peer asked who we are, and was told.
  case identifySent(PeerID)
}

/// Why a call on a swarm failed.
public enum SwarmError: Error, Sendable, CustomStringConvertible {
  /// The address names no transport that this peer can dial or listen on.
  case unsupportedAddress(Multiaddr, String)
  /// A DNS name has no usable address.
  case notResolved(String, String)
  /// No address of the target could be connected.
  case connectFailed(Multiaddr, String)
  /// Security or muxer negotiation failed; the text says at which step.
  case upgradeFailed(Multiaddr?, String)
  /// The peer that answered is another one than the address names.
  case wrongPeer(expected: PeerID, found: PeerID)
  /// The address leads back to this very peer.
  case selfDial
  /// A bound of `Limits.Swarm` is reached.
  case limit(String)
  /// There is no connection to the peer.
  case notConnected(PeerID)
  /// The remote peer speaks none of the proposed protocols.
  case protocolsNotSupported([String])
  /// Something did not happen in time; the text says what, and the seconds that were given.
  case timeout(String, seconds: Int)
  /// Nothing comes through a connection, though nobody has closed it.
  case lineDead(seconds: Int)
  /// A stream was reset by the remote peer.
  case streamReset
  /// A connection was closed, and with it its streams; the text says by whom or why.
  case connectionClosed(String)
  /// The port is taken, the interface is unknown, or the like.
  case listenFailed(Multiaddr, String)
  /// The swarm was shut down.
  case shutDown
  /// The remote peer broke a protocol; the text names the layer and the rule.
  case protocolViolation(String)

  /// One line that says what, and where.
  public var description: String {
    switch self {
    case .unsupportedAddress(let address, let why): "cannot use address \(address): \(why)"
    case .notResolved(let name, let why): "cannot resolve \(name): \(why)"
    case .connectFailed(let address, let why): "cannot connect to \(address): \(why)"
    case .upgradeFailed(let address, let why):
      if let address {
        "cannot set up the connection to \(address): \(why)"
      } else {
        "cannot set up the connection: \(why)"
      }
    case .wrongPeer(let expected, let found): "wrong peer: expected \(expected), the peer at that address is \(found)"
    case .selfDial: "the address is this peer's own"
    case .limit(let what): "limit reached: \(what)"
    case .notConnected(let peer): "not connected to \(peer)"
    case .protocolsNotSupported(let names): "the peer does not support \(names.joined(separator: ", "))"
    case .timeout(let what, let seconds): "\(what) took longer than \(seconds) s"
    case .lineDead(let seconds): "ping took longer than \(seconds) s"
    case .streamReset: "the peer reset the stream"
    case .connectionClosed(let why): "connection closed: \(why)"
    case .listenFailed(let address, let why): "cannot listen on \(address): \(why)"
    case .shutDown: "the swarm is shut down"
    case .protocolViolation(let what): what
    }
  }
}
