import Limits
import Multiformats
import NIOCore
import Swarm

/// The sender's side of one stream: waits for the answer, tells what it was, and ends the stream in any case.
final class DirectMessageCaller: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let promise: EventLoopPromise<Void>
  private var received = ByteBuffer()
  private var context: ChannelHandlerContext?
  /// Whether the promise is kept or broken.
  private(set) var isOver = false

  init(promise: EventLoopPromise<Void>) { self.promise = promise }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    do {
      guard let body = try received.readLengthPrefixed(limit: Limits.Direct.message) else { return }
      switch try DirectResponse(body).status {
      case .ok: end(nil)
      case .error(let why): end(.refused(why))
      }
    } catch {
      end(.badAnswer("\(error)"))
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      end(.badAnswer("the peer ended the stream without one"))
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end(DirectMessageError(error)) }

  func channelInactive(context: ChannelHandlerContext) {
    end(.lost("it was closed"))
    context.fireChannelInactive()
  }

  /// Settles the promise, and ends the stream: in order after an answer, by a reset otherwise.
  func end(_ error: DirectMessageError?) {
    guard !isOver else { return }
    isOver = true
    let context = self.context
    self.context = nil
    if let error {
      promise.fail(error)
      context?.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    } else {
      promise.succeed()
      context?.close(promise: nil)
    }
  }
}

extension DirectMessageError {
  /// What an error of the floors below means to who wanted to send.
  init(_ error: any Error) {
    switch error {
    case let error as DirectMessageError: self = error
    case SwarmError.notConnected: self = .notConnected
    case SwarmError.protocolsNotSupported: self = .unsupported
    case SwarmError.timeout: self = .timeout
    case SwarmError.shutDown: self = .stopping
    default: self = .lost("\(error)")
    }
  }
}
