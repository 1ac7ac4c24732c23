import Gossipsub
import Identity
import Kademlia
import Limits
import Logging
import Multiformats
import NIOCore
import Swarm

/// The state of a ``ChatNode``.
///
/// Confined to the node's event loop, which is what `@unchecked Sendable` stands for here: `ChatNode` hops onto the loop
/// before it touches anything that can change, and the floors below report there.
final class ChatNodeCore: @unchecked Sendable {
  let configuration: ChatNodeConfiguration
  let swarm: Swarm
  let gossipsub: Gossipsub
  private let dht: Kademlia?
  let logger: Logger
  let observers = Observers<ChatEvent>()

  private let eventLoop: any EventLoop
  private var wanted: WantedPeers
  private var pings: PingSchedule
  private var readiness = Readiness()
  private var subscribers: Set<PeerID> = []
  private var meshPeers = 0
  private var meshReport = MeshReport()
  private var isStarted = false
  private(set) var isStopping = false
  private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
  private var complaints = Complaints(limit: Limits.Direct.complaints)
  private(set) lazy var direct = DirectMessages(
    swarm: swarm, configuration: configuration.direct,
    emit: { [weak self] in self?.emit(.direct($0)) },
    complain: { [weak self] in self?.complain(.directMessage, of: $0, $1) })
  private(set) lazy var files = FileExchange(
    swarm: swarm, configuration: configuration.files,
    complain: { [weak self] in self?.complain(.fileRequest, of: $0, $1) })
  private lazy var discovery = PeerDiscovery(
    swarm: swarm, configuration: configuration.discovery,
    connections: connections,
    publish: { [weak self] in self?.announceSelf($0) },
    emit: { [weak self] in self?.emit(.discovered($0, $1)) },
    complain: { [weak self] in self?.complain(.peerAnnouncement, of: $0, $1) })
  private lazy var neighbours = LocalDiscovery(
    swarm: swarm, logger: logger,
    emit: { [weak self] in
      self?.keeper.learn($1, of: $0, from: .mdns)
      self?.emit(.discovered($0, $1))
    },
    advanceSoon: { [weak self] in self?.advance() })
  /// Who is connected now, for those who find peers.
  private lazy var connections: () -> ConnectionManager = { [weak self] in self?.keeper.manager ?? ConnectionManager() }
  private(set) lazy var keeper = PeerKeeper(swarm: swarm, configuration: configuration.staying, logger: logger) {
    [weak self] peer in
    guard let self else { return true }
    return wanted.isWanted(peer) || gossipsub.isInMesh(peer, of: configuration.topic)
  }
  private(set) var liveness: Liveness
  /// Who has yet to show that it is there, since the network has changed.
  private var probed: Set<PeerID> = []
  private lazy var rendezvous = dht.map { table in
    Rendezvous(
      swarm: swarm, table: table, room: configuration.topic,
      connections: connections
    ) { [weak self] peer, addresses in
      self?.keeper.learn(addresses, of: peer, from: .routing)
      self?.emit(.discovered(peer, addresses))
    }
  }
  private var sleep = SleepWatch(now: .now(), sinceBoot: WallClock.sinceBoot())
  private var random = SystemRandomNumberGenerator()

  init(
    configuration: ChatNodeConfiguration, swarm: Swarm, gossipsub: Gossipsub, dht: Kademlia?, logger: Logger
  ) {
    self.configuration = configuration
    self.swarm = swarm
    self.gossipsub = gossipsub
    self.dht = dht
    self.logger = logger
    eventLoop = swarm.eventLoop
    wanted = WantedPeers(configuration.connect, schedule: configuration.redial, now: .now())
    pings = PingSchedule(interval: configuration.pingInterval)
    liveness = Liveness(deafAfter: configuration.staying.deafAfter, now: .now())
  }

  // MARK: life

  func begin() {
    guard !isStopping else { return }
    isStarted = true
    do { try keeper.load() } catch { logger.warning("\(error)") }
    if configuration.staying.watchesNetwork { swarm.watchNetwork() }
    for topic in topics { emit(.joined(topic: topic)) }
    dht?.start()
    if configuration.discovery.asksLocalNetwork { neighbours.start(room: configuration.topic) }
    advance()
  }

