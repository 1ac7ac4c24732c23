import Limits
import NIOCore
import NIOPosix
import Swarm

/// The fetching side of one stream: what comes is written to the disk, and the peer has to wait when the disk does.
final class FileReceiver: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let configuration: FileConfiguration
  private let threads: NIOThreadPool
  private let eventLoop: any EventLoop
  private let destination: String
  private let temporary: String
  private let progress: (FileProgress) -> Void
  private let promise: EventLoopPromise<FetchedFile>

  private var reader: FileResponseReader
  private var file: DiskFile?
  private var isWriting = false
  private var waiting: [ByteBuffer] = []
  private var waitingBytes = 0
  private var written: UInt64 = 0
  private var receivedAtLastLook: UInt64 = 0
  private var isPaused = false
  /// The peer has ended its side, or has had its time to do so.
  private var hasEnded = false
  private var timer: Scheduled<Void>?
  private var context: ChannelHandlerContext?
  private var failure: FileTransferError?
  /// Whether the promise is kept or broken, or the file is getting its name.
  private(set) var isOver = false

  /// - Parameter temporary: Where the file is until it is whole; removed when it does not become so.
  init(
    configuration: FileConfiguration, threads: NIOThreadPool, eventLoop: any EventLoop, destination: String,
    temporary: String, limit: UInt64, progress: @escaping (FileProgress) -> Void,
    promise: EventLoopPromise<FetchedFile>
  ) {
    self.configuration = configuration
    self.threads = threads
    self.eventLoop = eventLoop
    self.destination = destination
    self.temporary = temporary
    self.progress = progress
    self.promise = promise
    reader = FileResponseReader(limit: limit)
    timer = eventLoop.assumeIsolated().scheduleTask(in: configuration.answerTimeout) { [weak self] in
      self?.fail(.timeout)
    }
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  // MARK: what comes

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    do {
      let isFirst = reader.announced == nil
      let piece = try reader.receive(unwrapInboundIn(data))
      if isFirst, reader.announced != nil { begin() }
      guard piece.readableBytes > 0 else { return }
      waiting.append(piece)
      waitingBytes += piece.readableBytes
      if waitingBytes > Limits.Files.unwritten { pause(true) }
      if reader.isComplete { awaitEnd() }
      write()
    } catch {
      fail(error)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent, !isOver {
      do {
        try reader.finish()
        hasEnded = true
        complete()
      } catch {
        fail(error)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { streamIsLost(FileTransferError(error)) }

  func channelInactive(context: ChannelHandlerContext) {
    streamIsLost(.lost("it was closed"))
    context.fireChannelInactive()
  }

  /// Some reset the stream instead of ending it; who has all of the file does not mind.
  private func streamIsLost(_ error: FileTransferError) {
    guard !isOver else { return }
    guard reader.isComplete else { return fail(error) }
    hasEnded = true
    complete()
  }

  /// The length is known: from now on the peer may take its time, but not stop.
  private func begin() {
    watch()
    let path = temporary
    onDisk {
      try DiskFile.create(path)
    } then: { [self] _ in
      write()
    }
  }

  /// All is there. Whether more comes than was announced is seen at the end, which some never send.
  private func awaitEnd() {
    timer?.cancel()
    timer = eventLoop.assumeIsolated().scheduleTask(in: configuration.linger) { [weak self] in
      guard let self else { return }
      hasEnded = true
      complete()
    }
  }

  private func watch() {
    timer?.cancel()
    timer = eventLoop.assumeIsolated().scheduleTask(in: configuration.stallTimeout) { [weak self] in
      guard let self else { return }
      // While we wait for our own disk, the peer is not to blame.
      guard isPaused || reader.received > receivedAtLastLook else { return fail(.timeout) }
      receivedAtLastLook = reader.received
      watch()
    }
  }

  // MARK: the disk

  private func write() {
    guard let file, !isWriting, !waiting.isEmpty, !isOver else { return complete() }
    let (pieces, count) = (waiting, waitingBytes)
    waiting = []
    waitingBytes = 0
    onDisk {
      try file.append(pieces)
    } then: { [self] in
      written += UInt64(count)
      progress(FileProgress(received: written, total: reader.announced ?? written))
      if waitingBytes <= Limits.Files.unwritten / 4 { pause(false) }
      write()
    }
  }

  private func pause(_ paused: Bool) {
    guard paused != isPaused else { return }
    isPaused = paused
    try? context?.channel.syncOptions?.setOption(.autoRead, value: !paused)
  }

  /// Gives the file its name when all of it has come and is written.
  private func complete() {
    guard !isOver, hasEnded, reader.isComplete, !isWriting, waiting.isEmpty, file != nil else { return }
    settle()
    context?.close(promise: nil)
    file = nil
    let (temporary, destination, bytes) = (temporary, destination, written)
    threads.runIfActive(eventLoop: eventLoop) {
      do {
        try DiskFile.publish(temporary, as: destination)
      } catch {
        DiskFile.remove(temporary)
        throw error
      }
      return FetchedFile(path: destination, bytes: bytes)
    }.cascade(to: promise)
  }

  // MARK: the end

  /// Ends everything, and takes away what was written.
  func fail(_ error: FileTransferError) {
    guard !isOver else { return }
    settle()
    failure = error
    let context = self.context
    self.context = nil
    context?.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    if !isWriting { cleanUp(error) }
  }

  private func settle() {
    isOver = true
    timer?.cancel()
    waiting = []
    waitingBytes = 0
  }

  private func cleanUp(_ error: FileTransferError) {
    guard file != nil else { return promise.fail(error) }
    file = nil
    let (temporary, promise) = (temporary, promise)
    threads.runIfActive(eventLoop: eventLoop) { DiskFile.remove(temporary) }.whenComplete { _ in promise.fail(error) }
  }

  /// One piece of work after the other, so that nothing is made after it was taken away.
  private func onDisk<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value, then: @escaping (Value) -> Void
  ) {
    isWriting = true
    threads.runIfActive(eventLoop: eventLoop, work).assumeIsolated().whenComplete { [self] result in
      isWriting = false
      switch result {
      case .success(let value):
        if let made = value as? DiskFile { file = made }
        if let failure { cleanUp(failure) } else { then(value) }
      case .failure(let error):
        if let failure { cleanUp(failure) } else { fail(FileTransferError(error)) }
      }
    }
  }
}

extension FileTransferError {
  /// What an error of the floors below means to who wanted a file.
  init(_ error: any Error) {
    switch error {
    case let error as FileTransferError: self = error
    case SwarmError.notConnected: self = .notConnected
    case SwarmError.protocolsNotSupported: self = .unsupported
    case SwarmError.timeout: self = .timeout
    case SwarmError.shutDown: self = .stopping
    default: self = .lost("\(error)")
    }
  }
}
