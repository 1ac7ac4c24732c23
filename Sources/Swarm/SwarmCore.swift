import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import Noise

/// What a swarm refused or lost, by cause. Counters only grow.
public struct SwarmCounters: Sendable, Hashable {
  /// Connections closed at once because `Limits.Swarm` was reached.
  public var connectionsRefused: UInt64 = 0
  /// Inbound connections whose upgrade failed or took too long.
  public var inboundUpgradesFailed: UInt64 = 0
  /// Inbound streams reset because the peer had too many of their protocol.
  public var streamsRefused: UInt64 = 0
  /// Dials that failed.
  public var dialsFailed: UInt64 = 0
  /// Identify pushes ignored because they came too often.
  public var pushesIgnored: UInt64 = 0

  /// All zero.
  public init() {}
}

/// The state of a swarm: who is connected, what is listened on, which protocols are served.
///
/// Confined to the swarm's event loop, which is what `@unchecked Sendable` stands for here: `Swarm` hops onto the loop
/// before it calls anything in this class, and NIO calls the handlers there.
final class SwarmCore: @unchecked Sendable {
  struct ProtocolHandler {
    let maximumStreams: Int
    let accept: @Sendable (InboundStream) -> Void
  }

  let configuration: SwarmConfiguration
  let identity: KeyPair
  let localPeer: PeerID
  let eventLoop: any EventLoop
  let logger: Logger
  let staticKey: NoiseStaticKey

  var handlers: [String: ProtocolHandler] = [:]
  var protocolNames: [String] = []
  let observers = Observers<SwarmEvent>()
  var listeners: [any Channel] = []
  var listenAddresses: [Multiaddr] = []
  var connections = ConnectionTable<ConnectionHandler>()
  var pendingInbound = 0
  var pendingByNetwork: [[UInt8]: Int] = [:]
  var pendingDials: [Multiaddr: Dial] = [:]
  /// What `/dnsaddr` addresses stand for is being asked, or the peers that it led to are being dialled.
  var pendingNames: [Multiaddr: EventLoopFuture<PeerID>] = [:]
  var upgrading: [ObjectIdentifier: ConnectionHandler] = [:]
  var identified: [PeerID: IdentifyInfo] = [:]
  /// The signed record of the present addresses; each one has a higher sequence number than those before.
  var record: [UInt8]?
  var recordSequence: UInt64 = 0
  /// Counts the changes of what identify tells.
  var revision = 0
  var isShutDown = false
  var networkWatch: NetworkWatch?
  /// The addresses of this machine over which something can be reached.
  var reachable: Set<String> = []
  /// Changes of the network that are looked at when no more have come for a moment.
  var settling: Scheduled<Void>?
  var counters = SwarmCounters()

  init(configuration: SwarmConfiguration, identity: KeyPair, eventLoop: any EventLoop, logger: Logger) throws {
    self.configuration = configuration
    self.identity = identity
    self.localPeer = identity.peerID
    self.eventLoop = eventLoop
    self.logger = logger
    staticKey = try NoiseStaticKey.generate(identity: identity)
  }

  // MARK: protocols and observers

  func handle(_ name: String, maximumStreams: Int, accept: @escaping @Sendable (InboundStream) -> Void) {
    handlers[name] = ProtocolHandler(maximumStreams: maximumStreams, accept: accept)
    if !protocolNames.contains(name) { protocolNames.append(name) }
    pushIdentify()
  }

  func addObserver(_ observer: @escaping @Sendable (SwarmEvent) -> Void) { observers.add(observer) }

  func emit(_ event: SwarmEvent) { observers.tell(event) }

  /// Registers identify and ping, which every peer serves.
  func registerOwnProtocols() {
    handle(Swarm.identifyProtocol, maximumStreams: Limits.Swarm.streamsPerProtocol) { [weak self] stream in
      self?.answerIdentify(stream)
    }
    handle(Swarm.identifyPushProtocol, maximumStreams: Limits.Swarm.streamsPerProtocol) { [weak self] stream in
      self?.acceptPush(stream)
    }
    guard configuration.servesPing else { return }
    handle(Swarm.pingProtocol, maximumStreams: Limits.Ping.inboundStreams) { stream in
      try? stream.channel.pipeline.syncOperations.addHandler(PingResponder())
    }
  }

  // MARK: connections

  /// Why a proven peer must not be let in, if there is a reason.
  func refusal(of peer: PeerID) -> SwarmError? {
    if peer == localPeer { return .selfDial }
    if isShutDown { return .shutDown }
    // Looked at when the connection began, too; but many may have begun at one time.
    if connections.count >= configuration.maximumConnections {
      counters.connectionsRefused &+= 1
      return .limit("\(configuration.maximumConnections) connections")
    }
    return nil
  }

