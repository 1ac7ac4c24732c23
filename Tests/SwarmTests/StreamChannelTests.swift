import Limits
import NIOCore
import Testing

@testable import Swarm

@Suite("A stream keeps the contract of a NIO channel")
struct StreamChannelTests {
  /// Notes what reaches the end of a pipeline, and does what the test wants on the way.
  private final class Recorder: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    var log: [String] = []
    var bytes: [UInt8] = []
    var reads = 0
    var context: ChannelHandlerContext?
    var onRead: (ChannelHandlerContext) -> Void = { _ in }
    var onReadComplete: (ChannelHandlerContext) -> Void = { _ in }
    var onInactive: () -> Void = {}
    var passesReads = true

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func channelActive(context: ChannelHandlerContext) { log.append("active") }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      bytes += unwrapInboundIn(data).readableBytesView
      reads += 1
      log.append("read")
      onRead(context)
    }
    func channelReadComplete(context: ChannelHandlerContext) { onReadComplete(context) }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .some(.inputClosed) = event as? ChannelEvent { log.append("end") }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { log.append("error") }
    func channelInactive(context: ChannelHandlerContext) {
      log.append("inactive")
      onInactive()
    }
    func channelUnregistered(context: ChannelHandlerContext) { log.append("unregistered") }
    func read(context: ChannelHandlerContext) { if passesReads { context.read() } }

    func autoRead(_ on: Bool) { try? context?.channel.syncOptions?.setOption(ChannelOptions.autoRead, value: on) }
  }

  /// A remote peer and a recorder on stream 1, their protocol agreed.
  private func stream(
    autoRead: Bool = true, _ configure: (Recorder) -> Void = { _ in }
  ) throws -> (Attack, Recorder) {
    let attack = try Attack()
    let recorder = Recorder()
    configure(recorder)
    attack.core.handle("/test", maximumStreams: 16) { stream in
      try? stream.channel.pipeline.syncOperations.addHandler(recorder)
      if !autoRead { recorder.autoRead(false) }
    }
    try attack.secure()
    try attack.open(1, "/test")
    #expect(recorder.context != nil)
    return (attack, recorder)
  }

  @Test("One read() brings something each time, also when it is asked for as the last one completes")
  func readsOnDemand() throws {
    let (attack, recorder) = try stream(autoRead: false)
    recorder.onReadComplete = { $0.read() }
    try attack.sendSecured(attack.data(1, [1, 2, 3]))
    #expect(recorder.bytes.isEmpty)
    // Pieces that are too large to be put together.
    for value: UInt8 in 4...6 { try attack.sendSecured(attack.data(1, [UInt8](repeating: value, count: 5_000))) }
    recorder.context?.read()
    #expect(recorder.bytes.count == 15_003)
    try attack.finish()
  }

  @Test("Reading that is switched off inside a read and on again when it completes goes on")
  func togglesAutoRead() throws {
    let (attack, recorder) = try stream {
      $0.onRead = { _ = try? $0.channel.syncOptions?.setOption(ChannelOptions.autoRead, value: false) }
      $0.onReadComplete = { _ = try? $0.channel.syncOptions?.setOption(ChannelOptions.autoRead, value: true) }
    }
    let frame = attack.data(1, [UInt8](repeating: 7, count: 5_000))
    try attack.sendSecured(frame + frame + frame)
    #expect(recorder.bytes.count == 15_000)
    try attack.finish()
  }

  @Test("A handler that holds reads back, as NIOAsyncChannel does, is given no more than one burst")
  func heldReads() throws {
    let (attack, recorder) = try stream { $0.passesReads = false }
    let piece = [UInt8](repeating: 7, count: 50_000)
    for _ in 0..<5 { try attack.sendSecured(attack.data(1, piece)) }
    #expect(recorder.bytes.count <= 50_000)
    let before = recorder.bytes.count
    recorder.passesReads = true
    recorder.context?.read()
    #expect(recorder.bytes.count > before)
    #expect(recorder.bytes.count == 250_000)
    try attack.finish()
  }

  @Test("The peer's end is told in its place: after the bytes before it, and not to a reader that does not read")
  func endWaitsForRead() throws {
    let (attack, recorder) = try stream(autoRead: false)
    try attack.sendSecured(attack.data(1, [1]) + attack.fin(1))
    #expect(recorder.log.isEmpty)
    recorder.context?.read()
    #expect(recorder.log == ["read"])
    recorder.context?.read()
    #expect(recorder.log == ["read", "end"])
    try attack.finish()
    #expect(recorder.log == ["read", "end", "error", "inactive", "unregistered"])
  }

  @Test("Bytes that came in one burst with a reset are read before the error, as they are when they come in two")
  func bytesBeforeReset() throws {
    let (attack, recorder) = try stream()
    try attack.sendSecured(attack.data(1, [1, 2]) + attack.rst(1))
    #expect(recorder.bytes == [1, 2])
    #expect(recorder.log == ["read", "error", "inactive", "unregistered"])
    try attack.finish()
  }

  @Test("A reader that does not read gets the error of a reset at once, and not the bytes before it")
  func resetWithoutReader() throws {
    let (attack, recorder) = try stream(autoRead: false)
    try attack.sendSecured(attack.data(1, [1, 2]) + attack.rst(1))
    #expect(recorder.log == ["error", "inactive", "unregistered"])
    try attack.finish()
  }

  @Test("Single bytes that wait for a reader are put together, or each would cost more than thirty times its size")
  func smallPieces() throws {
    let (attack, recorder) = try stream(autoRead: false)
    var frames: [UInt8] = []
    for index in 0..<10_000 { frames += attack.data(1, [UInt8(truncatingIfNeeded: index)]) }
    for start in stride(from: 0, to: frames.count, by: 60_000) {
      try attack.sendSecured(Array(frames[start..<min(start + 60_000, frames.count)]))
    }
    while recorder.bytes.count < 10_000, recorder.reads < 10_000 { recorder.context?.read() }
    #expect(recorder.bytes == (0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(recorder.reads < 20)
    try attack.finish()
  }

  @Test("A stream that is reset by whoever accepts it reads nothing of what came with its negotiation")
  func resetInAccept() throws {
    let attack = try Attack()
    let recorder = Recorder()
    attack.core.handle("/test", maximumStreams: 16) { stream in
      try? stream.channel.pipeline.syncOperations.addHandler(recorder)
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
    try attack.secure()
    try attack.open(1, "/test", more: [1, 2, 3])
    #expect(recorder.log == ["inactive", "unregistered"])
    try attack.finish()
  }

  @Test("No stream is accepted behind the end of its connection")
  func streamBehindTheEnd() throws {
    let (attack, recorder) = try stream()
    recorder.onInactive = { attack.core.connectedPeers.forEach { attack.core.disconnect($0) } }
    let late = Recorder()
    attack.core.handle("/late", maximumStreams: 16) { stream in
      try? stream.channel.pipeline.syncOperations.addHandler(late)
    }
    try attack.sendSecured(
      attack.rst(1) + attack.frame(type: 1, flags: 1, stream: 3, length: 0)
        + attack.data(3, attack.line("/multistream/1.0.0") + attack.line("/late")))
    #expect(attack.isClosed)
    #expect(late.context == nil)
    try attack.finish()
  }

  @Test("Every promise is completed: of writes that the window did not take, of those not flushed, of the close")
  func promises() throws {
    let (attack, recorder) = try stream()
    let channel = try #require(recorder.context?.channel)
    let large = attack.loop.makePromise(of: Void.self)
    let unflushed = attack.loop.makePromise(of: Void.self)
    channel.writeAndFlush(ByteBuffer(repeating: 0, count: 2_000_000), promise: large)
    channel.write(ByteBuffer(string: "x"), promise: unflushed)
    #expect(!channel.isWritable)
    try attack.sendSecured(attack.rst(1))
    attack.loop.run()
    #expect(throws: (any Error).self) { try large.futureResult.wait() }
    #expect(throws: (any Error).self) { try unflushed.futureResult.wait() }
    try channel.closeFuture.wait()
    let late = attack.loop.makePromise(of: Void.self)
    channel.writeAndFlush(ByteBuffer(string: "x"), promise: late)
    #expect(throws: ChannelError.self) { try late.futureResult.wait() }
    #expect(throws: ChannelError.self) { try channel.close().wait() }
    try attack.finish()
  }
}
