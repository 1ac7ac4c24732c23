import DequeModule
import Identity
import Limits
import Logging
import NIOCore
import Swarm

/// The state of a gossipsub service: the router, and the streams that its actions are done on.
///
/// Confined to the swarm's event loop, which is what `@unchecked Sendable` stands for: `Gossipsub` hops onto the loop
/// before it calls anything here, and NIO calls the handlers there.
final class GossipsubCore: @unchecked Sendable {
  private struct WaitingPublisher {
    let promise: EventLoopPromise<PublishReceipt>
    let receipt: PublishReceipt
    let receivers: [PeerID]
  }

  /// Bytes of one write: a few Noise messages' worth.
  private static let writeSize = 60 * 1_024

  let swarm: Swarm
  let configuration: GossipsubConfiguration
  let logger: Logger
  let eventLoop: any EventLoop

  private(set) var router: Router
  private var extraCounters = GossipsubCounters()
  private var signer: MessageSigner
  private var random = SystemRandomNumberGenerator()
  private let checks: SignatureChecks
  private var links: [PeerID: PeerLink] = [:]
  private var dirty: [PeerLink] = []
  private var paused: Deque<InboundStreamHandler> = []
  private var waitingPublishers: Deque<WaitingPublisher> = []
  private let observers = Observers<GossipsubEvent>()
  private var heartbeat: RepeatedTask?
  private var tickIsScheduled = false
  private var isStopped = false

  init(swarm: Swarm, configuration: GossipsubConfiguration, logger: Logger) {
    self.swarm = swarm
    self.configuration = configuration
    self.logger = logger
    eventLoop = swarm.eventLoop
    router = Router(localPeer: swarm.localPeer, configuration: configuration.router)
    signer = MessageSigner(keyPair: swarm.identity, firstSequenceNumber: UInt64(clamping: WallClock.nanoseconds()))
    checks = SignatureChecks(
      validator: MessageValidator(policy: configuration.router.signaturePolicy), eventLoop: swarm.eventLoop,
      batchSize: configuration.validationBatch, threads: configuration.validationThreads)
    checks.onResult = { [weak self] request, result in
      self?.handle(.validated(request.message, from: request.peer, result))
      self?.resumeIfDrained()
    }
  }

  // MARK: what the application asks for

  var counters: GossipsubCounters {
    var all = router.counters
    all.add(extraCounters)
    return all
  }

  func observe(_ observer: @escaping @Sendable (GossipsubEvent) -> Void) { observers.add(observer) }

  /// The first heartbeat comes at a random time, so that peers started together do not beat together.
  func start() {
    guard heartbeat == nil, !isStopped else { return }
    let interval = configuration.router.heartbeat
    let first = TimeAmount.nanoseconds(Int64.random(in: interval.nanoseconds / 10...max(interval.nanoseconds, 1)))
    heartbeat = eventLoop.scheduleRepeatedTask(initialDelay: first, delay: interval) { [weak self] task in
      if let self { self.beat() } else { task.cancel() }
    }
  }

