import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import NIOPosix
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

  /// A dial under way. It stays in the table until nothing of it goes on any more, also when its time is up before.
  private final class Dial {
    let address: Multiaddr
    let target: DialTarget
    let promise: EventLoopPromise<PeerID>
    let deadline: NIODeadline
    /// The connection that is being tried.
    var attempt: ConnectionHandler?
    var isOver = false

    init(_ address: Multiaddr, _ target: DialTarget, promise: EventLoopPromise<PeerID>, deadline: NIODeadline) {
      self.address = address
      self.target = target
      self.promise = promise
      self.deadline = deadline
    }

    func end(_ error: any Error) {
      isOver = true
      promise.fail(error)
      attempt?.close(error)
    }
  }

  let configuration: SwarmConfiguration
  let identity: KeyPair
  let localPeer: PeerID
  let eventLoop: any EventLoop
  let logger: Logger
  private let staticKey: NoiseStaticKey

  private(set) var handlers: [String: ProtocolHandler] = [:]
  private(set) var protocolNames: [String] = []
  private let observers = Observers<SwarmEvent>()
  private var listeners: [any Channel] = []
  private(set) var listenAddresses: [Multiaddr] = []
  private var connections = ConnectionTable<ConnectionHandler>()
  private var pendingInbound = 0
  private var pendingByNetwork: [[UInt8]: Int] = [:]
  private var pendingDials: [Multiaddr: Dial] = [:]
  private var upgrading: [ObjectIdentifier: ConnectionHandler] = [:]
  private var identified: [PeerID: IdentifyInfo] = [:]
  /// The signed record of the present addresses; each one has a higher sequence number than those before.
  private var record: [UInt8]?
  private var recordSequence: UInt64 = 0
  /// Counts the changes of what identify tells.
  private var revision = 0
  private var isShutDown = false
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

  private func emit(_ event: SwarmEvent) { observers.tell(event) }

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

  // MARK: listening

  func listen(on address: Multiaddr) -> EventLoopFuture<[Multiaddr]> {
    let target: DialTarget
    do {
      guard !isShutDown else { throw SwarmError.shutDown }
      guard listeners.count < Limits.Swarm.listenAddresses else {
        throw SwarmError.limit("\(Limits.Swarm.listenAddresses) listen addresses")
      }
      target = try DialTarget(address)
      if let named = target.peer, named != localPeer {
        throw SwarmError.wrongPeer(expected: named, found: localPeer)
      }
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    let host: String
    switch target.host {
    case .ip(let ip): host = ip
    case .name(let name, _): host = name
    }
    let bootstrap = ServerBootstrap(group: eventLoop)
      // Out of file descriptors: a second of rest instead of a busy loop.
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler()) }
      }
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
      .childChannelInitializer { [weak self] channel in
        channel.eventLoop.makeCompletedFuture { try self?.accept(channel) }
      }
    // An IPv6 socket takes IPv6 only: by default Linux gives it the port of IPv4 too, and the other socket fails.
    if address.components.first?.proto == .ip6 {
      _ = bootstrap.serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    return bootstrap.bind(host: host, port: target.port)
      .flatMapErrorThrowing { error in throw SwarmError.listenFailed(address, describe(error)) }
      .flatMapThrowing { [self] channel in
        guard !isShutDown else {
          channel.close(promise: nil)
          throw SwarmError.shutDown
        }
        listeners.append(channel)
        record = nil
        let addresses = try InterfaceAddresses.expand(channel.localAddress)
        for address in addresses where !listenAddresses.contains(address) {
          listenAddresses.append(address)
          emit(.listening(address.withPeer(localPeer)))
        }
        pushIdentify()
        return addresses.map { $0.withPeer(localPeer) }
      }
  }

  private static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 * 1_024, high: 1_024 * 1_024)

  private func accept(_ channel: any Channel) throws {
    guard let remote = Multiaddr(tcp: channel.remoteAddress) else {
      channel.close(promise: nil)
      return
    }
    // An IPv4 address, or the half of an IPv6 address that one machine cannot choose.
    let network = Array(remote.components.first?.value.prefix(8) ?? [])
    guard !isShutDown, pendingInbound < configuration.maximumPendingInbound,
      pendingByNetwork[network, default: 0] < configuration.maximumPendingPerNetwork,
      connections.count < configuration.maximumConnections
    else {
      counters.connectionsRefused &+= 1
      channel.close(promise: nil)
      return
    }
    let opened = eventLoop.makePromise(of: Void.self)
    let handler: ConnectionHandler
    do {
      handler = try ConnectionHandler(
        direction: .inbound, remoteAddress: remote, expectedPeer: nil, staticKey: staticKey, swarm: self,
        configuration: configuration, opened: opened)
    } catch {
      opened.fail(error)
      throw error
    }
    pendingInbound += 1
    pendingByNetwork[network, default: 0] += 1
    upgrading[ObjectIdentifier(handler)] = handler
    opened.futureResult.assumeIsolated().whenComplete { [weak self] result in
      guard let self else { return }
      self.pendingInbound -= 1
      let others = self.pendingByNetwork[network, default: 1] - 1
      self.pendingByNetwork[network] = others > 0 ? others : nil
      self.upgrading.removeValue(forKey: ObjectIdentifier(handler))
      if case .failure(let error) = result {
        self.counters.inboundUpgradesFailed &+= 1
        self.logger.debug("inbound connection failed", metadata: ["address": "\(remote)", "error": "\(error)"])
      }
    }
    try channel.pipeline.syncOperations.addHandler(handler)
  }

  // MARK: dialling

  func dial(_ address: Multiaddr) -> EventLoopFuture<PeerID> { dial(address, resolve: resolve) }

  func dial(
    _ address: Multiaddr, resolve: (DialTarget) -> EventLoopFuture<[SocketAddress]>
  ) -> EventLoopFuture<PeerID> {
    let target: DialTarget
    do {
      guard !isShutDown else { throw SwarmError.shutDown }
      target = try DialTarget(address)
      if let peer = target.peer {
        guard peer != localPeer else { throw SwarmError.selfDial }
        if connections.primary(peer) != nil { return eventLoop.makeSucceededFuture(peer) }
      }
      if let running = pendingDials[address] { return running.promise.futureResult }
      guard pendingDials.count < Limits.Swarm.pendingDials else {
        throw SwarmError.limit("\(Limits.Swarm.pendingDials) dials at one time")
      }
      guard connections.count < configuration.maximumConnections else {
        throw SwarmError.limit("\(configuration.maximumConnections) connections")
      }
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    let seconds = configuration.dialSeconds
    let dial = Dial(
      address, target, promise: eventLoop.makePromise(of: PeerID.self), deadline: .now() + .seconds(Int64(seconds)))
    pendingDials[address] = dial
    let deadline = eventLoop.assumeIsolated().scheduleTask(deadline: dial.deadline) {
      dial.end(SwarmError.connectFailed(target.transport, "no answer within \(seconds) s"))
    }
    dial.promise.futureResult.assumeIsolated().whenComplete { [weak self] result in
      deadline.cancel()
      if case .failure = result { self?.counters.dialsFailed &+= 1 }
    }
    resolve(target).assumeIsolated().whenComplete { [weak self] result in
      switch result {
      case .failure(let error): self?.finish(dial, .failure(error))
      case .success(let addresses): self?.tryNext(addresses[...], of: dial, lastError: SwarmError.shutDown)
      }
    }
    return dial.promise.futureResult
  }

  private func finish(_ dial: Dial, _ result: Result<PeerID, any Error>) {
    pendingDials.removeValue(forKey: dial.address)
    dial.promise.completeWith(result)
  }

  private func resolve(_ target: DialTarget) -> EventLoopFuture<[SocketAddress]> {
    switch target.host {
    case .ip(let ip):
      eventLoop.makeCompletedFuture { [try SocketAddress(ipAddress: ip, port: target.port)] }
    case .name(let name, let families):
      NameResolver.resolve(name, families: families, port: target.port, eventLoop: eventLoop)
    }
  }

  /// One address after the other; the error of the last is the dial's.
  private func tryNext(_ addresses: ArraySlice<SocketAddress>, of dial: Dial, lastError: any Error) {
    guard let address = addresses.first, !dial.isOver, !isShutDown else { return finish(dial, .failure(lastError)) }
    // An address that swallows everything must leave time for those behind it.
    let time = TimeAmount.nanoseconds((dial.deadline - .now()).nanoseconds / Int64(addresses.count))
    connect(to: address, of: dial, within: time).assumeIsolated().whenComplete { [weak self] result in
      guard let self else { return dial.promise.fail(SwarmError.shutDown) }
      dial.attempt = nil
      switch result {
      case .success(let peer): self.finish(dial, .success(peer))
      case .failure(let error):
        if let peer = dial.target.peer, self.connections.primary(peer) != nil {
          // Ours lost against one that the peer opened meanwhile.
          self.finish(dial, .success(peer))
        } else {
          self.tryNext(addresses.dropFirst(), of: dial, lastError: error)
        }
      }
    }
  }

  private func connect(to address: SocketAddress, of dial: Dial, within time: TimeAmount) -> EventLoopFuture<PeerID> {
    let target = dial.target
    let opened = eventLoop.makePromise(of: Void.self)
    let handler: ConnectionHandler
    do {
      handler = try ConnectionHandler(
        direction: .outbound, remoteAddress: Multiaddr(tcp: address) ?? target.transport, expectedPeer: target.peer,
        staticKey: staticKey, swarm: self, configuration: configuration, opened: opened)
    } catch {
      opened.fail(error)
      return eventLoop.makeFailedFuture(error)
    }
    dial.attempt = handler
    upgrading[ObjectIdentifier(handler)] = handler
    let limit = eventLoop.assumeIsolated().scheduleTask(in: time) {
      handler.close(SwarmError.connectFailed(target.transport, "\(address) does not answer"))
    }
    let bound = NIOLoopBound(handler, eventLoop: eventLoop)
    let connected = ClientBootstrap(group: eventLoop)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.writeBufferWaterMark, value: Self.waterMark)
      .connectTimeout(.seconds(Int64(configuration.dialSeconds)))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
      }
      .connect(to: address)
    // Told before the handler is taken out, which would report a lost upgrade.
    connected.whenFailure { error in
      opened.fail(SwarmError.connectFailed(target.transport, describe(error)))
    }
    return opened.futureResult.assumeIsolated().flatMapThrowing {
      guard let peer = handler.peer else { throw SwarmError.notConnected(self.localPeer) }
      return peer
    }.always { [weak self] _ in
      limit.cancel()
      self?.upgrading.removeValue(forKey: ObjectIdentifier(handler))
    }.nonisolated()
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
    if let loser = added.loser { closeSoon(loser, SwarmError.connectionClosed("another one to the same peer is kept")) }
    if added.isFirst { emit(.connected(peer, connection.remoteAddress, connection.direction)) }
    for extra in added.excess {
      extra.close(SwarmError.limit("\(Limits.Swarm.connectionsPerPeer) connections of a peer"))
    }
    requestIdentify(connection, peer: peer)
  }

  /// Not at once: the peer may still be busy with the connection, and streams on it may be ending.
  private func closeSoon(_ connection: ConnectionHandler, _ reason: SwarmError?) {
    eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Swarm.leavingSeconds))) { [weak connection] in
      connection?.close(reason)
    }
  }

  /// The peer has said goodbye. It will take no more streams, so the connection is of no more use, whether the peer
  /// closes it or not.
  func connectionIsLeaving(_ connection: ConnectionHandler) {
    if let peer = connection.peer { connections.demote(connection, peer: peer) }
    closeSoon(connection, nil)
  }

  func connectionEnded(_ connection: ConnectionHandler, reason: (any Error)?) {
    guard let peer = connection.peer else { return }
    let removed = connections.remove(connection, peer: peer)
    guard removed.wasThere, removed.wasLast else { return }
    identified.removeValue(forKey: peer)
    emit(.disconnected(peer, reason: reason.map { "\($0)" }))
  }

  var connectedPeers: [PeerID] { connections.peers }
  func identifyInfo(of peer: PeerID) -> IdentifyInfo? { identified[peer] }
  func isConnected(_ peer: PeerID) -> Bool { connections.primary(peer) != nil }
  func connections(to peer: PeerID) -> [ConnectionHandler] { connections.connections(to: peer) }

  func disconnect(_ peer: PeerID) {
    for connection in connections.connections(to: peer) { connection.close(nil) }
  }

  func shutdown() -> EventLoopFuture<Void> {
    guard !isShutDown else { return eventLoop.makeSucceededVoidFuture() }
    isShutDown = true
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

  private func openStream(
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

  // MARK: identify

  private func requestIdentify(_ connection: ConnectionHandler, peer: PeerID) {
    openStream(on: connection, protocols: [Swarm.identifyProtocol]) { [weak self] channel, _ in
      let reader = IdentifyReader(peer: peer) { result in
        switch result {
        case .success(let info): self?.learned(info, peer: peer)
        case .failure(let error): self?.emit(.identifyFailed(peer, "\(error)"))
        }
      }
      try channel.pipeline.syncOperations.addHandler(reader)
    }.whenFailure { [weak self] error in
      guard let self, self.isConnected(peer) else { return }
      self.emit(.identifyFailed(peer, "\(error)"))
    }
  }

  private func learned(_ info: IdentifyInfo, peer: PeerID) {
    guard isConnected(peer) else { return }
    identified[peer] = info
    emit(.identified(peer, info))
    // What has changed before it was known that the peer takes pushes.
    if connections.primary(peer).map({ $0.toldRevision != revision }) ?? false { pushIdentify(to: peer) }
  }

  private func answerIdentify(_ stream: InboundStream) {
    do {
      stream.channel.write(try ownIdentify(observed: Multiaddr(tcp: stream.channel.remoteAddress)), promise: nil)
      stream.channel.flush()
      stream.channel.close(mode: .output, promise: nil)
      closeWhenPeerDoes(stream.channel)
    } catch {
      logger.error("cannot describe this peer", metadata: ["error": "\(error)"])
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
  }

  /// A stream on which nothing more is expected: the peer gets a while to end it, then it is reset.
  private func closeWhenPeerDoes(_ channel: any Channel) {
    let timeout = eventLoop.scheduleTask(in: .seconds(Int64(Limits.Identify.seconds))) {
      channel.close(promise: nil)
    }
    channel.closeFuture.whenComplete { _ in timeout.cancel() }
  }

  private func acceptPush(_ stream: InboundStream) {
    let peer = stream.peer
    guard let connection = connections.primary(peer), connection.pushBudget.take(now: .now()) else {
      counters.pushesIgnored &+= 1
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
      return
    }
    let reader = IdentifyReader(peer: peer, known: identified[peer] ?? IdentifyInfo()) { [weak self] result in
      if case .success(let info) = result { self?.learned(info, peer: peer) }
    }
    try? stream.channel.pipeline.syncOperations.addHandler(reader)
  }

  /// Tells connected peers that serve identify-push of new addresses or protocols.
  private func pushIdentify() {
    revision &+= 1
    for peer in connections.peers { pushIdentify(to: peer) }
  }

  private func pushIdentify(to peer: PeerID) {
    guard identified[peer]?.protocols.contains(Swarm.identifyPushProtocol) == true else { return }
    for connection in connections(to: peer) { connection.toldRevision = revision }
    openStream(to: peer, protocols: [Swarm.identifyPushProtocol]) { [weak self] channel, _ in
      guard let self else { return }
      channel.write(try self.ownIdentify(observed: nil), promise: nil)
      channel.flush()
      channel.close(mode: .output, promise: nil)
      self.closeWhenPeerDoes(channel)
    }.whenFailure { [logger] error in
      logger.debug("identify push failed", metadata: ["peer": "\(peer)", "error": "\(error)"])
    }
  }

  private func ownIdentify(observed: Multiaddr?) throws -> ByteBuffer {
    let record = try self.record ?? sealRecord()
    self.record = record
    let message = try IdentifyMessage.encode(
      identity: identity, configuration: configuration, listenAddresses: listenAddresses, protocols: protocolNames,
      observed: observed, record: record)
    var framed = ByteBuffer()
    framed.writeLengthPrefixed(message)
    return framed
  }

  private func sealRecord() throws -> [UInt8] {
    recordSequence = max(recordSequence &+ 1, UInt64(clamping: WallClock.nanoseconds()))
    return try PeerRecord(peerID: localPeer, sequence: recordSequence, addresses: listenAddresses)
      .sealed(with: identity)
  }

  // MARK: ping

  /// A ping by the ping protocol, or by Yamux for a peer that does not serve it.
  func ping(_ peer: PeerID) -> EventLoopFuture<TimeAmount> {
    guard let connection = connections.primary(peer) else {
      return eventLoop.makeFailedFuture(SwarmError.notConnected(peer))
    }
    let promise = eventLoop.makePromise(of: TimeAmount.self)
    guard let client = connection.pingClient, client.isUsable else {
      pingOnNewStream(connection, promise: promise)
      return promise.futureResult
    }
    // A kept stream may have been closed by the other side meanwhile (go: after 10 s of silence): one more try.
    let first = eventLoop.makePromise(of: TimeAmount.self)
    client.ping(promise: first)
    first.futureResult.assumeIsolated().whenComplete { [weak self] result in
      switch result {
      case .success(let time): promise.succeed(time)
      case .failure(let error):
        if case SwarmError.timeout = error { return promise.fail(error) }
        guard let self, connection.isOpen else { return promise.fail(error) }
        if let client = connection.pingClient, client.isUsable {
          client.ping(promise: promise)
        } else {
          self.pingOnNewStream(connection, promise: promise)
        }
      }
    }
    return promise.futureResult
  }

  private func pingOnNewStream(_ connection: ConnectionHandler, promise: EventLoopPromise<TimeAmount>) {
    if let peer = connection.peer, let known = identified[peer]?.protocols, !known.contains(Swarm.pingProtocol) {
      connection.muxerPing(promise: promise)
      return
    }
    // The client takes further pings while its stream opens: a stream for each would be more than peers allow.
    let client = PingClient()
    connection.pingClient = client
    client.ping(promise: promise)
    openStream(on: connection, protocols: [Swarm.pingProtocol]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(client)
    }.assumeIsolated().whenFailure { _ in
      for promise in client.giveUp() { connection.muxerPing(promise: promise) }
    }
  }
}
