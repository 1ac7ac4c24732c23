import Identity
import Limits
import Multiformats
import NIOCore

/// Reads the identify messages of one stream to its end and reports what they say together.
final class IdentifyReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let peer: PeerID
  private var info: IdentifyInfo
  private var parts = 0
  private var pending = ByteBuffer()
  private var deadline: Scheduled<Void>?
  private var completion: ((Result<IdentifyInfo, any Error>) -> Void)?

  /// - Parameters:
  ///   - known: What is known already; a push changes it in part.
  init(
    peer: PeerID, known: IdentifyInfo = IdentifyInfo(), completion: @escaping (Result<IdentifyInfo, any Error>) -> Void
  ) {
    self.peer = peer
    self.info = known
    self.completion = completion
  }

  func handlerAdded(context: ChannelHandlerContext) {
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Identify.seconds))) {
      self.end(context, error: SwarmError.timeout("identify", seconds: Limits.Identify.seconds))
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard completion != nil else { return }
    var bytes = unwrapInboundIn(data)
    pending.writeBuffer(&bytes)
    do {
      while let message = try pending.readLengthPrefixed(limit: Limits.Identify.receiveBytes) {
        parts += 1
        guard parts <= Limits.Identify.parts else {
          throw SwarmError.protocolViolation("identify: more than \(Limits.Identify.parts) messages")
        }
        try IdentifyMessage.merge(message, into: &info, from: peer)
      }
      pending.discardReadBytes()
    } catch {
      end(context, error: error)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { end(context, error: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, error: error) }

  func channelInactive(context: ChannelHandlerContext) {
    end(context, error: nil)
    context.fireChannelInactive()
  }

  private func end(_ context: ChannelHandlerContext, error: (any Error)?) {
    guard let completion else { return }
    self.completion = nil
    deadline?.cancel()
    if let error, parts == 0 {
      completion(.failure(error))
    } else if parts == 0 {
      completion(.failure(SwarmError.protocolViolation("identify: the stream ended without a message")))
    } else {
      completion(.success(info))
    }
    context.close(promise: nil)
  }
}
