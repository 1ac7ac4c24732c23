import Limits
import NIOCore

/// How a node stays on the network.
public struct StayingConfiguration: Sendable {
  /// Whether peers that are known from before are dialled when there are few connections.
  public var findsKnownPeers = false
  /// Where known peers are kept between runs; nil: nowhere.
  public var file: String?
  /// How many connections.
  public var connections = ConnectionManager.Configuration()
  /// Time without anybody in the room after which the node counts as deaf; nil: never.
  public var deafAfter: TimeAmount? = .seconds(Int64(Limits.Connections.deafSeconds))
  /// Whether the system is asked to tell when the network changes.
  public var watchesNetwork = false

  /// A node that stays with those whom it is told to be connected to.
  public init() {}
}
