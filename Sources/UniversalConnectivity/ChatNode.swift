import Gossipsub
import Identity
import Kademlia
import Limits
import Logging
import Multiformats
import NIOCore
import Peerstore
import Swarm

/// One peer in the chat: a swarm, gossipsub, a ping client, and the peers that it wants to be connected to.
///
/// ```swift
/// var configuration = ChatNodeConfiguration(identity: .generate())
/// configuration.connect = [try Multiaddr("/ip4/127.0.0.1/tcp/9095")]
/// let node = try ChatNode(configuration: configuration, eventLoopGroup: group, logger: logger)
/// node.onEvent { if case .message(let message) = $0 { print(message.from.short, message.text) } }
/// try await node.start()
/// _ = try await node.publish(ByteBuffer(string: "hello")).get()
/// ```
///
/// All of it lives on one event loop; calls may come from anywhere.
public final class ChatNode: Sendable {
  /// The node's own id.
  public let localPeer: PeerID
  /// The topic of the room.
  public let room: String
  /// Where everything of the node happens.
  public let eventLoop: any EventLoop
  /// The distributed hash table, if the configuration wants one.
  public let dht: Kademlia?
  let core: ChatNodeCore

  /// A node that does nothing yet.
  /// - Throws: `KeyError` if the identity cannot sign.
  public init(
    configuration: ChatNodeConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger
  ) throws {
    let eventLoop = eventLoopGroup.next()
    var swarmConfiguration = SwarmConfiguration()
    swarmConfiguration.agent = configuration.agent
    swarmConfiguration.maximumConnections = configuration.maximumConnections
    swarmConfiguration.maximumPendingInbound = max(1, configuration.maximumConnections / 4)
    let swarm = try Swarm(
      configuration: swarmConfiguration, identity: configuration.identity, eventLoop: eventLoop, logger: logger)
    var gossipsubConfiguration = GossipsubConfiguration()
    gossipsubConfiguration.strictSigning = configuration.strictSigning
    let gossipsub = Gossipsub(swarm: swarm, configuration: gossipsubConfiguration, logger: logger)
    self.eventLoop = eventLoop
    localPeer = swarm.localPeer
    room = configuration.topic
    let dht = configuration.dht.map { Kademlia(swarm: swarm, configuration: $0, logger: logger) }
    self.dht = dht
    core = ChatNodeCore(configuration: configuration, swarm: swarm, gossipsub: gossipsub, dht: dht, logger: logger)
    swarm.addObserver { [weak core] event in core?.handle(event) }
    gossipsub.onEvent { [weak core] event in core?.handle(event) }
    dht?.onEvent { [weak core] event in core?.handle(event) }
    dht?.keepConnections { [weak core] peer in core?.isNeeded(peer) ?? false }
    if configuration.direct.isServed {
      swarm.handle(DirectMessages.protocolName, maximumStreams: Limits.Direct.streams) { [weak core] stream in
        if let core {
          core.direct.accept(stream)
        } else {
          stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
        }
      }
    }
  }

  /// Calls `observer` on the event loop with everything that happens, in order. To be called before `start`.
  public func onEvent(_ observer: @escaping @Sendable (ChatEvent) -> Void) {
    onLoop { $0.observers.add(observer) }
  }

  /// Listens, joins the room, and begins to dial the wanted peers.
  /// - Returns: The addresses listened on, with `/p2p/<own id>`.
  /// - Throws: `SwarmError` naming the address that cannot be listened on.
  @discardableResult
  public func start() async throws -> [Multiaddr] {
    var addresses: [Multiaddr] = []
    for address in core.configuration.listen { addresses += try await core.swarm.listen(on: address) }
    for address in core.configuration.listenIfPossible {
      do {
        addresses += try await core.swarm.listen(on: address)
      } catch {
        core.logger.debug("not listening", metadata: ["address": "\(address)", "reason": "\(error)"])
      }
    }
    for topic in core.topics { try await core.gossipsub.subscribe(topic).get() }
    core.gossipsub.start()
    try await eventLoop.submit { [core] in core.begin() }.get()
    return addresses
  }

  /// Listens on one more address.
  /// - Returns: The addresses that others can dial, with `/p2p/<own id>`.
  /// - Throws: `SwarmError`.
  @discardableResult
  public func listen(on address: Multiaddr) async throws -> [Multiaddr] {
    try await core.swarm.listen(on: address)
  }

  /// Publishes a text to the room.
  ///
  /// - Parameters:
  ///   - room: The topic; nil: that of the room, the only one that chat goes to.
  ///   - codec: The form in which it is written; nil: the configured one. With `raw` the bytes go out as they are.
  /// - Returns: A future that fails with ``ChatPublishError``.
  public func publish(
    _ data: ByteBuffer, room: String? = nil, codec: PayloadCodec? = nil
  ) -> EventLoopFuture<ChatReceipt> {
    let topic = room ?? self.room
    return eventLoop.flatSubmit { [core] in
      core.publish(data, topic: topic, codec: codec ?? core.configuration.codec)
    }
  }

  /// Connects to the peer at an address, once. The future fails with `SwarmError`.
  public func connect(to address: Multiaddr) -> EventLoopFuture<PeerID> { core.swarm.dialFuture(address) }

  /// Closes all connections to a peer. One that the configuration wants is dialled again; another one is left alone for
  /// some minutes.
  public func disconnect(_ peer: PeerID) {
    onLoop {
      $0.keeper.sendAway(peer, now: .now())
      $0.swarm.disconnect(peer)
    }
  }

  /// Remembers where a peer can be reached, for when there are few connections.
  package func learn(_ addresses: [Multiaddr], of peer: PeerID, from source: AddressSource) {
    onLoop { $0.keeper.learn(addresses, of: peer, from: source) }
  }

  /// What a connected peer has told of itself, if it has.
  public func identifyInfo(of peer: PeerID) async -> IdentifyInfo? { await core.swarm.identifyInfo(of: peer) }

  /// Who is connected.
  public var connectedPeers: [PeerID] { get async { await core.swarm.connectedPeers } }

  /// Sends a text to one connected peer, and returns when the peer has said that it got it.
  /// - Throws: ``DirectMessageError``.
  public func sendDirect(_ text: String, to peer: PeerID) async throws {
    try await sendDirectFuture(text, to: peer).get()
  }

  /// `sendDirect` for code that lives on event loops.
  public func sendDirectFuture(_ text: String, to peer: PeerID) -> EventLoopFuture<Void> {
    eventLoop.flatSubmit { [core] in core.sendDirect(text, to: peer) }
  }

  /// Measures the round trip to a connected peer, in seconds. The future fails with `SwarmError`.
  public func ping(_ peer: PeerID) -> EventLoopFuture<Double> {
    core.swarm.pingFuture(peer).map { Double($0.nanoseconds) / 1e9 }
  }

  /// Leaves the room and closes everything. Returns when that is done, or after `timeout` in any case.
  public func shutdown(timeout: TimeAmount = .milliseconds(300)) async {
    _ = try? await eventLoop.flatSubmit { [core] in core.shutdown(timeout: timeout) }.get()
  }

  private func onLoop(_ body: @escaping @Sendable (ChatNodeCore) -> Void) {
    if eventLoop.inEventLoop { body(core) } else { eventLoop.execute { [core] in body(core) } }
  }
}
