import Limits
import NIOCore

/// The numbers of a router; the defaults are go-libp2p-pubsub's unless said otherwise.
public struct RouterConfiguration: Sendable {
  /// Size of the mesh and of the circle that is told of messages.
  public var mesh = MeshParameters()
  /// How often the mesh is tended.
  public var heartbeat = TimeAmount.seconds(1)
  /// Heartbeats that a message can be asked for.
  public var history = 5
  /// Heartbeats that a message is offered for.
  public var gossipHistory = 3
  /// How long an id is remembered.
  public var seenLifetime = TimeAmount.seconds(120)
  /// How long a pruned peer must wait.
  public var pruneBackoff = TimeAmount.seconds(60)
  /// How long it must wait when we left the topic.
  public var unsubscribeBackoff = TimeAmount.seconds(10)
  /// How long the peers of a topic that we only publish to are kept.
  public var fanoutLifetime = TimeAmount.seconds(60)
  /// How long it is remembered what a peer was subscribed to that has gone, and believed of one that is back.
  public var earlierLifetime = TimeAmount.seconds(90)
  /// How long a peer has to send what it offered.
  public var promiseLifetime = TimeAmount.seconds(3)
  /// Own messages go to all subscribed peers, not only to the mesh (rust, js and nim do so; go does not).
  public var floodsOwnMessages = true
  /// Payloads from this size on are announced by IDONTWANT.
  public var idontwantThreshold = 1_024
  /// Which messages are believed.
  public var signaturePolicy = SignaturePolicy.strict
  /// Longest frame sent.
  public var frameLimit = Limits.Gossipsub.sendRPC

  /// The defaults.
  public init() {}
}
