import Identity
import Limits
import Logging
import Multiformats
import Multistream
import NIOCore
import Noise
import Yamux

/// Drives one connection: bytes from the socket go through the upgrade, then through Noise and Yamux to the channels of
/// the streams; what the streams write goes back, all frames of one tick in as few Noise messages as they fit, in one
/// write.
///
/// All thinking is in `SecurityUpgrade`, `NoiseTransport` and `YamuxSession`; this handler owns them, the streams'
/// channels and the deadlines, and lives on the connection's event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  static let yamux = "/yamux/1.0.0"
  /// Bytes of frames that are sealed and written in one go; then the streams that wait are asked again.
  private static let burstBytes = 512 * 1_024

  private enum Phase {
    case securing(SecurityUpgrade)
    /// Agreeing on the muxer inside the secured channel.
    case choosingMuxer(MuxerChoice)
    case open
    case closed
  }

  private enum MuxerChoice {
    case listening(Listener)
    case dialing(Dialer)
  }

  let direction: ConnectionDirection
  let remoteAddress: Multiaddr
  /// Set when the remote peer has proven who it is.
  private(set) var peer: PeerID?
  private(set) var channel: (any Channel)?
  /// When the connection became ready for streams.
  private(set) var openedAt: NIODeadline?
  /// The ping stream of this connection, when one is open.
  var pingClient: PingClient?
  /// What the peer knows of us at the least, by the swarm's count of changes.
  var toldRevision = 0
  var pushBudget = RateBudget(perMinute: Limits.Identify.pushesPerMinute)

  private weak var swarm: SwarmCore?
  private let configuration: SwarmConfiguration
  private var phase: Phase
  private var transport: NoiseTransport?
  private var session: YamuxSession?
  /// A lazy dialler's muxer negotiation, whose answer is still to come while frames already go out.
  private var lazyMuxer: Dialer?

  private var context: ChannelHandlerContext?
  private var opened: EventLoopPromise<Void>?
  private var deadline: Scheduled<Void>?
  private var ticking: Scheduled<Void>?
  private var closeReason: (any Error)?

  /// The start of a handshake message whose rest is still on its way.
  private var partial = ByteBuffer()
  private var streams: [StreamID: StreamChannel] = [:]
  private var streamCounts: [String: Int] = [:]
  private var actions: [YamuxSession.Action] = []
  private var touched: [StreamChannel] = []
  private var frames: [OutboundFrame] = []
  private var flushIsScheduled = false
  private var isReading = false
  private var pings: [EventLoopPromise<TimeAmount>] = []

  /// - Parameters:
  ///   - remoteAddress: Where the peer is, without `/p2p`.
  ///   - opened: Succeeds when streams can be opened, fails when the upgrade does.
  init(
    direction: ConnectionDirection, remoteAddress: Multiaddr, expectedPeer: PeerID?, staticKey: NoiseStaticKey,
    swarm: SwarmCore, configuration: SwarmConfiguration, opened: EventLoopPromise<Void>
  ) throws(NoiseError) {
    self.direction = direction
    self.remoteAddress = remoteAddress
    self.swarm = swarm
    self.configuration = configuration
    self.opened = opened
    phase = .securing(
      try SecurityUpgrade(
        direction: direction, staticKey: staticKey, expectedPeer: expectedPeer,
        muxers: configuration.offersEarlyMuxer ? [Self.yamux] : [], lazy: configuration.dialsLazily))
  }

  // MARK: ChannelInboundHandler

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    channel = context.channel
    if context.channel.isActive { start(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    // A channel that never became active is not told that it is inactive either.
    ended(SwarmError.connectionClosed("it ended before it began"))
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  private func start(_ context: ChannelHandlerContext) {
    guard deadline == nil, case .securing(var upgrade) = phase else { return }
    let seconds = configuration.handshakeSeconds
    // One deadline for the whole upgrade: a peer that sends a byte now and then does not push it back.
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) { [weak self] in
      self?.close(SwarmError.timeout("setting up the connection", seconds: seconds))
    }
    do {
      let first = try upgrade.start()
      phase = .securing(upgrade)
      if let first { context.writeAndFlush(wrapOutboundOut(first), promise: nil) }
    } catch {
      close(upgradeError(error))
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    isReading = true
    defer { isReading = false }
    do {
      if case .securing = phase { try secure(&bytes) }
      if transport != nil { try open(&bytes) }
    } catch {
      close(error)
      return
    }
    deliver()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flushNow()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { flushNow() }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    close(error is SwarmError ? error : SwarmError.connectionClosed(describe(error)))
  }

  func channelInactive(context: ChannelHandlerContext) {
    ended(closeReason ?? SwarmError.connectionClosed("the peer closed the connection"))
    context.fireChannelInactive()
  }

  // MARK: upgrade

  private func secure(_ bytes: inout ByteBuffer) throws {
    guard case .securing(var upgrade) = phase else { return }
    if partial.readableBytes > 0 {
      partial.writeBuffer(&bytes)
      bytes = partial
      partial = ByteBuffer()
    }
    let outputs: [SecurityUpgrade.Output]
    do {
      outputs = try upgrade.receive(&bytes)
    } catch {
      throw upgradeError(error)
    }
    phase = .securing(upgrade)
    for output in outputs {
      switch output {
      case .send(let bytes): context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
      case .secured(let result): try secured(result)
      }
    }
    if case .securing = phase, bytes.readableBytes > 0 { partial = bytes }
  }

  private func secured(_ result: NoiseSession) throws {
    peer = result.peer
    transport = result.transport
    if result.muxer == Self.yamux {
      try openSession(result.peer)
    } else if direction == .inbound {
      phase = .choosingMuxer(.listening(Listener(protocols: [Self.yamux])))
    } else {
      let dialer = Dialer(protocols: [Self.yamux], lazy: configuration.dialsLazily)
      try sendSecured(dialer.start())
      if configuration.dialsLazily {
        lazyMuxer = dialer
        try openSession(result.peer)
      } else {
        phase = .choosingMuxer(.dialing(dialer))
      }
    }
  }

  private func chooseMuxer(_ bytes: inout ByteBuffer) throws {
    guard case .choosingMuxer(let choice) = phase else { return }
    let outputs: [MultistreamOutput]
    do {
      switch choice {
      case .listening(var listener):
        outputs = try listener.receive(&bytes)
        phase = .choosingMuxer(.listening(listener))
      case .dialing(var dialer):
        outputs = try dialer.receive(&bytes)
        phase = .choosingMuxer(.dialing(dialer))
      }
    } catch {
      throw upgradeError(error)
    }
    for output in outputs {
      switch output {
      case .send(let answer): try sendSecured(answer)
      case .agreed: if let peer { try openSession(peer) }
      }
    }
  }

  private func openSession(_ peer: PeerID) throws {
    if let refusal = swarm?.refusal(of: peer) { throw refusal }
    session = YamuxSession(role: direction == .outbound ? .client : .server, now: .now())
    phase = .open
    openedAt = .now()
    deadline?.cancel()
    deadline = nil
    scheduleTick()
    let opened = self.opened
    self.opened = nil
    swarm?.connectionOpened(self)
    opened?.succeed()
  }

  private func upgradeError(_ error: any Error) -> any Error {
    if case NoiseError.wrongPeer(let expected, let found) = error {
      return SwarmError.wrongPeer(expected: expected, found: found)
    }
    return SwarmError.upgradeFailed(direction == .outbound ? remoteAddress : nil, "\(error)")
  }

  // MARK: receiving

  /// Opens the Noise messages of a read.
  private func open(_ bytes: inout ByteBuffer) throws {
    var plaintext = ByteBuffer()
    do {
      try transport?.open(&bytes, into: &plaintext)
    } catch {
      throw SwarmError.protocolViolation("noise: \(error)")
    }
    if plaintext.readableBytes > 0 { try receivePlaintext(&plaintext) }
  }

  private func receivePlaintext(_ bytes: inout ByteBuffer) throws {
    if case .choosingMuxer = phase { try chooseMuxer(&bytes) }
    if var dialer = lazyMuxer {
      let outputs: [MultistreamOutput]
      do { outputs = try dialer.receive(&bytes) } catch { throw upgradeError(error) }
      lazyMuxer = dialer
      for case .agreed in outputs { lazyMuxer = nil }
    }
    guard case .open = phase, bytes.readableBytes > 0 else { return }
    do {
      try session?.receive(&bytes, now: .now(), into: &actions)
    } catch {
      handleActions()
      throw SwarmError.protocolViolation("\(error)")
    }
    handleActions()
  }

  private func handleActions() {
    for action in takeActions() {
      // What a handler did about the action before may have ended the connection.
      guard case .open = phase else { return }
      switch action {
      case .data(let id, let bytes):
        if let stream = streams[id] {
          stream.received(bytes)
          touch(stream)
        }
      case .streamOpened(let id): acceptStream(id)
      case .remoteClosedWrite(let id):
        if let stream = streams[id] {
          stream.receivedFinish()
          touch(stream)
        }
      case .reset(let id):
        if let stream = streams.removeValue(forKey: id) { stream.fail(SwarmError.streamReset) }
      case .windowOpened(let id): streams[id]?.pump()
      case .closed, .acknowledged: break
      case .pong(let roundTrip):
        for promise in pings { promise.succeed(roundTrip) }
        pings.removeAll()
      case .goAway(let code):
        if code != .normal, closeReason == nil {
          closeReason = SwarmError.connectionClosed("the peer said goodbye: \(code)")
        }
        swarm?.connectionIsLeaving(self)
      }
    }
    scheduleFlush()
  }

  private func touch(_ stream: StreamChannel) {
    if touched.last !== stream { touched.append(stream) }
  }

  private func deliver() {
    let streams = touched
    touched.removeAll(keepingCapacity: true)
    for stream in streams { stream.deliver() }
  }

  // MARK: streams

  private func acceptStream(_ id: StreamID) {
    guard let swarm, let channel else { return }
    let stream = StreamChannel(id: id, direction: .inbound, connection: self, parent: channel)
    streams[id] = stream
    let negotiation = StreamNegotiationHandler(listening: swarm.protocolNames) { [weak self, unowned stream] result in
      guard let self, case .success(let name) = result else { return }
      self.accepted(stream, name)
    }
    try? stream.pipeline.syncOperations.addHandler(negotiation)
    track(stream)
    stream.activate()
  }

  private func accepted(_ stream: StreamChannel, _ name: String) {
    guard let peer, let swarm, let handler = swarm.handlers[name] else { return }
    let open = streamCounts[name, default: 0]
    guard open < handler.maximumStreams else {
      swarm.counters.streamsRefused &+= 1
      stream.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
      return
    }
    streamCounts[name] = open + 1
    stream.closeFuture.assumeIsolated().whenComplete { [weak self] _ in
      guard let self, let count = self.streamCounts[name] else { return }
      self.streamCounts[name] = count > 1 ? count - 1 : nil
    }
    handler.accept(InboundStream(channel: stream, peer: peer, protocolID: name))
  }

  private func track(_ stream: StreamChannel) {
    stream.closeFuture.assumeIsolated().whenComplete { [weak self] _ in
      guard let self, self.streams[stream.id] === stream else { return }
      self.streams.removeValue(forKey: stream.id)
    }
  }

  /// Opens a stream and agrees on one of the protocols.
  /// - Parameters:
  ///   - lazy: Send the application's first bytes before the answer; only for a protocol that identify has told of.
  ///   - configure: Fills the pipeline, before the first byte is read.
  func openStream(
    _ protocols: [String], lazy: Bool, configure: @escaping (any Channel, String) throws -> Void,
    promise: EventLoopPromise<any Channel>
  ) {
    guard case .open = phase, let channel else {
      promise.fail(SwarmError.connectionClosed("the connection is not open"))
      return
    }
    do {
      guard let id = try session?.openStream(now: .now()) else {
        throw SwarmError.connectionClosed("the connection is not open")
      }
      let stream = StreamChannel(id: id, direction: .outbound, connection: self, parent: channel)
      streams[id] = stream
      track(stream)
      let negotiation = StreamNegotiationHandler(dialing: protocols, lazy: lazy) { [unowned stream] result in
        do {
          try configure(stream, result.get())
          promise.succeed(stream)
        } catch {
          promise.fail(error)
          stream.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
        }
      }
      try stream.pipeline.syncOperations.addHandler(negotiation)
      stream.activate()
      scheduleFlush()
    } catch {
      promise.fail(error)
    }
  }

  /// Measures the round trip with a Yamux ping, for peers without the ping protocol.
  func muxerPing(promise: EventLoopPromise<TimeAmount>) {
    guard case .open = phase else {
      promise.fail(SwarmError.connectionClosed("the connection is not open"))
      return
    }
    pings.append(promise)
    session?.ping(now: .now())
    context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Ping.timeoutSeconds))) {
      promise.fail(SwarmError.timeout("ping", seconds: Limits.Ping.timeoutSeconds))
    }
    scheduleFlush()
  }

  var isOpen: Bool { if case .open = phase { true } else { false } }

  /// Whether the connection was opened so lately that the peer may have dialled us before it knew of it.
  var isYoung: Bool { openedAt.map { .now() - $0 < .seconds(Int64(Limits.Swarm.crossingSeconds)) } ?? true }

  // MARK: what the streams ask for

  /// Takes what the window and the queue allow; `StreamChannel.pump` is called when there is room again.
  func streamSend(_ id: StreamID, _ bytes: inout ByteBuffer) -> Int {
    let taken = (try? session?.send(id, &bytes)) ?? 0
    if taken > 0 { scheduleFlush() }
    return taken
  }

  func streamConsumed(_ id: StreamID, _ count: Int) {
    session?.consumed(id, count, now: .now())
    if session?.hasOutbound == true { scheduleFlush() }
  }

  func streamFinish(_ id: StreamID) {
    _ = try? session?.closeWrite(id)
    scheduleFlush()
  }

  func streamReset(_ id: StreamID) {
    streams.removeValue(forKey: id)
    session?.reset(id)
    scheduleFlush()
  }

  /// The channel of a stream is closed, our FIN sent or queued: what still comes is dropped by the session.
  func streamReleased(_ id: StreamID) {
    streams.removeValue(forKey: id)
    session?.close(id, now: .now())
    scheduleFlush()
  }

  // MARK: sending

  private func scheduleFlush() {
    guard !flushIsScheduled, !isReading, let context else { return }
    flushIsScheduled = true
    context.eventLoop.assumeIsolated().execute { [weak self] in
      guard let self else { return }
      self.flushIsScheduled = false
      self.flushNow()
    }
  }

  /// Writes what waits, unless the socket is full: then the session's bounds hold the streams back.
  private func flushNow() {
    guard let context, session != nil else { return }
    var wrote = false
    while context.channel.isWritable, session?.hasOutbound == true {
      session?.drainOutbound(upTo: Self.burstBytes, now: .now(), into: &frames, actions: &actions)
      var out = ByteBuffer()
      do {
        try transport?.seal(frames, into: &out)
      } catch {
        frames.removeAll()
        close(SwarmError.protocolViolation("noise: \(error)"))
        return
      }
      frames.removeAll(keepingCapacity: true)
      if out.readableBytes > 0 {
        context.write(wrapOutboundOut(out), promise: nil)
        wrote = true
      }
      for case .windowOpened(let id) in takeActions() { streams[id]?.pump() }
    }
    if wrote { context.flush() }
  }

  private func takeActions() -> [YamuxSession.Action] {
    guard !actions.isEmpty else { return [] }
    defer { actions.removeAll(keepingCapacity: true) }
    return actions
  }

  private func sendSecured(_ bytes: ByteBuffer) throws {
    var out = ByteBuffer()
    try transport?.seal(bytes, into: &out)
    context?.writeAndFlush(wrapOutboundOut(out), promise: nil)
  }

  // MARK: time and end

  private func scheduleTick() {
    ticking = context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in self?.tick() }
  }

  private func tick() {
    do {
      try session?.tick(now: .now())
    } catch {
      close(SwarmError.connectionClosed("\(error)"))
      return
    }
    scheduleFlush()
    scheduleTick()
  }

  /// Says goodbye and closes.
  func close(_ reason: (any Error)?) {
    guard let context else {
      ended(reason ?? SwarmError.connectionClosed("closed here"))
      return
    }
    if let reason, closeReason == nil { closeReason = reason }
    if case .open = phase {
      session?.goAway(isViolation(reason) ? .protocolError : .normal)
      flushNow()
    }
    ended(reason ?? SwarmError.connectionClosed("closed here"))
    context.close(promise: nil)
  }

  private func isViolation(_ error: (any Error)?) -> Bool {
    if case .some(SwarmError.protocolViolation) = error { true } else { false }
  }

  private func ended(_ reason: any Error) {
    if case .closed = phase { return }
    phase = .closed
    deadline?.cancel()
    ticking?.cancel()
    let error = closeReason ?? reason
    opened?.fail(error)
    opened = nil
    for promise in pings { promise.fail(error) }
    pings.removeAll()
    let open = streams.values
    streams.removeAll()
    for stream in open { stream.fail(error) }
    session = nil
    transport = nil
    swarm?.connectionEnded(self, reason: closeReason == nil && isQuiet(reason) ? nil : error)
  }

  private func isQuiet(_ error: any Error) -> Bool {
    if case SwarmError.connectionClosed = error { true } else { false }
  }
}
