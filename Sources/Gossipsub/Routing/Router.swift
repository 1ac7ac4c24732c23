import Identity
import Limits
import NIOCore

/// Gossipsub without a network: events and the time go in, frames to send and messages to check or deliver come out.
///
/// It is a value. It reads no clock and throws no dice of its own, so that a thousand routers can be run in one
/// process, in virtual time, from a seed. The rules are those of libp2p/specs pubsub/gossipsub v1.0 to v1.2, with the
/// customs of the live network (wire.md §1, §6). They are divided over the `Router+….swift` files by what they
/// answer to; the state is in types of their own.
public struct Router: Sendable {
  /// Who we are; messages of this author that come back are dropped.
  public let localPeer: PeerID
  /// The numbers.
  public let configuration: RouterConfiguration
  /// What was done and left undone.
  public internal(set) var counters = GossipsubCounters()

  /// The neighbours of each topic that we are subscribed to.
  public internal(set) var mesh = Mesh()

  var peers: [PeerID: PeerState] = [:]
  var topicPeers = TopicPeers()
  var fanout = Fanout()
  var backoff: Backoff
  var seen: SeenCache
  var cache: MessageCache
  var pending: PendingValidations
  var promises: GossipPromises
  var earlier: EarlierSubscriptions
  /// Ids of other dialects that were asked for.
  var foreignIDs: SeenCache
  var outbox = Outbox()
  let validator: MessageValidator

  /// A router without peers or topics.
  public init(localPeer: PeerID, configuration: RouterConfiguration = RouterConfiguration()) {
    self.localPeer = localPeer
    self.configuration = configuration
    backoff = Backoff(slack: configuration.heartbeat)
    seen = SeenCache(lifetime: configuration.seenLifetime, capacity: Limits.Gossipsub.seen)
    cache = MessageCache(
      history: configuration.history, gossip: configuration.gossipHistory, byteLimit: Limits.Gossipsub.cacheBytes)
    pending = PendingValidations(capacity: Limits.Gossipsub.validationQueue)
    promises = GossipPromises(
      capacity: Limits.Gossipsub.promises, lifetime: configuration.promiseLifetime, patience: configuration.heartbeat)
    earlier = EarlierSubscriptions(lifetime: configuration.earlierLifetime)
    foreignIDs = SeenCache(lifetime: configuration.seenLifetime, capacity: Limits.Gossipsub.foreignIDs)
    validator = MessageValidator(policy: configuration.signaturePolicy)
  }

  /// Messages whose check was asked for and is not done.
  public var pendingValidations: Int { pending.count }

  /// Connected peers that are subscribed to a topic.
  public func subscribers(of topic: String) -> Set<PeerID> { topicPeers.peers(in: topic) }

  /// Takes one event; what is to be done about it is appended to `actions`.
  ///
  /// - Parameter now: never earlier than in the call before.
  public mutating func handle(
    _ event: RouterEvent, now: NIODeadline, random: inout some RandomNumberGenerator,
    into actions: inout [RouterAction]
  ) {
    switch event {
    case .connected(let peer, let isOutbound): connected(peer, isOutbound: isOutbound)
    case .streamOpened(let peer, let version): streamOpened(peer, version, now: now, into: &actions)
    case .streamClosed(let peer): streamClosed(peer)
    case .identified(let peer, let agent): peers[peer]?.dialect = MessageIDDialect(agent: agent)
    case .disconnected(let peer): disconnected(peer, now: now)
    case .received(let rpc, let peer): receive(rpc, from: peer, now: now, random: &random, into: &actions)
    case .validated(let message, let peer, let result):
      finishValidation(of: message, from: peer, result, now: now, into: &actions)
    case .subscribe(let topic): subscribe(to: topic, now: now, random: &random)
    case .unsubscribe(let topic): unsubscribe(from: topic, now: now)
    case .publish(let message): publish(message, now: now, random: &random, into: &actions)
    case .heartbeat: heartbeat(now: now, random: &random, into: &actions)
    }
    flush(into: &actions)
  }

  /// Takes one event and returns what is to be done about it.
  public mutating func handle(
    _ event: RouterEvent, now: NIODeadline, random: inout some RandomNumberGenerator
  ) -> [RouterAction] {
    var actions: [RouterAction] = []
    handle(event, now: now, random: &random, into: &actions)
    return actions
  }

  /// A peer's frame: subscriptions first, since the rest may refer to them.
  private mutating func receive(
    _ rpc: RPC, from peer: PeerID, now: NIODeadline, random: inout some RandomNumberGenerator,
    into actions: inout [RouterAction]
  ) {
    // A frame may outlive its connection by a tick; state for a peer that is gone would never be removed.
    guard peers[peer] != nil else { return }
    for subscription in rpc.subscriptions {
      change(subscription, of: peer, now: now, into: &actions)
    }
    for message in rpc.messages {
      receive(message, from: peer, now: now, into: &actions)
    }
    if !rpc.ihave.isEmpty { receiveOffers(rpc.ihave, from: peer, now: now, random: &random) }
    if !rpc.iwant.isEmpty { answerRequests(rpc.iwant, from: peer, into: &actions) }
    for topic in rpc.graft { receiveGraft(topic, from: peer, now: now, into: &actions) }
    for prune in rpc.prune { receivePrune(prune, from: peer, now: now) }
    if !rpc.idontwant.isEmpty { receiveUnwanted(rpc.idontwant, from: peer) }
  }

  /// Turns what has gathered into frames. Control leaves before messages, whatever came up first.
  mutating func flush(into actions: inout [RouterAction]) {
    if !outbox.isEmpty {
      var frames: [RouterAction] = []
      for (peer, rpc) in outbox.take() {
        for frame in RPCCodec.encode(rpc, limit: configuration.frameLimit) {
          frames.append(.send(frame, to: [peer], .control))
        }
      }
      actions.append(contentsOf: frames)
    }
    for topic in mesh.takeChanges() {
      actions.append(.meshChanged(topic: topic, count: mesh.peers(in: topic).count(where: isReachable)))
    }
  }

  /// Whether anything can be sent to the peer.
  func isReachable(_ peer: PeerID) -> Bool { peers[peer]?.version != nil }
}
