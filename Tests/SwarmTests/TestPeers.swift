import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import TestSupport

@testable import Swarm

/// The event loops that all tests of this target share.
let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)

/// A swarm that records what happens to it and lets a test wait for it.
final class TestPeer: Sendable {
  let swarm: Swarm
  private let recorder = EventRecorder<SwarmEvent>()

  init(_ configure: (inout SwarmConfiguration) -> Void = { _ in }) throws {
    var configuration = SwarmConfiguration()
    configure(&configuration)
    swarm = try Swarm(
      configuration: configuration, identity: KeyPair.generate(), eventLoop: loops.next(), logger: Logger(label: "test")
    )
    swarm.addObserver { [recorder] in recorder.record($0) }
  }

  var events: [SwarmEvent] { recorder.events }

  /// The first event that matches, past or to come.
  @discardableResult
  func event(_ match: @escaping @Sendable (SwarmEvent) -> Bool) async throws -> SwarmEvent {
    try await recorder.first { match($0) ? $0 : nil }
  }

  func identified() async throws -> IdentifyInfo {
    let event = try await event { if case .identified = $0 { true } else { false } }
    guard case .identified(_, let info) = event else { throw TestError("no identify") }
    return info
  }
}

struct TestError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Gives every byte back and ends when the other side does.
final class Echo: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
  func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { context.close(mode: .output, promise: nil) }
  }
}

/// Collects everything until the other side ends.
final class Collect: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var bytes = ByteBuffer()
  private var promise: EventLoopPromise<ByteBuffer>?

  init(_ promise: EventLoopPromise<ByteBuffer>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var part = unwrapInboundIn(data)
    bytes.writeBuffer(&part)
  }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { end() }
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise?.fail(error)
    promise = nil
  }
  func channelInactive(context: ChannelHandlerContext) { end() }
  private func end() {
    promise?.succeed(bytes)
    promise = nil
  }
}

/// Abandons the stream at the first byte.
final class ResetOnRead: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
  }
}