  private func beat() {
    // A peer that reads nothing would hold up whoever waits for it to have read, as long as it likes.
    let now = NIODeadline.now()
    for link in links.values where link.isStalled(patience: configuration.stallPatience, now: now) {
      link.outbound?.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
    // Some peers never open another stream on the same connection (py, and now and then go). They count as hearing us,
    // and we would hear nothing of them for as long as they answer pings.
    for link in links.values where link.isMute(patience: configuration.mutePatience, now: now) {
      guard router.peers[link.peer]?.topics.isEmpty == false else { continue }
      let seconds = Int(configuration.mutePatience.nanoseconds / 1_000_000_000)
      swarm.disconnect(link.peer, reason: .timeout("opening another gossipsub stream", seconds: seconds))
    }
    handle(.heartbeat)
  }

  func subscribe(_ topic: String) { handle(.subscribe(topic)) }
  func unsubscribe(_ topic: String) { handle(.unsubscribe(topic)) }

  func publish(_ data: ByteBuffer, topic: String) -> EventLoopFuture<PublishReceipt> {
    let promise = eventLoop.makePromise(of: PublishReceipt.self)
    do {
      guard !isStopped else { throw PublishError.stopped }
      guard data.readableBytes <= configuration.maximumData else {
        throw PublishError.tooLong(bytes: data.readableBytes, limit: configuration.maximumData)
      }
      guard !topic.isEmpty, topic.utf8.count <= Limits.Gossipsub.topic else { throw PublishError.invalidTopic }
      publish(try sign(data, topic), promise)
    } catch {
      promise.fail(error)
    }
    return promise.futureResult
  }

  private func sign(_ data: ByteBuffer, _ topic: String) throws -> Message {
    do {
      return try signer.sign(data, topic: topic)
    } catch {
      throw PublishError.signing("\(error)")
    }
  }

  /// The publisher is answered when the message has gone to the streams, or at least to one queue with room in it: who
  /// waits for the answer is never faster than the fastest peer.
  private func publish(_ message: Message, _ promise: EventLoopPromise<PublishReceipt>) {
    let actions = router.handle(.publish(message), now: .now(), random: &random)
    var receipt = PublishReceipt(id: message.id, peers: 0)
    var receivers: [PeerID] = []
    for action in actions {
      if case .send(_, let peers, .publish) = action { receivers += peers }
      if case .published(let id, let count) = action { receipt = PublishReceipt(id: id, peers: count) }
    }
    perform(actions)
    let publisher = WaitingPublisher(promise: promise, receipt: receipt, receivers: receivers)
    if mustWait(publisher), waitingPublishers.count < Limits.Gossipsub.waitingPublishers {
      waitingPublishers.append(publisher)
    } else {
      promise.succeed(receipt)
    }
  }

  private func mustWait(_ publisher: WaitingPublisher) -> Bool {
    let waiting = publisher.receivers.compactMap { links[$0]?.queue.bytes }
    return (waiting.min() ?? 0) > configuration.peerQueueBytes / 4
  }

  private func answerPublishers() {
    while let first = waitingPublishers.first, !mustWait(first) {
      waitingPublishers.removeFirst()
      first.promise.succeed(first.receipt)
    }
  }

  /// Keeps checked messages back, and with them, when enough have gathered, the peers that send them.
  func holdDeliveries(_ isHeld: Bool) {
    checks.isHeld = isHeld
    scheduleTick()
  }

  func stop() {
    guard !isStopped else { return }
    heartbeat?.cancel()
    for topic in Array(router.mesh.topics) { handle(.unsubscribe(topic)) }
    writeQueues()
    isStopped = true
    for publisher in waitingPublishers { publisher.promise.succeed(publisher.receipt) }
    waitingPublishers = []
    for link in links.values {
      link.cancel()
      link.outbound?.close(promise: nil)
      link.inbound?.reset()
    }
    links = [:]
    dirty = []
    paused = []
    observers.removeAll()
  }

  // MARK: what the swarm tells

  func handle(_ event: SwarmEvent) {
    guard !isStopped else { return }
    switch event {
    case .connected(let peer, _, let direction):
      guard links[peer] == nil else { return }
      let link = PeerLink(
        peer: peer, queueBytes: configuration.peerQueueBytes, reopenDelay: configuration.reopenDelay)
      links[peer] = link
      handle(.connected(peer, isOutbound: direction == .outbound))
      // Should identify fail or dawdle, the stream is tried all the same.
      link.schedule(in: configuration.identifyPatience, on: eventLoop) { [weak self] in self?.openStream(to: peer) }
    case .identified(let peer, let info):
      handle(.identified(peer, agent: info.agent))
      if info.protocols.contains(where: { GossipsubVersion(rawValue: $0) != nil }) {
        // It may have begun to speak gossipsub since we asked, and now tells us so.
        links[peer]?.claimsGossipsub = true
        if let link = links[peer], link.isExhausted { link.renew() }
        openStream(to: peer)
      }
    case .identifyFailed(let peer, _):
      openStream(to: peer)
    case .disconnected(let peer, _):
      guard let link = links.removeValue(forKey: peer) else { return }
      link.cancel()
      link.inbound?.reset()
      handle(.disconnected(peer))
      answerPublishers()
    default: break
    }
  }

  /// A peer opened a stream to us. The newest one counts, as go has it (wire.md §1.7).
  func accept(_ stream: InboundStream) {
    guard !isStopped, let link = links[stream.peer] else {
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
      return
    }
    let handler = InboundStreamHandler(peer: stream.peer, core: self)
    do {
      try stream.channel.pipeline.syncOperations.addHandler(handler)
    } catch {
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
      return
    }
    let older = link.inbound
    link.inbound = handler
    older?.reset()
    // go and py forget what we are subscribed to when their stream to us ends: tell it again with their next one.
    if link.wasHeard, link.outbound != nil, let name = link.agreedProtocol,
      let version = GossipsubVersion(rawValue: name)
    {
      handle(.streamClosed(stream.peer))
      handle(.streamOpened(stream.peer, version))
    }
    link.wasHeard = true
  }

  // MARK: our streams

  private func openStream(to peer: PeerID) {
    guard !isStopped, let link = links[peer], link.beginOpening() else { return }
    let opened = swarm.openStream(to: peer, protocols: GossipsubVersion.proposals) { [weak self] channel, name in
      guard let self else { return }
      try channel.pipeline.syncOperations.addHandler(OutboundStreamHandler(peer: peer, core: self))
      self.links[peer]?.agreedProtocol = name
    }
    opened.hop(to: eventLoop).whenComplete { [weak self] result in self?.streamOpened(to: peer, result) }
  }

  private func streamOpened(to peer: PeerID, _ result: Result<any Channel, any Error>) {
    guard let link = links[peer], !isStopped else {
      if case .success(let channel) = result { channel.close(promise: nil) }
      return
    }
    link.endOpening()
    switch result {
    case .success(let channel):
      guard channel.isActive, let name = link.agreedProtocol, let version = GossipsubVersion(rawValue: name) else {
        return reopenLater(link)
      }
      link.opened(channel, now: .now())
      handle(.streamOpened(peer, version))
    case .failure(let error):
      logger.debug("no gossipsub stream", metadata: ["peer": "\(peer)", "reason": "\(error)"])
      // Unless it has said otherwise while the answer was on its way.
      if case SwarmError.protocolsNotSupported = error, !link.claimsGossipsub { link.giveUp() }
      reopenLater(link)
    }
  }

  private func reopenLater(_ link: PeerLink) {
    let peer = link.peer
    let isExhausted = link.isExhausted
    link.schedule(in: link.nextDelay(), on: eventLoop) { [weak self] in
      if isExhausted { self?.links[peer]?.renew() }
      self?.openStream(to: peer)
    }
  }

  func outboundEnded(_ peer: PeerID, _ channel: any Channel, reason: (any Error)?) {
    guard let link = links[peer], link.outbound === channel else { return }
    link.closed(now: .now())
    handle(.streamClosed(peer))
    answerPublishers()
    guard !isStopped else { return }
    if case SwarmError.connectionClosed? = reason {
      // Not the peer's doing: if there is another connection to it, as after a crossing, the stream moves there at once.
      link.renew()
      openStream(to: peer)
    } else {
      reopenLater(link)
    }
  }

  func outboundWritable(_ peer: PeerID) {
    guard let link = links[peer] else { return }
    write(link)
    answerPublishers()
  }

  // MARK: their streams

  func received(_ rpc: RPC, bytes: Int, on handler: InboundStreamHandler) {
    extraCounters.rpcsReceived += 1
    extraCounters.bytesReceived += bytes
    handle(.received(rpc, from: handler.peer))
  }

  /// Whether one more frame may be read, full of messages as it may be. If not, the stream is paused until enough
  /// signatures are checked: its peer has to wait, and nothing is lost.
  func admits(_ handler: InboundStreamHandler) -> Bool {
    if hasRoom { return true }
    handler.pause()
    extraCounters.pauses += 1
    if !paused.contains(where: { $0 === handler }) { paused.append(handler) }
    return false
  }

  private var hasRoom: Bool {
    router.pendingValidations <= Limits.Gossipsub.validationQueue - Limits.Gossipsub.messagesPerRPC
  }

  func receivedRubbish(_ reason: String, on handler: InboundStreamHandler) {
    extraCounters.malformedRPCs += 1
    logger.debug("gossipsub stream reset", metadata: ["peer": "\(handler.peer)", "reason": "\(reason)"])
    emit(.malformed(handler.peer, reason: reason))
  }

  func inboundEnded(_ handler: InboundStreamHandler) {
    paused.removeAll { $0 === handler }
    if let link = links[handler.peer], link.inbound === handler { link.inboundEnded(now: .now()) }
  }

  /// In turn: a stream that has had its share stands behind those that still wait.
  private func resumeIfDrained() {
    guard !paused.isEmpty, router.pendingValidations <= Limits.Gossipsub.validationQueue / 4 else { return }
    while hasRoom, let handler = paused.popFirst() { handler.resume() }
  }

  // MARK: the router's actions

  private func handle(_ event: RouterEvent) {
    guard !isStopped else { return }
    perform(router.handle(event, now: .now(), random: &random))
  }

  private func perform(_ actions: [RouterAction]) {
    for action in actions {
      switch action {
      case .send(let frame, let peers, let priority):
        for peer in peers { enqueue(frame, priority, for: peer) }
      case .validate(let message, let peer):
        checks.append(.init(message: message, peer: peer))
        scheduleTick()
      case .deliver(let message, let peer): emit(.message(message, propagation: peer))
      case .subscribed(let peer, let topic): emit(.subscribed(peer, topic: topic))
      case .unsubscribed(let peer, let topic): emit(.unsubscribed(peer, topic: topic))
      case .meshChanged(let topic, let count): emit(.meshChanged(topic: topic, count: count))
      case .rejected(let reason, let peer): emit(.rejected(peer, reason))
      case .published: break
      }
    }
  }

  private func emit(_ event: GossipsubEvent) { observers.tell(event) }

  private func enqueue(_ frame: ByteBuffer, _ priority: SendPriority, for peer: PeerID) {
    guard let link = links[peer], link.outbound != nil else { return }
    for cause in link.queue.append(frame, priority) { extraCounters.drop(cause) }
    if !link.isDirty {
      link.isDirty = true
      dirty.append(link)
    }
    scheduleTick()
  }

  /// Everything of one turn of the loop is worked on together: signatures in batches, writes with one flush.
  private func scheduleTick() {
    guard !tickIsScheduled else { return }
    tickIsScheduled = true
    eventLoop.execute { [weak self] in self?.tick() }
  }

  private func tick() {
    tickIsScheduled = false
    checks.run()
    writeQueues()
    answerPublishers()
  }

  private func writeQueues() {
    let links = dirty
    dirty = []
    for link in links {
      link.isDirty = false
      write(link)
    }
  }

  private func write(_ link: PeerLink) {
    guard let channel = link.outbound else { return }
    var hasWritten = false
    while channel.isWritable, let (bytes, frames) = link.queue.next(upTo: Self.writeSize) {
      extraCounters.rpcsSent += frames
      extraCounters.bytesSent += bytes.readableBytes
      channel.write(bytes, promise: nil)
      hasWritten = true
    }
    if hasWritten { channel.flush() }
    link.wrote(all: link.queue.isEmpty, some: hasWritten, now: .now())
  }
}
