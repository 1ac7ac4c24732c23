import Identity
import Limits
import Logging
import Multiformats
import NIOCore

/// One libp2p peer: it listens, dials, upgrades connections with Noise and Yamux, answers identify and ping, and gives
/// protocols streams to speak on.
///
/// ```swift
/// let swarm = try Swarm(configuration: .init(), identity: .generate(), eventLoop: group.next(), logger: logger)
/// swarm.handle("/echo/1.0.0") { stream in
///   try? stream.channel.pipeline.syncOperations.addHandler(EchoHandler())
/// }
/// let addresses = try await swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
/// ```
///
/// Everything of one swarm happens on one event loop: connections, streams, handlers, observers. Calls may come from
/// anywhere; they hop onto the loop. Register protocols and observers before `listen` and `dial`.
public final class Swarm: Sendable {
  static let identifyProtocol = "/ipfs/id/1.0.0"
  static let identifyPushProtocol = "/ipfs/id/push/1.0.0"
  static let pingProtocol = "/ipfs/ping/1.0.0"

  /// The id that the identity key gives.
  public let localPeer: PeerID
  /// The key that proves it.
  public let identity: KeyPair
  /// Where everything of this swarm happens.
  public let eventLoop: any EventLoop
  let core: SwarmCore

  /// Makes a peer that neither listens nor dials yet; it already serves identify and ping.
  /// - Throws: `KeyError` if the identity cannot sign.
  public init(configuration: SwarmConfiguration, identity: KeyPair, eventLoop: any EventLoop, logger: Logger) throws {
    self.identity = identity
    self.localPeer = identity.peerID
    self.eventLoop = eventLoop
    core = try SwarmCore(configuration: configuration, identity: identity, eventLoop: eventLoop, logger: logger)
    onLoop { $0.registerOwnProtocols() }
  }

  /// Serves a protocol: `accept` is called on the event loop for each stream that agreed on it, before anything is read.
  /// - Parameter maximumStreams: Streams of this protocol that one connection may have open; more are reset.
  public func handle(
    _ name: String, maximumStreams: Int = Limits.Swarm.streamsPerProtocol,
    _ accept: @escaping @Sendable (InboundStream) -> Void
  ) {
    onLoop { $0.handle(name, maximumStreams: maximumStreams, accept: accept) }
  }

  /// Calls `observer` on the event loop with everything that happens, in order.
  public func addObserver(_ observer: @escaping @Sendable (SwarmEvent) -> Void) {
    onLoop { $0.addObserver(observer) }
  }

  /// Listens on a TCP address; port 0 takes a free one, a wildcard address stands for every interface.
  /// - Returns: The addresses that others can dial, with real ports and `/p2p/<own id>`.
  /// - Throws: `SwarmError`.
  @discardableResult
  public func listen(on address: Multiaddr) async throws -> [Multiaddr] {
    try await eventLoop.flatSubmit { [core] in core.listen(on: address) }.get()
  }

  /// Every address listened on, without `/p2p`.
  public var listenAddresses: [Multiaddr] {
    get async { (try? await eventLoop.submit { [core] in core.listenAddresses }.get()) ?? [] }
  }

  /// Connects to the peer at an address, with or without `/p2p/<id>`; a peer that is connected already is not dialled
  /// again.
  /// - Returns: The id that the peer has proven.
  /// - Throws: `SwarmError`.
  public func dial(_ address: Multiaddr) async throws -> PeerID { try await dialFuture(address).get() }

  /// `dial` for code that lives on event loops.
  public func dialFuture(_ address: Multiaddr) -> EventLoopFuture<PeerID> {
    eventLoop.flatSubmit { [core] in core.dial(address) }
  }

  /// Connects to a peer that may be at any of these addresses, the best first: they are tried in a race.
  public func dialFuture(_ peer: PeerID, at addresses: [Multiaddr]) -> EventLoopFuture<PeerID> {
    eventLoop.flatSubmit { [core] in core.dial(peer, at: addresses) }
  }

  /// Opens a stream to a connected peer and agrees on the first protocol of the list that it serves.
  /// - Parameter configure: Fills the pipeline on the event loop, before the first byte is read.
  public func openStream(
    to peer: PeerID, protocols: [String], configure: @escaping @Sendable (any Channel, String) throws -> Void
  ) -> EventLoopFuture<any Channel> {
    eventLoop.flatSubmit { [core] in core.openStream(to: peer, protocols: protocols, configure: configure) }
  }

  /// Measures the round trip to a connected peer: by the ping protocol, or by Yamux where the peer does not serve it.
  public func ping(_ peer: PeerID) async throws -> TimeAmount { try await pingFuture(peer).get() }

  /// `ping` for code that lives on event loops.
  public func pingFuture(_ peer: PeerID) -> EventLoopFuture<TimeAmount> {
    eventLoop.flatSubmit { [core] in core.ping(peer) }
  }

  /// Who is connected.
  public var connectedPeers: [PeerID] {
    get async { (try? await eventLoop.submit { [core] in core.connectedPeers }.get()) ?? [] }
  }

  /// What a connected peer has told of itself, if it has.
  public func identifyInfo(of peer: PeerID) async -> IdentifyInfo? {
    (try? await eventLoop.submit { [core] in core.identifyInfo(of: peer) }.get()) ?? nil
  }

  /// What was refused or lost so far.
  public var counters: SwarmCounters {
    get async { (try? await eventLoop.submit { [core] in core.counters }.get()) ?? SwarmCounters() }
  }

  /// Closes every connection to a peer, in good order.
  /// - Parameter reason: Told with the event, if there is one.
  public func disconnect(_ peer: PeerID, reason: SwarmError? = nil) { onLoop { $0.disconnect(peer, reason: reason) } }

  /// Looks again at the addresses of this machine whenever they change, tells connected peers of them, and reports
  /// ``SwarmEvent/networkChanged``. Without this call, those of the start are told for ever.
  public func watchNetwork() { onLoop { $0.watchNetwork() } }

  /// Stops listening and closes all connections; waits until they are gone.
  public func shutdown() async {
    _ = try? await eventLoop.flatSubmit { [core] in core.shutdown() }.get()
  }

  private func onLoop(_ body: @escaping @Sendable (SwarmCore) -> Void) {
    if eventLoop.inEventLoop { body(core) } else { eventLoop.execute { [core] in body(core) } }
  }
}
