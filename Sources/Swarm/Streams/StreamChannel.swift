import DequeModule
import Limits
import NIOConcurrencyHelpers
import NIOCore
import Yamux

/// Outbound user events that a stream's channel understands.
public enum StreamOutboundEvent: Sendable {
  /// Abandon the stream in both directions at once: the peer sees a reset, unread bytes are lost.
  case reset
}

/// One Yamux stream as a NIO `Channel`: a child of its connection's channel, with its own pipeline, half-closure,
/// writability and back-pressure.
///
/// Reads and writes are `ByteBuffer`s. The remote peer's FIN arrives as `ChannelEvent.inputClosed`; `close(mode: .output)`
/// sends ours after everything written before it. `close()` ends both directions: what the peer still sends is read and
/// thrown away, so that it is not punished with a reset for bytes that were on their way.
///
/// The channel owns nothing of the protocol: frames and windows live in the connection's `YamuxSession`. Here is what a
/// channel is made of: the bytes that wait for the window, the promises, and the order of events.
///
/// `@unchecked Sendable` because NIO demands it of channels: everything below the first lines is touched on the event
/// loop only, and the few values that other threads may ask for stand behind a lock.
final class StreamChannel: Channel, ChannelCore, @unchecked Sendable {
  let allocator = ByteBufferAllocator()
  let closePromise: EventLoopPromise<Void>
  let parent: (any Channel)?
  let eventLoop: any EventLoop
  let id: StreamID
  /// Who opened the stream.
  let direction: ConnectionDirection

  private let shared = NIOLockedValueBox(SharedState())
  private struct SharedState {
    var isActive = false
    var isWritable = true
  }

  private weak var connection: ConnectionHandler?
  private var pipelineStorage: ChannelPipeline?

  /// What one read brings at most before `channelReadComplete`, so that a handler which holds reads back, as that of
  /// `NIOAsyncChannel` does, holds back the peer too.
  private static let burstBytes = 64 * 1_024
  /// Pieces up to this size are put together while they wait: a slice of a few bytes keeps the memory of its whole
  /// read, and a peer that sends single bytes would occupy many times what its window allows.
  private static let smallPiece = 4 * 1_024

  private var autoRead = true
  private var readIsPending = false
  private var allowsRemoteHalfClosure = true
  /// Bytes that arrived while the reader had not asked; bounded by the receive window.
  private var unread = Deque<ByteBuffer>()
  private var remoteFinished = false
  private var remoteFinishReported = false
  /// Writes that the window did not take yet, flushed ones first.
  private var unsent = MarkedCircularBuffer<(buffer: ByteBuffer, promise: EventLoopPromise<Void>?)>(initialCapacity: 8)
  private var unsentBytes = 0
  private var outputClose: OutputClose = .open
  private var isClosed = false
  private var isDelivering = false

  private enum OutputClose {
    case open
    /// FIN goes out when the writes before it have gone.
    case requested([EventLoopPromise<Void>])
    case sent
  }

  init(id: StreamID, direction: ConnectionDirection, connection: ConnectionHandler, parent: any Channel) {
    self.id = id
    self.direction = direction
    self.connection = connection
    self.parent = parent
    self.eventLoop = parent.eventLoop
    self.closePromise = parent.eventLoop.makePromise(of: Void.self)
    self.pipelineStorage = nil
    self.pipelineStorage = ChannelPipeline(channel: self)
  }

  // MARK: Channel

  var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
  // The pipeline needs its channel to be made, so it is set at the end of `init` and never nil after.
  var pipeline: ChannelPipeline { pipelineStorage.unsafelyUnwrapped }
  var localAddress: SocketAddress? { parent?.localAddress }
  var remoteAddress: SocketAddress? { parent?.remoteAddress }
  var isWritable: Bool { shared.withLockedValue { $0.isWritable } }
  var isActive: Bool { shared.withLockedValue { $0.isActive } }
  var _channelCore: any ChannelCore { self }
  var syncOptions: (any NIOSynchronousChannelOptions)? { SyncOptions(channel: self) }

