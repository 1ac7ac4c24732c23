import Limits
import NIOCore
import NIOHTTP1

/// One connection of the server: one request at a time, each in bounded time.
final class ServerConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let answer: WebServer.Handler
  private var assembly = RequestAssembly()
  private var alarm: Scheduled<Void>?
  private var isAnswering = false
  private var isEnding = false

  init(answer: @escaping WebServer.Handler) { self.answer = answer }

  func channelActive(context: ChannelHandlerContext) {
    // Whoever connects and says nothing is a guest for as long as a request may take.
    expect(within: Limits.Server.requestSeconds, context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    alarm?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isEnding else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      guard !isAnswering else { return end(context) }
      expect(within: Limits.Server.requestSeconds, context)
      let headers = head.headers.map { ($0.name, $0.value) }
      follow(
        assembly.head(
          method: head.method.rawValue, target: head.uri, headers: headers, keepAlive: head.isKeepAlive), context)
    case .body(let bytes): follow(assembly.body(bytes.readableBytesView), context)
    case .end: follow(assembly.end(), context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isEnding, !isAnswering, error is HTTPParserError else { return end(context) }
    write(ServerResponse(status: 400, text: "no request"), keepAlive: false, isHead: false, context)
  }

  private func follow(_ outcome: RequestAssembly.Outcome, _ context: ChannelHandlerContext) {
    switch outcome {
    case .more: break
    case .refuse(let response): write(response, keepAlive: false, isHead: false, context)
    case .request(let request, let keepAlive):
      isAnswering = true
      alarm?.cancel()
      let isHead = request.method == "HEAD"
      let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
      let loop = context.eventLoop
      let promise = loop.makePromise(of: ServerResponse.self)
      // A promise takes the first answer, and ignores the second.
      let limit = loop.scheduleTask(in: .seconds(Int64(Limits.Server.answerSeconds))) {
        promise.succeed(ServerResponse(status: 504, text: "no answer in time"))
      }
      promise.futureResult.whenSuccess { response in
        limit.cancel()
        let (handler, context) = bound.value
        handler.write(response, keepAlive: keepAlive, isHead: isHead, context)
      }
      answer(request) { promise.succeed($0) }
    }
  }

  private func write(
    _ response: ServerResponse, keepAlive: Bool, isHead: Bool, _ context: ChannelHandlerContext
  ) {
    guard context.channel.isActive, !isEnding else { return }
    isEnding = !keepAlive
    var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
    headers.replaceOrAdd(name: "content-type", value: response.contentType)
    headers.replaceOrAdd(name: "content-length", value: "\(response.body.count)")
    headers.replaceOrAdd(name: "connection", value: keepAlive ? "keep-alive" : "close")
    headers.replaceOrAdd(name: "x-content-type-options", value: "nosniff")
    let status = HTTPResponseStatus(statusCode: response.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil) }
    // Who does not take the answer is let go.
    expect(within: Limits.Server.answerSeconds, context)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      let (handler, context) = bound.value
      handler.isAnswering = false
      guard keepAlive else { return handler.end(context) }
      handler.expect(within: Limits.Server.idleSeconds, context)
      context.triggerUserOutboundEvent(RequestMeter.Answered(), promise: nil)
    }
  }

  private func expect(within seconds: Int, _ context: ChannelHandlerContext) {
    alarm?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    alarm = context.eventLoop.scheduleTask(in: .seconds(Int64(seconds))) {
      let (handler, context) = bound.value
      handler.end(context)
    }
  }

  private func end(_ context: ChannelHandlerContext) {
    isEnding = true
    alarm?.cancel()
    context.close(promise: nil)
  }
}

/// Counts what comes in between two answers, before anything is made of it: heads without end never reach a parser.
final class RequestMeter: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  /// An answer has been written: the next request may have as much again.
  struct Answered {}

  private var bytes = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytes
    // What a body costs in chunks on the way is bounded as well: twice its size is more than any sensible chunking.
    guard bytes <= Limits.Server.head + 2 * Limits.Server.body else { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is Answered else { return context.triggerUserOutboundEvent(event, promise: promise) }
    bytes = 0
    promise?.succeed()
  }
}