  func shutdown(timeout: TimeAmount) -> EventLoopFuture<Void> {
    isStopping = true
    files.stop()
    discovery.stop()
    rendezvous?.stop()
    dht?.stop()
    neighbours.stop()
    timer?.task.cancel()
    timer = nil
    let done = eventLoop.makePromise(of: Void.self)
    let limit = eventLoop.scheduleTask(in: timeout) { done.succeed() }
    // Leaving the room first lets the others know at once, instead of when their pings fail.
    let saved = keeper.stop()
    let closed = gossipsub.stop().and(saved).flatMap { [swarm, eventLoop] _ in
      eventLoop.makeFutureWithTask { await swarm.shutdown() }
    }
    // Whichever comes first; a promise takes the first answer and ignores the second.
    closed.whenComplete { _ in
      limit.cancel()
      done.succeed()
    }
    // Observers hold those who publish, and those hold this node: it would never go away.
    return done.futureResult.always { _ in self.observers.removeAll() }
  }

  // MARK: what the floors below report

  func handle(_ event: SwarmEvent) {
    switch event {
    case .listening(let address):
      discovery.listening(address)
      neighbours.listening(address)
      emit(.listening(address))
    case .connected(let peer, let address, let direction):
      wanted.connected(peer, at: .now())
      keeper.connected(peer, at: address, isOutbound: direction == .outbound, now: .now())
      pings.connected(peer, at: .now())
      neighbours.connected(peer)
      emit(.connected(peer, address, direction))
    case .disconnected(let peer, let reason):
      wanted.disconnected(peer, at: .now(), using: &random)
      var isLineDead = false
      if case .lineDead = reason { isLineDead = true }
      keeper.disconnected(peer, isLineDead: isLineDead, now: .now())
      probed.remove(peer)
      pings.disconnected(peer)
      subscribers.remove(peer)
      direct.disconnected(peer)
      discovery.disconnected(peer)
      neighbours.disconnected(peer)
      // Our own goodbye is no error of anybody's.
      emit(.disconnected(peer, reason: isStopping ? nil : reason?.description))
    case .identified(let peer, let info):
      keeper.identified(peer, info)
      emit(.identified(peer, info))
    case .networkChanged(let addresses):
      discovery.listening(only: addresses)
      neighbours.networkChanged(addresses)
      emit(.networkChanged)
      probe()
    case .identifyFailed(let peer, let reason):
      emit(.identifyFailed(peer, reason: reason))
    case .identifySent(let peer):
      emit(.identifySent(peer))
    }
    advance()
  }

  func handle(_ event: GossipsubEvent) {
    switch event {
    case .message(let message, _):
      // By author and not by the way it came: some peers send a message back to who wrote it.
      guard message.source != swarm.localPeer else { return }
      switch message.topic {
      case configuration.topic: heard(message)
      case configuration.fileTopic: heardOfFile(message)
      case DiscoveryConfiguration.topic: discovery.heard(message.data, from: message.source)
      default: break
      }
      return
    case .subscribed(let peer, let topic):
      if topic == configuration.topic {
        subscribers.insert(peer)
        keeper.setInRoom(peer, true)
      }
      if topic == DiscoveryConfiguration.topic { discovery.subscribed(peer) }
      emit(.subscribed(peer, topic: topic))
    case .unsubscribed(let peer, let topic):
      if topic == configuration.topic {
        subscribers.remove(peer)
        keeper.setInRoom(peer, false)
      }
      if topic == DiscoveryConfiguration.topic { discovery.unsubscribed(peer) }
      emit(.unsubscribed(peer, topic: topic))
    case .rejected(let peer, let reason): complain(.message, of: peer, reason.description)
    case .malformed(let peer, let reason): complain(.gossipsubFrame, of: peer, reason)
    case .meshChanged(let topic, let count):
      if topic == configuration.topic { meshPeers = count }
    }
    advance()
  }

  // MARK: chat

  /// The topics that the node is in: the room, and those that the configuration asks for.
  var topics: [String] {
    [configuration.topic] + (configuration.files.follows ? [configuration.fileTopic] : [])
      + (configuration.discovery.follows ? [DiscoveryConfiguration.topic] : [])
  }

