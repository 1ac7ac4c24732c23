import Limits
import Multiformats
import NIOCore
import Swarm

/// The answering side of one stream, on which any number of requests may come, one after the other.
final class KadServeHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let answer: (KadMessage) throws(KadFault) -> KadMessage?
  private let complain: (String) -> Void
  private var received = ByteBuffer()
  private var idle: Scheduled<Void>?
  private var isOver = false

  /// - Parameters:
  ///   - answer: Makes the answer, or none.
  ///   - complain: Gets what was wrong with a request; the stream is reset.
  init(
    answer: @escaping (KadMessage) throws(KadFault) -> KadMessage?, complain: @escaping (String) -> Void
  ) {
    self.answer = answer
    self.complain = complain
  }

  func handlerAdded(context: ChannelHandlerContext) { waitForMore(context) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    do {
      while let body = try received.readLengthPrefixed(limit: Limits.Kademlia.request) {
        // Who does not read the answers gets no more of them.
        guard context.channel.isWritable else { throw SwarmError.protocolViolation("the answers are not read") }
        if let answer = try answer(try KadMessage(body)) {
          context.write(wrapOutboundOut(answer.frame()), promise: nil)
        }
      }
      received.discardReadBytes()
      context.flush()
      waitForMore(context)
    } catch {
      complain("\(error)")
      reset(context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent, !isOver {
      isOver = true
      idle?.cancel()
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    isOver = true
    idle?.cancel()
    context.fireChannelInactive()
  }

  /// A peer that went away is reported elsewhere.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}

  private func waitForMore(_ context: ChannelHandlerContext) {
    idle?.cancel()
    idle = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Kademlia.streamSeconds))) {
      // A message that has begun and does not end is somebody's who wants to keep us waiting.
      if self.received.readableBytes == 0 { context.close(promise: nil) } else { self.reset(context) }
    }
  }

  private func reset(_ context: ChannelHandlerContext) {
    isOver = true
    idle?.cancel()
    received = ByteBuffer()
    context.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
  }
}
