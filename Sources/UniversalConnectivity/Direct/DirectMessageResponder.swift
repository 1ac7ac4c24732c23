import Limits
import Multiformats
import NIOCore
import Swarm

/// The server's side of one stream: one request, one answer, the end.
///
/// The answer goes out as soon as the request is there, not at the end of the peer's side: js leaves that open for ever.
final class DirectMessageResponder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let configuration: DirectMessageConfiguration
  /// Takes the request, and says what to answer.
  private let take: (Result<DirectRequest, DirectFault>) -> DirectResponse
  private let surface: (DirectRequest) -> Void
  private let complain: (String) -> Void
  private var received = ByteBuffer()
  private var isAnswered = false
  private var deadline: Scheduled<Void>?

  /// - Parameters:
  ///   - take: Says what to answer.
  ///   - surface: Gets the request when the answer says that all is well, after it was sent.
  ///   - complain: Gets what was wrong with a request.
  init(
    configuration: DirectMessageConfiguration, take: @escaping (Result<DirectRequest, DirectFault>) -> DirectResponse,
    surface: @escaping (DirectRequest) -> Void, complain: @escaping (String) -> Void
  ) {
    self.configuration = configuration
    self.take = take
    self.surface = surface
    self.complain = complain
  }

  func handlerAdded(context: ChannelHandlerContext) {
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.requestTimeout) {
      self.giveUp("no request came in time", context)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // What comes behind the request is of no interest.
    guard !isAnswered else { return }
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    do {
      guard let body = try received.readLengthPrefixed(limit: Limits.Direct.message) else { return }
      answer(body, context)
    } catch {
      giveUp("the request's length: \(error)", context)
    }
  }

  private func answer(_ body: ByteBuffer, _ context: ChannelHandlerContext) {
    isAnswered = true
    received = ByteBuffer()
    deadline?.cancel()
    let request: Result<DirectRequest, DirectFault>
    do throws(DirectFault) {
      request = .success(try DirectRequest(body))
    } catch {
      request = .failure(error)
      complain(error.description)
    }
    let response = take(request)
    context.writeAndFlush(wrapOutboundOut(response.frame()), promise: nil)
    context.close(mode: .output, promise: nil)
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.linger) {
      context.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
    if case .success(let request) = request, response.status == .ok { surface(request) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent, !isAnswered {
      giveUp("the stream ended before the request did", context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  /// A peer that went away is reported elsewhere.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}

  private func giveUp(_ reason: String, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    isAnswered = true
    complain(reason)
    context.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
  }
}