  func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
    if eventLoop.inEventLoop {
      return eventLoop.makeCompletedFuture { try self.setOption0(option, value: value) }
    }
    return eventLoop.submit { try self.setOption0(option, value: value) }
  }

  func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
    if eventLoop.inEventLoop {
      return eventLoop.makeCompletedFuture { try self.getOption0(option) }
    }
    return eventLoop.submit { try self.getOption0(option) }
  }

  private struct SyncOptions: NIOSynchronousChannelOptions {
    let channel: StreamChannel
    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
      try channel.setOption0(option, value: value)
    }
    func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
      try channel.getOption0(option)
    }
  }

  private func setOption0<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
    switch (option, value) {
    case (is ChannelOptions.Types.AutoReadOption, let value as Bool):
      autoRead = value
      if value { read0() } else { readIsPending = false }
    case (is ChannelOptions.Types.AllowRemoteHalfClosureOption, let value as Bool):
      allowsRemoteHalfClosure = value
    default:
      throw ChannelError.operationUnsupported
    }
  }

  private func getOption0<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
    let value: Any
    switch option {
    case is ChannelOptions.Types.AutoReadOption: value = autoRead
    case is ChannelOptions.Types.AllowRemoteHalfClosureOption: value = allowsRemoteHalfClosure
    default: throw ChannelError.operationUnsupported
    }
    guard let typed = value as? Option.Value else { throw ChannelError.operationUnsupported }
    return typed
  }

  // MARK: ChannelCore

  func localAddress0() throws -> SocketAddress {
    guard let address = localAddress else { throw ChannelError.unknownLocalAddress }
    return address
  }

  func remoteAddress0() throws -> SocketAddress {
    guard let address = remoteAddress else { throw ChannelError.operationUnsupported }
    return address
  }

  func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
  func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
  func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
    promise?.fail(ChannelError.operationUnsupported)
  }

  func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isClosed else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    guard case .open = outputClose else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    let buffer = unwrapData(data, as: ByteBuffer.self)
    unsentBytes &+= buffer.readableBytes
    unsent.append((buffer, promise))
    if unsentBytes > Limits.Swarm.streamHighWater { setWritable(false) }
  }

  func flush0() {
    unsent.mark()
    pump()
  }

  func read0() {
    readIsPending = true
    deliver()
  }

  func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard !isClosed else {
      promise?.fail(ChannelError.alreadyClosed)
      return
    }
    switch mode {
    case .output:
      switch outputClose {
      case .open:
        outputClose = .requested(promise.map { [$0] } ?? [])
        unsent.mark()
        pump()
      case .requested(let earlier):
        outputClose = .requested(earlier + (promise.map { [$0] } ?? []))
      case .sent:
        promise?.fail(ChannelError.outputClosed)
      }
    case .input:
      promise?.fail(ChannelError.operationUnsupported)
    case .all:
      if case .open = outputClose {
        outputClose = .requested([])
        pump()
      }
      if isClosed {
        // Everything had gone out and the peer had finished too.
        promise?.succeed()
        return
      }
      if case .sent = outputClose {
        connection?.streamReleased(id)
      } else {
        // Bytes that the window did not take: a FIN would claim that they had been sent.
        connection?.streamReset(id)
      }
      finish(error: error, promise: promise)
    }
  }

  func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
    switch event {
    case StreamOutboundEvent.reset:
      guard !isClosed else {
        promise?.fail(ChannelError.alreadyClosed)
        return
      }
      connection?.streamReset(id)
      finish(error: ChannelError.ioOnClosedChannel, promise: promise)
    default:
      promise?.fail(ChannelError.operationUnsupported)
    }
  }

  func channelRead0(_ data: NIOAny) {}
  func errorCaught0(error: any Error) {}

  // MARK: what the connection tells

  /// The pipeline is filled; the stream may carry bytes.
  func activate() {
    guard !isClosed else { return }
    shared.withLockedValue { $0.isActive = true }
    pipeline.fireChannelRegistered()
    pipeline.fireChannelActive()
    if autoRead { pipeline.read() }
  }

  /// Payload of one data frame, or a part of it.
  func received(_ bytes: ByteBuffer) {
    guard !isClosed, !remoteFinished else { return }
    if let last = unread.indices.last, unread[last].readableBytes + bytes.readableBytes <= Self.smallPiece {
      unread[last].writeImmutableBuffer(bytes)
    } else {
      unread.append(bytes)
    }
  }

  /// The remote peer will send no more.
  func receivedFinish() {
    remoteFinished = true
  }

  /// Gives the pipeline what has arrived, if it has asked for it.
  ///
  /// As with NIO's own channels one `read` brings a burst, its completion, and with `autoRead` the next `read`, which
  /// goes through the pipeline so that a handler may hold it back. The peer's end is the answer to a `read`, too.
  func deliver() {
    // A handler that closes, or asks for more, inside a read must not start a second delivery inside the first.
    guard !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    while readIsPending, isActive {
      if !unread.isEmpty {
        readIsPending = false
        deliverBurst()
      } else if remoteFinished, !remoteFinishReported {
        readIsPending = false
        remoteFinishReported = true
        deliverEnd()
      } else {
        return
      }
    }
  }

  private func deliverBurst() {
    var delivered = 0
    repeat {
      guard let bytes = unread.popFirst() else { break }
      delivered &+= bytes.readableBytes
      connection?.streamConsumed(id, bytes.readableBytes)
      pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
      if isClosed { return }
    } while autoRead && delivered < Self.burstBytes
    pipeline.syncOperations.fireChannelReadComplete()
    if autoRead, !isClosed { pipeline.read() }
  }

  private func deliverEnd() {
    guard allowsRemoteHalfClosure else { return close0(error: ChannelError.eof, mode: .all, promise: nil) }
    pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    closeIfBothFinished()
  }

  /// The remote peer reset the stream, or the connection under it is gone.
  func fail(_ error: any Error) {
    guard !isClosed else { return }
    // What came before the end and is asked for is read first, whether it came in the same burst or in an earlier one.
    // What nobody asks for is lost, as in go-libp2p: a reset does not wait for a slow reader.
    deliver()
    guard !isClosed else { return }
    if isActive { pipeline.fireErrorCaught(error) }
    // A handler may have closed the channel in answer to the error.
    if !isClosed { finish(error: error, promise: nil) }
  }

  /// The window or the transport has room again.
  func pump() {
    guard !isClosed, let connection else { return }
    while unsent.hasMark, let (first, promise) = unsent.first {
      var buffer = first
      let taken = connection.streamSend(id, &buffer)
      unsentBytes &-= taken
      if buffer.readableBytes > 0 {
        unsent[unsent.startIndex] = (buffer, promise)
        break
      } else {
        _ = unsent.popFirst()
        promise?.succeed()
        if isClosed { return }
      }
    }
    if unsentBytes < Limits.Swarm.streamLowWater { setWritable(true) }
    if unsent.isEmpty, case .requested(let promises) = outputClose {
      outputClose = .sent
      connection.streamFinish(id)
      for promise in promises { promise.succeed() }
      closeIfBothFinished()
    }
  }

  private func closeIfBothFinished() {
    guard !isClosed, remoteFinishReported, case .sent = outputClose else { return }
    connection?.streamReleased(id)
    finish(error: ChannelError.eof, promise: nil)
  }

  private func setWritable(_ writable: Bool) {
    let changed = shared.withLockedValue { state in
      defer { state.isWritable = writable }
      return state.isWritable != writable
    }
    if changed && isActive { pipeline.fireChannelWritabilityChanged() }
  }

  private func finish(error: any Error, promise: EventLoopPromise<Void>?) {
    isClosed = true
    let wasActive = shared.withLockedValue { state in
      defer {
        state.isActive = false
        state.isWritable = false
      }
      return state.isActive
    }
    unread.removeAll()
    var abandoned: [EventLoopPromise<Void>] = []
    while let (_, promise) = unsent.popFirst() {
      if let promise { abandoned.append(promise) }
    }
    if case .requested(let promises) = outputClose { abandoned.append(contentsOf: promises) }
    outputClose = .sent
    for promise in abandoned { promise.fail(error) }
    promise?.succeed()
    if wasActive {
      pipeline.fireChannelInactive()
      pipeline.fireChannelUnregistered()
    }
    // Handlers may still be on the stack; NIO's own channels take them away in a later tick too.
    eventLoop.execute {
      self.removeHandlers(pipeline: self.pipeline)
      self.closePromise.succeed()
    }
  }
}
