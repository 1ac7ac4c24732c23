import Identity
import Limits
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
  static let burstBytes = 512 * 1_024

  enum Phase {
    case securing(SecurityUpgrade)
    /// Agreeing on the muxer inside the secured channel.
    case choosingMuxer(MuxerChoice)
    case open
    case closed
  }

  enum MuxerChoice {
    case listening(Listener)
    case dialing(Dialer)
  }

  let direction: ConnectionDirection
  let remoteAddress: Multiaddr
  /// Set when the remote peer has proven who it is.
  var peer: PeerID?
  var channel: (any Channel)?
  /// When the connection became ready for streams.
  var openedAt: NIODeadline?
  /// The ping stream of this connection, when one is open.
  var pingClient: PingClient?
  /// What the peer knows of us at the least, by the swarm's count of changes.
  var toldRevision = 0
  var pushBudget = RateBudget(perMinute: Limits.Identify.pushesPerMinute)

  weak var swarm: SwarmCore?
  let configuration: SwarmConfiguration
  var phase: Phase
  var transport: NoiseTransport?
  var session: YamuxSession?
  /// A lazy dialler's muxer negotiation, whose answer is still to come while frames already go out.
  var lazyMuxer: Dialer?

  var context: ChannelHandlerContext?
  var opened: EventLoopPromise<Void>?
  var deadline: Scheduled<Void>?
  var ticking: Scheduled<Void>?
  var closeReason: (any Error)?

  /// The start of a handshake message whose rest is still on its way.
  var partial = ByteBuffer()
  var streams: [StreamID: StreamChannel] = [:]
  var streamCounts: [String: Int] = [:]
  var actions: [YamuxSession.Action] = []
  var touched: [StreamChannel] = []
  var frames: [OutboundFrame] = []
  var flushIsScheduled = false
  var isReading = false
  var pings: [EventLoopPromise<TimeAmount>] = []

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

  func start(_ context: ChannelHandlerContext) {
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

  // MARK: receiving

  /// Opens the Noise messages of a read.
  func open(_ bytes: inout ByteBuffer) throws {
    var plaintext = ByteBuffer()
    do {
      try transport?.open(&bytes, into: &plaintext)
    } catch {
      throw SwarmError.protocolViolation("noise: \(error)")
    }
    if plaintext.readableBytes > 0 { try receivePlaintext(&plaintext) }
  }

  func receivePlaintext(_ bytes: inout ByteBuffer) throws {
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

  func handleActions() {
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

  func touch(_ stream: StreamChannel) {
    if touched.last !== stream { touched.append(stream) }
  }

  func deliver() {
    let streams = touched
    touched.removeAll(keepingCapacity: true)
    for stream in streams { stream.deliver() }
  }

  // MARK: sending

  func scheduleFlush() {
    guard !flushIsScheduled, !isReading, let context else { return }
    flushIsScheduled = true
    context.eventLoop.assumeIsolated().execute { [weak self] in
      guard let self else { return }
      self.flushIsScheduled = false
      self.flushNow()
    }
  }

  /// Writes what waits, unless the socket is full: then the session's bounds hold the streams back.
  func flushNow() {
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

  func takeActions() -> [YamuxSession.Action] {
    guard !actions.isEmpty else { return [] }
    defer { actions.removeAll(keepingCapacity: true) }
    return actions
  }

  func sendSecured(_ bytes: ByteBuffer) throws {
    var out = ByteBuffer()
    try transport?.seal(bytes, into: &out)
    context?.writeAndFlush(wrapOutboundOut(out), promise: nil)
  }

  // MARK: time and end

  func scheduleTick() {
    ticking = context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in self?.tick() }
  }

  func tick() {
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

  func isViolation(_ error: (any Error)?) -> Bool {
    if case .some(SwarmError.protocolViolation) = error { true } else { false }
  }

  func ended(_ reason: any Error) {
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

  func isQuiet(_ error: any Error) -> Bool {
    if case SwarmError.connectionClosed = error { true } else { false }
  }
}