  private func heard(_ message: Message) {
    let chat = ChatMessage(
      id: message.id, from: message.source, data: message.data, room: message.topic,
      receivedNanos: WallClock.nanoseconds())
    // Programs talk to each other on the chat topic, too; there is nothing in it for anybody to read.
    if chat.kind != .signalling { emit(.message(chat)) }
  }

  func publish(_ data: ByteBuffer, topic: String, codec: PayloadCodec) -> EventLoopFuture<ChatReceipt> {
    let error: ChatPublishError
    if isStopping {
      error = .stopping
    } else if topic != configuration.topic {
      error = .notJoined(room: topic)
    } else if data.readableBytes > Limits.Chat.publish {
      error = .tooLong(bytes: data.readableBytes, limit: Limits.Chat.publish)
    } else {
      let payload: ByteBuffer
      do {
        payload = try codec.encode(
          data, from: swarm.localPeer, nick: configuration.nick ?? swarm.localPeer.short,
          unixNanos: WallClock.nanoseconds())
      } catch {
        return eventLoop.makeFailedFuture(ChatPublishError.notText)
      }
      return send(payload, topic: topic)
    }
    return eventLoop.makeFailedFuture(error)
  }

  private func send(_ payload: ByteBuffer, topic: String) -> EventLoopFuture<ChatReceipt> {
    gossipsub.publish(payload, topic: topic)
      .flatMapErrorThrowing { throw ChatPublishError.refused("\($0)") }
      .flatMapThrowing { receipt in
        guard receipt.peers > 0 else { throw ChatPublishError.noPeers }
        return ChatReceipt(id: receipt.id, peers: receipt.peers)
      }
  }

  /// Fails with ``DirectMessageError``.
  func sendDirect(_ text: String, to peer: PeerID) -> EventLoopFuture<Void> {
    isStopping ? eventLoop.makeFailedFuture(DirectMessageError.stopping) : direct.send(text, to: peer)
  }

  // MARK: files

  private func heardOfFile(_ message: Message) {
    guard let id = FileID.read(message.data.readableBytesView) else {
      return complain(.fileAnnouncement, of: message.source, "\(message.data.readableBytes) bytes that are no id")
    }
    emit(.fileAnnounced(FileAnnouncement(from: message.source, id: id, receivedNanos: WallClock.nanoseconds())))
  }

  func announceFile(_ id: String) -> EventLoopFuture<ChatReceipt> {
    let error: any Error
    if isStopping {
      error = ChatPublishError.stopping
    } else if !configuration.files.announces {
      error = FileTransferError.notAnnouncing
    } else if !files.isOffered(id) {
      // What others cannot fetch makes some of them end (wire.md §10).
      error = FileTransferError.notFound
    } else {
      return send(ByteBuffer(string: id), topic: configuration.fileTopic)
    }
    return eventLoop.makeFailedFuture(error)
  }

  // MARK: discovery

  private func announceSelf(_ payload: ByteBuffer) {
    gossipsub.publish(payload, topic: DiscoveryConfiguration.topic).whenFailure { [logger] error in
      logger.debug("not announced", metadata: ["reason": "\(error)"])
    }
  }

  /// The distributed hash table has changed.
  func handle(_ event: KademliaEvent) {
    guard case .bootstrapped = event else { return }
    rendezvous?.begin(now: .now())
    advance()
  }

  /// Whether the connection to a peer is of use, beside for asking it in the distributed hash table.
  func isNeeded(_ peer: PeerID) -> Bool {
    subscribers.contains(peer) || wanted.isWanted(peer) || keeper.manager.shortage > 0
  }

  // MARK: time

