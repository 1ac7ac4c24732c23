import Identity
import Limits
import NIOCore

/// The ping client of one connection: one stream, kept open between pings, one ping in flight at a time.
final class PingClient: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private struct Flight {
    let payload: [UInt8]
    let sent: NIODeadline
    let promise: EventLoopPromise<TimeAmount>
    let timeout: Scheduled<Void>
  }

  private var waiting: [EventLoopPromise<TimeAmount>] = []
  private var flight: Flight?
  private var received = ByteBuffer()
  private var context: ChannelHandlerContext?
  private var hasEnded = false

  /// Whether pings may be handed in: the stream is open, or is being opened.
  var isUsable: Bool { !hasEnded }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    sendNext()
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Sends 32 random bytes, as soon as the stream is open and no other ping is in flight, and measures until they are
  /// back.
  func ping(promise: EventLoopPromise<TimeAmount>) {
    waiting.append(promise)
    sendNext()
  }

  private func sendNext() {
    guard flight == nil, let context, context.channel.isActive, !waiting.isEmpty else { return }
    let promise = waiting.removeFirst()
    var generator = SystemRandomNumberGenerator()
    let payload = (0..<Limits.Ping.bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Ping.timeoutSeconds))) {
      [weak self] in
      guard let self else { return }
      self.fail(SwarmError.timeout("ping", seconds: Limits.Ping.timeoutSeconds))
    }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: payload)), promise: nil)
    flight = Flight(payload: payload, sent: .now(), promise: promise, timeout: timeout)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    guard received.readableBytes >= Limits.Ping.bytes else { return }
    guard let flight, let echo = received.readBytes(length: Limits.Ping.bytes) else {
      fail(SwarmError.protocolViolation("ping: bytes that answer nothing"))
      return
    }
    guard echo == flight.payload, received.readableBytes == 0 else {
      fail(SwarmError.protocolViolation("ping: the answer is not what was sent"))
      return
    }
    received.clear()
    self.flight = nil
    flight.timeout.cancel()
    flight.promise.succeed(NIODeadline.now() - flight.sent)
    sendNext()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      fail(SwarmError.connectionClosed("the peer ended the ping stream"))
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

  func channelInactive(context: ChannelHandlerContext) {
    fail(SwarmError.connectionClosed("the ping stream was closed"))
    context.fireChannelInactive()
  }

  /// The stream was not opened: returns the pings that wait for it.
  func giveUp() -> [EventLoopPromise<TimeAmount>] {
    hasEnded = true
    defer { waiting = [] }
    return waiting
  }

  /// Ends the stream and every ping that waits for it.
  private func fail(_ error: any Error) {
    let context = self.context
    self.context = nil
    hasEnded = true
    let failed = [flight?.promise].compactMap { $0 } + waiting
    flight?.timeout.cancel()
    flight = nil
    waiting = []
    for promise in failed { promise.fail(error) }
    context?.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
  }
}
