import Limits
import Multiformats
import NIOCore

/// How a peer takes part in the distributed hash table.
public struct KademliaConfiguration: Sendable {
  /// Whether the peer answers, or only asks.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    /// Asks only, until a peer out of the internet has reached us: then the others can, too.
    case auto
    /// Asks only.
    case client
    /// Answers as well, and says so in identify.
    case server
  }

  /// The protocol of the public network, and of the other applications.
  public static let publicProtocol = "/ipfs/kad/1.0.0"

  /// Whether the peer answers.
  public var mode = Mode.auto
  /// What is spoken.
  public var protocolName = Self.publicProtocol
  /// Peers to begin with. They are dialled when the peer starts, and again whenever nobody else is known.
  public var bootstrap: [Multiaddr] = []
  /// What values are taken.
  public var validators = RecordValidators()
  /// Bounds of lookups.
  public var lookup = Lookup.Configuration()
  /// Time between two refreshes of the routing table.
  public var refresh = TimeAmount.seconds(Int64(Limits.Kademlia.refreshSeconds))
  /// Time after which a connection that a lookup has opened is closed when nobody needs it.
  public var idle = TimeAmount.seconds(Int64(Limits.Kademlia.idleSeconds))

  /// The specification's numbers.
  public init() {}
}