  /// Does what is due, and sets the one timer to the next time at which something will be.
  private func advance() {
    guard isStarted, !isStopping else { return }
    let now = NIODeadline.now()
    if let slept = sleep.update(now: now, sinceBoot: WallClock.sinceBoot()) {
      logger.notice(
        "the machine has slept: looking who is still there",
        metadata: ["seconds": "\(slept.nanoseconds / 1_000_000_000)"])
      probe()
    }
    for dial in wanted.due(at: now) { start(dial) }
    for peer in pings.due(at: now) { ping(peer) }
    discovery.advance(now: now)
    neighbours.advance(now: now)
    keeper.advance(now: now)
    look(now: now)
    rendezvous?.advance(listeners: subscribers.count, now: now)
    if let count = meshReport.update(meshPeers, now: now) { emit(.mesh(peers: count)) }
    if readiness.update(meshPeers: meshPeers, subscribers: subscribers.count, now: now) {
      emit(.ready(meshPeers: max(meshPeers, subscribers.count)))
    }
    let next = [
      wanted.nextDeadline, pings.nextDeadline, readiness.deadline, meshReport.deadline, discovery.deadline,
      neighbours.deadline,
      keeper.deadline, liveness.deadline,
      rendezvous?.deadline,
    ].compactMap { $0 }.min()
    guard next != timer?.deadline else { return }
    timer?.task.cancel()
    timer = next.map { deadline in
      let task = eventLoop.scheduleTask(deadline: deadline) { [weak self] in
        self?.timer = nil
        self?.advance()
      }
      return (deadline, task)
    }
  }

  private func start(_ dial: WantedPeers.Dial) {
    swarm.dialFuture(dial.address).whenComplete { [weak self] result in
      guard let self, !isStopping else { return }
      switch result {
      case .success(let peer):
        wanted.succeeded(dial.index, peer: peer, at: .now(), using: &random)
      case .failure(let error):
        if let (wait, isWorthTelling) = wanted.failed(dial.index, at: .now(), using: &random), isWorthTelling {
          emit(.dialFailed(dial.address, reason: Self.reason(of: error), retryIn: wait))
        }
      }
      advance()
    }
  }

  private func ping(_ peer: PeerID) {
    swarm.pingFuture(peer).whenComplete { [weak self] result in
      guard let self, !isStopping else { return }
      var isUnanswered = false
      if case .failure(SwarmError.timeout) = result { isUnanswered = true }
      let outcome = pings.finished(peer, isUnanswered: isUnanswered, at: .now())
      // A connection that went away meanwhile has been reported as such.
      guard outcome != .stale else { return }
      if !isUnanswered { probed.remove(peer) }
      switch result {
      case .success(let time): emit(.pinged(peer, seconds: Double(time.nanoseconds) / 1e9))
      case .failure(let error): emit(.pingFailed(peer, reason: "\(error)"))
      }
      // Dead connections are not always told of by the system, or only after a quarter of an hour.
      if outcome == .dead { swarm.disconnect(peer, reason: .lineDead(seconds: Limits.Ping.timeoutSeconds)) }
      advance()
    }
  }

  // MARK: staying

  /// Does what helps against being heard by nobody.
  private func look(now: NIODeadline) {
    let audience = max(meshPeers, subscribers.count)
    let (remedy, isChanged) = liveness.update(
      audience: audience,
      hasSomebodyToLookFor: !wanted.isEmpty || keeper.knowsSomebody { !keeper.manager.isConnected($0) }, now: now)
    if isChanged { emit(.liveness(liveness.state, silentSeconds: liveness.silence(at: now))) }
    guard let remedy else { return }
    if remedy == .bootstrap { dht?.refresh() }
    wanted.dialSoon(at: now, using: &random)
    keeper.retryAll(now: now)
  }

  /// The network has changed: who does not show soon that he is there is gone, and whoever is not there may be.
  private func probe() {
    let now = NIODeadline.now()
    wanted.dialSoon(at: now, using: &random)
    keeper.retryAll(now: now)
    probed = pings.probeAll(at: now)
    eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Connections.networkChangeSeconds))) {
      [weak self] in
      guard let self, !isStopping else { return }
      for peer in probed {
        swarm.disconnect(peer, reason: .lineDead(seconds: Limits.Connections.networkChangeSeconds))
      }
      probed = []
    }
  }

  private func emit(_ event: ChatEvent) { observers.tell(event) }

  private func complain(_ kind: MalformedInput.Kind, of peer: PeerID, _ reason: String) {
    guard complaints.isNew(kind, from: peer) else { return }
    emit(.malformed(peer, MalformedInput(kind: kind, reason: reason)))
  }

  /// Why a dial failed, without the address, which stands beside it anyway.
  private static func reason(of error: any Error) -> String {
    switch error {
    case SwarmError.connectFailed(_, let why): why
    case SwarmError.upgradeFailed(_, let why): "cannot set up the connection: \(why)"
    default: "\(error)"
    }
  }
}
