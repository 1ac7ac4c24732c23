import Limits
import Multiformats
import NIOCore
import Swarm

/// The asking side of one stream: sends a request, waits for the answer, and ends the stream in any case.
final class KadCallHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let request: KadMessage
  private let promise: EventLoopPromise<KadMessage>
  private var received = ByteBuffer()
  private var context: ChannelHandlerContext?
  /// Whether the promise is kept or broken.
  private(set) var isOver = false

  init(_ request: KadMessage, promise: EventLoopPromise<KadMessage>) {
    self.request = request
    self.promise = promise
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    context.writeAndFlush(wrapOutboundOut(request.frame()), promise: nil)
    // It is not answered; that the peer ends the stream, too, says that it has been read.
    if request.type == .addProvider { context.close(mode: .output, promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    do {
      guard let answer = try received.readKadAnswer() else { return }
      let message = try KadMessage(answer.body)
      guard message.type == request.type else { throw KadFault.wrongType }
      end(.success(message), isRead: answer.isWhole)
    } catch {
      end(.failure(error))
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { inputEnded() }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end(.failure(error)) }

  func channelInactive(context: ChannelHandlerContext) {
    inputEnded()
    context.fireChannelInactive()
  }

  private func inputEnded() {
    end(
      request.type == .addProvider
        ? .success(request) : .failure(SwarmError.connectionClosed("the peer ended the stream without an answer")))
  }

  /// Settles the promise, and ends the stream: in order after an answer, by a reset otherwise.
  /// - Parameter isRead: Whether the peer has nothing more to say.
  func end(_ result: Result<KadMessage, any Error>, isRead: Bool = true) {
    guard !isOver else { return }
    isOver = true
    let context = self.context
    self.context = nil
    received = ByteBuffer()
    promise.completeWith(result)
    switch result {
    case .success where isRead: context?.close(promise: nil)
    case .success, .failure: context?.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
  }
}
