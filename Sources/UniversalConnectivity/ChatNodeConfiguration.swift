import Identity
import Kademlia
import Limits
import Multiformats
import NIOCore

/// What a ``ChatNode`` is: its key, where it listens, whom it wants to be connected to, which room it is in.
public struct ChatNodeConfiguration: Sendable {
  /// The topic that all universal-connectivity applications talk on (wire.md §2).
  public static let universalConnectivity = "universal-connectivity"

  /// The key that the peer id comes from.
  public var identity: KeyPair
  /// Where to listen; starting fails if one of them cannot be listened on.
  public var listen: [Multiaddr] = []
  /// Where to listen if that is possible; IPv6 is not there on every machine.
  public var listenIfPossible: [Multiaddr] = []
  /// How many connections there may be at one time; a quarter as many may be on their way in.
  public var maximumConnections = Limits.Swarm.connections
  /// Peers to stay connected to, for as long as the node lives.
  public var connect: [Multiaddr] = []
  /// What identify tells of the software.
  public var agent = "uc-bot/0.1.0"
  /// The room.
  public var topic = Self.universalConnectivity
  /// The form in which own messages are written; all are read.
  public var codec = PayloadCodec.raw
  /// What the node calls itself where the codec has a place for it; the last characters of its id unless told otherwise.
  public var nick: String?
  /// Whether messages without a signature are refused, as go, js and nim peers do (wire.md §1.13).
  public var strictSigning = true
  /// Direct messages.
  public var direct = DirectMessageConfiguration()
  /// Files.
  public var files = FileConfiguration()
  /// Finding peers by their announcements.
  public var discovery = DiscoveryConfiguration()
  /// Staying on the network.
  public var staying = StayingConfiguration()
  /// The part that the node takes in the distributed hash table, where others of the room are looked for, too; nil:
  /// none, as long as nobody asks for it: a lookup dials many peers.
  public var dht: KademliaConfiguration?
  /// Time between two pings of a connected peer.
  public var pingInterval = TimeAmount.seconds(Int64(Limits.Ping.intervalSeconds))
  /// How wanted peers are dialled again.
  public var redial = RedialSchedule.Configuration()

  /// A node with this key that neither listens nor dials.
  public init(identity: KeyPair) {
    self.identity = identity
  }

  /// The topic on which files are announced in the room; go-peer makes it the same way.
  public var fileTopic: String { Self.fileTopic(of: topic) }

  /// The topic on which the files of a room are announced.
  public static func fileTopic(of room: String) -> String { room + "-file" }
}