  func connectionOpened(_ connection: ConnectionHandler) {
    guard let peer = connection.peer else { return }
    connection.toldRevision = revision
    let added = connections.add(
      connection, direction: connection.direction, peer: peer, localPeer: localPeer,
      perPeer: Limits.Swarm.connectionsPerPeer, isCrossing: { $0.isYoung })
    if let loser = added.loser { retire(loser, peer: peer) }
    if added.isFirst { emit(.connected(peer, connection.remoteAddress, connection.direction)) }
    for extra in added.excess {
      extra.close(SwarmError.limit("\(Limits.Swarm.connectionsPerPeer) connections of a peer"))
    }
    requestIdentify(connection, peer: peer)
    for older in connections.connections(to: peer) where older !== connection && older !== added.loser { probe(older) }
  }

  /// A peer that opens another connection may have lost the one before: its address has changed, say, and nobody is there
  /// any more to say so. Streams would stay on the dead one until TCP or a ping gives it up; so it is asked at once.
  private func probe(_ connection: ConnectionHandler) {
    let seconds = Limits.Swarm.olderConnectionSeconds
    let limit = eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) { [weak connection] in
      connection?.close(SwarmError.lineDead(seconds: seconds))
    }
    let answered = eventLoop.makePromise(of: TimeAmount.self)
    answered.futureResult.assumeIsolated().whenComplete { _ in limit.cancel() }
    connection.muxerPing(promise: answered)
  }

  /// Closes the loser of a crossing once no stream is on it. py-libp2p, and now and then go, do not open their gossipsub
  /// stream anew when it ends with one of two connections, and would never be heard again; our own kind does at once.
  func retire(_ connection: ConnectionHandler, peer: PeerID) {
    eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Swarm.leavingSeconds))) {
      [weak self, weak connection] in
      guard let self, let connection, connection.isOpen else { return }
      if connection.isIdle || self.identified[peer]?.agent.hasPrefix("uc-bot/") == true {
        connection.close(SwarmError.connectionClosed("another one to the same peer is kept"))
      } else {
        self.retire(connection, peer: peer)
      }
    }
  }

  /// The peer has said goodbye. It will take no more streams, so the connection is of no more use, whether the peer
  /// closes it or not; but streams on it may be ending, so it is not closed at once.
  func connectionIsLeaving(_ connection: ConnectionHandler) {
    if let peer = connection.peer { connections.demote(connection, peer: peer) }
    eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Swarm.leavingSeconds))) { [weak connection] in
      connection?.close(nil)
    }
  }

  func connectionEnded(_ connection: ConnectionHandler, reason: (any Error)?) {
    guard let peer = connection.peer else { return }
    let removed = connections.remove(connection, peer: peer)
    guard removed.wasThere, removed.wasLast else { return }
    identified.removeValue(forKey: peer)
    emit(.disconnected(peer, reason: reason.map { $0 as? SwarmError ?? .protocolViolation("\($0)") }))
  }

  var connectedPeers: [PeerID] { connections.peers }
  func identifyInfo(of peer: PeerID) -> IdentifyInfo? { identified[peer] }
  func isConnected(_ peer: PeerID) -> Bool { connections.primary(peer) != nil }
  func connections(to peer: PeerID) -> [ConnectionHandler] { connections.connections(to: peer) }

  func disconnect(_ peer: PeerID, reason: SwarmError? = nil) {
    for connection in connections.connections(to: peer) { connection.close(reason) }
  }

  func shutdown() -> EventLoopFuture<Void> {
    guard !isShutDown else { return eventLoop.makeSucceededVoidFuture() }
    isShutDown = true
    networkWatch = nil
    var closing: [EventLoopFuture<Void>] = []
    for listener in listeners {
      closing.append(listener.closeFuture)
      listener.close(promise: nil)
    }
    for dial in pendingDials.values { dial.end(SwarmError.shutDown) }
    for connection in connections.all + upgrading.values {
      if let channel = connection.channel { closing.append(channel.closeFuture) }
      connection.close(SwarmError.shutDown)
    }
    return EventLoopFuture.andAllComplete(closing, on: eventLoop)
  }

  // MARK: streams

  func openStream(
    to peer: PeerID, protocols: [String], configure: @escaping (any Channel, String) throws -> Void
  ) -> EventLoopFuture<any Channel> {
    guard let connection = connections.primary(peer) else {
      return eventLoop.makeFailedFuture(SwarmError.notConnected(peer))
    }
    return openStream(on: connection, protocols: protocols, configure: configure)
  }

  func openStream(
    on connection: ConnectionHandler, protocols: [String], configure: @escaping (any Channel, String) throws -> Void
  ) -> EventLoopFuture<any Channel> {
    let promise = eventLoop.makePromise(of: (any Channel).self)
    var proposals = protocols
    var lazy = false
    // The peer has said that it serves one of them: propose that one alone, and do not wait for the answer.
    if configuration.dialsLazily, let peer = connection.peer, let known = identified[peer]?.protocols,
      let served = protocols.first(where: known.contains)
    {
      proposals = [served]
      lazy = true
    }
    connection.openStream(proposals, lazy: lazy, configure: configure, promise: promise)
    return promise.futureResult
  }
}
