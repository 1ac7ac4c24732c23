import Limits
import Multiformats
import NIOCore
import NIOPosix
import Swarm

/// The server's side of one stream: a request, then the file, read from the disk as fast as the peer takes it.
///
/// There is one piece in the channel's queue and one being read: how large the file is does not matter.
final class FileSender: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let configuration: FileConfiguration
  private let threads: NIOThreadPool
  /// The path of the file with an id.
  private let find: (String) -> String?
  private let complain: (String) -> Void
  private let onEnd: () -> Void

  private var request = ByteBuffer()
  private var file: DiskFile?
  private var size: UInt64 = 0
  /// How much has been read.
  private var offset: UInt64 = 0
  /// How much the channel has taken out of its queue.
  private var sent: UInt64 = 0
  private var sentAtLastLook: UInt64 = 0
  private var isReading = false
  private var hasAsked = false
  private var isOver = false
  private var deadline: Scheduled<Void>?
  private var context: ChannelHandlerContext?

  /// - Parameter onEnd: Called once, when the stream is over.
  init(
    configuration: FileConfiguration, threads: NIOThreadPool, find: @escaping (String) -> String?,
    complain: @escaping (String) -> Void, onEnd: @escaping () -> Void
  ) {
    self.configuration = configuration
    self.threads = threads
    self.find = find
    self.complain = complain
    self.onEnd = onEnd
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.answerTimeout) {
      self.reset("no request came in time")
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { ended() }

  // MARK: the request

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasAsked else { return }
    var bytes = unwrapInboundIn(data)
    request.writeBuffer(&bytes)
    do {
      // Not at the end of the peer's side, which some leave open.
      guard let body = try request.readLengthPrefixed(limit: Limits.Files.id) else { return }
      hasAsked = true
      request = ByteBuffer()
      guard let id = FileID.read(body.readableBytesView) else { return reset("the id is no text") }
      answer(id, context)
    } catch {
      reset("the request's length: \(error)")
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent, !hasAsked { reset("the stream ended before the request did") }
    context.fireUserInboundEventTriggered(event)
  }

  private func answer(_ id: String, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    // As nim and rust say that there is no such file: the end, and no byte before it.
    guard let path = find(id) else { return finish(context) }
    watch(context)
    onDisk(context) {
      try DiskFile.openToRead(path)
    } then: { [self] opened in
      guard case .success((let file, let size)) = opened, size > 0 else { return finish(context) }
      self.file = file
      self.size = size
      var header = ByteBuffer()
      header.writeVarint(size)
      context.write(wrapOutboundOut(header), promise: nil)
      pump()
    }
  }

  // MARK: the file

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    pump()
    context.fireChannelWritabilityChanged()
  }

  /// Reads the next piece, unless one is being read or the peer takes no more.
  private func pump() {
    guard let file, let context, !isReading, !isOver, offset < size, context.channel.isWritable else { return }
    isReading = true
    let (start, count) = (offset, Int(min(size - offset, UInt64(Limits.Files.piece))))
    onDisk(context) {
      try file.read(at: start, count: count)
    } then: { [self] result in
      isReading = false
      guard case .success(let piece) = result, piece.readableBytes == count else {
        // The file has become shorter, or the disk fails: what was announced cannot be kept.
        return reset(nil)
      }
      offset += UInt64(count)
      let done = context.eventLoop.makePromise(of: Void.self)
      done.futureResult.assumeIsolated().whenSuccess { [self] in sent += UInt64(count) }
      context.writeAndFlush(wrapOutboundOut(piece), promise: done)
      if offset == size { finish(context) } else { pump() }
    }
  }

  /// Ends our side, and the whole stream if the peer does not end its own.
  private func finish(_ context: ChannelHandlerContext) {
    file = nil
    let done = context.eventLoop.makePromise(of: Void.self)
    done.futureResult.assumeIsolated().whenSuccess { [self] in
      deadline?.cancel()
      deadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.linger) { self.reset(nil) }
    }
    context.close(mode: .output, promise: done)
  }

  /// Gives up on a peer that takes nothing.
  private func watch(_ context: ChannelHandlerContext) {
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.stallTimeout) { [self] in
      guard sent > sentAtLastLook else { return reset(nil) }
      sentAtLastLook = sent
      watch(context)
    }
  }

  // MARK: the end

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { reset(nil) }

  private func reset(_ complaint: String?) {
    guard !isOver, let context else { return }
    if let complaint { complain(complaint) }
    hasAsked = true
    ended()
    context.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
  }

  private func ended() {
    guard !isOver else { return }
    isOver = true
    deadline?.cancel()
    file = nil
    context = nil
    onEnd()
  }

  private func onDisk<Value: Sendable>(
    _ context: ChannelHandlerContext, _ work: @escaping @Sendable () throws -> Value,
    then: @escaping (Result<Value, any Error>) -> Void
  ) {
    threads.runIfActive(eventLoop: context.eventLoop, work).assumeIsolated().whenComplete { [weak self] result in
      if let self, !isOver { then(result) }
    }
  }
}
