import Identity
import Multiformats

/// What happens in the distributed hash table, reported on the event loop.
public enum KademliaEvent: Sendable, Hashable {
  /// A peer to begin with is dialled.
  case bootstrapping(Multiaddr)
  /// The routing table was refreshed; so many peers are in it.
  case bootstrapped(peers: Int)
  /// One of them cannot be reached; the text says why. Said once, until somebody could be.
  case unreachable(Multiaddr, String)
  /// These are the peers nearest to us that have answered, nearest first: what a refresh begins with.
  case neighbours([KadPeer])
  /// A refresh found nobody.
  case bootstrapFailed
  /// A peer is in the routing table.
  case added(KadPeer)
  /// A peer has taken another one's place.
  case replaced(KadPeer, old: PeerID)
  /// The peer answers from now on.
  case serving
  /// A peer has sent what cannot be answered; the text says what was wrong.
  case refused(PeerID, String)
}

/// Why something was not found, or not stored.
public enum KademliaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Nobody is known who could be asked, or nobody has answered.
  case noPeers
  /// Those who were asked know nothing of it.
  case notFound
  /// There was not enough time.
  case timeout
  /// So many lookups are under way.
  case busy
  /// What is to be stored or looked for is not allowed.
  case invalid(KadFault)
  /// Nobody has taken it.
  case refused
  /// There is no address at which others could reach us.
  case noAddress
  /// The peer is ending.
  case stopping

  /// In one line.
  public var description: String {
    switch self {
    case .noPeers: "no peer of the distributed hash table has answered"
    case .notFound: "not found"
    case .timeout: "not found in time"
    case .busy: "too many lookups are under way"
    case .invalid(let fault): "\(fault)"
    case .refused: "nobody has taken it"
    case .noAddress: "this peer listens on no address that it could announce"
    case .stopping: "the peer is ending"
    }
  }
}

/// How things are.
public struct KademliaStatus: Sendable, Hashable {
  /// Peers of the routing table.
  public var peers = 0
  /// Whether requests are answered.
  public var isServer = false
  /// Lookups under way.
  public var lookups = 0
  /// Requests sent, and those of them that were not answered.
  public var requests: UInt64 = 0
  /// Of those.
  public var failures: UInt64 = 0
  /// Requests of others that were answered.
  public var answered: UInt64 = 0
  /// Requests of others that were refused.
  public var refused: UInt64 = 0
  /// Announcements and values that are kept for others.
  public var records = 0

  /// Nothing yet.
  public init() {}
}
