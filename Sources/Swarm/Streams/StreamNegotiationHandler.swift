import Limits
import Multistream
import NIOCore

/// Agrees with the remote peer on a stream's protocol, then makes way.
///
/// Bytes that came behind the answer go to the handlers that the completion installs. A lazy dialler's completion runs
/// at once, before the answer; should the answer be `na`, the stream fails as a whole.
final class StreamNegotiationHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Role {
    case dialer(Dialer, proposals: [String], lazy: Bool)
    case listener(Listener)
  }

  private var role: Role
  private var received: ByteBuffer?
  private var deadline: Scheduled<Void>?
  private var agreed = false
  /// Called once: with the protocol as soon as the application may use the stream, or with the error.
  private var completion: ((Result<String, any Error>) -> Void)?

  init(dialing proposals: [String], lazy: Bool, completion: @escaping (Result<String, any Error>) -> Void) {
    role = .dialer(Dialer(protocols: proposals, lazy: lazy), proposals: proposals, lazy: lazy)
    self.completion = completion
  }

  init(listening protocols: [String], completion: @escaping (Result<String, any Error>) -> Void) {
    role = .listener(Listener(protocols: protocols))
    self.completion = completion
  }

  func channelActive(context: ChannelHandlerContext) {
    deadline = context.eventLoop.assumeIsolated().scheduleTask(
      in: .seconds(Int64(Limits.Multistream.negotiationSeconds))
    ) {
      self.fail(
        SwarmError.timeout("agreeing on a stream's protocol", seconds: Limits.Multistream.negotiationSeconds),
        context)
    }
    if case .dialer(let dialer, let proposals, let lazy) = role {
      let first = dialer.start()
      context.write(wrapOutboundOut(first), promise: nil)
      if lazy, let only = proposals.first {
        complete(.success(only))
      }
      context.flush()
    }
    // A lazy dialler's completion may have ended the stream.
    if context.channel.isActive { context.fireChannelActive() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var incoming = unwrapInboundIn(data)
    guard !agreed else {
      context.fireChannelRead(data)
      return
    }
    if var earlier = received {
      earlier.writeBuffer(&incoming)
      incoming = earlier
    }
    received = nil
    do {
      switch role {
      case .dialer(var dialer, let proposals, let lazy):
        let outputs = try dialer.receive(&incoming)
        role = .dialer(dialer, proposals: proposals, lazy: lazy)
        for output in outputs { step(output, context) }
      case .listener(var listener):
        let outputs = try listener.receive(&incoming)
        role = .listener(listener)
        for output in outputs { step(output, context) }
      }
    } catch {
      fail(error, context)
      return
    }
    guard agreed else {
      if incoming.readableBytes > 0 { received = incoming }
      return
    }
    // Whoever was given the stream may have ended it at once.
    guard context.channel.isActive else { return }
    if incoming.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(incoming)) }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    complete(.failure(SwarmError.connectionClosed("the stream ended before its protocol was agreed")))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    complete(.failure(error))
    context.fireErrorCaught(error)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent, !agreed {
      fail(SwarmError.protocolViolation("the peer ended the stream before its protocol was agreed"), context)
      return
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func step(_ output: MultistreamOutput, _ context: ChannelHandlerContext) {
    switch output {
    case .send(let bytes):
      context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    case .agreed(let name):
      agreed = true
      deadline?.cancel()
      complete(.success(name))
    }
  }

  private func complete(_ result: Result<String, any Error>) {
    guard let completion else { return }
    self.completion = nil
    completion(result)
  }

  private func fail(_ reason: any Error, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    // What the application can do something about has a name that does not depend on how protocols are agreed on.
    var error = reason
    if case MultistreamError.notSupported(let names) = reason { error = SwarmError.protocolsNotSupported(names) }
    complete(.failure(error))
    context.fireErrorCaught(error)
    context.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
  }
}
