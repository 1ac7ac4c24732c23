import Identity
import Logging
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

@testable import Swarm

/// The event loops that all tests of this target share.
let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)

/// A swarm that records what happens to it and lets a test wait for it.
final class TestPeer: Sendable {
  let swarm: Swarm
  private let state = NIOLockedValueBox(State())

  private struct State {
    var events: [SwarmEvent] = []
    var waiters: [(match: @Sendable (SwarmEvent) -> Bool, continuation: CheckedContinuation<SwarmEvent, any Error>)] =
      []
  }

  init(_ configure: (inout SwarmConfiguration) -> Void = { _ in }) throws {
    var configuration = SwarmConfiguration()
    configure(&configuration)
    swarm = try Swarm(
      configuration: configuration, identity: KeyPair.generate(), eventLoop: loops.next(), logger: Logger(label: "test")
    )
    swarm.addObserver { [state] event in
      let resumed = state.withLockedValue { state in
        state.events.append(event)
        let matching = state.waiters.filter { $0.match(event) }
        state.waiters.removeAll { $0.match(event) }
        return matching
      }
      for waiter in resumed { waiter.continuation.resume(returning: event) }
    }
  }

  var events: [SwarmEvent] { state.withLockedValue { $0.events } }

  /// The first event that matches, past or to come; fails after ten seconds.
  @discardableResult
  func event(_ match: @escaping @Sendable (SwarmEvent) -> Bool) async throws -> SwarmEvent {
    try await withDeadline {
      try await withCheckedThrowingContinuation { continuation in
        let past = self.state.withLockedValue { state -> SwarmEvent? in
          if let found = state.events.first(where: match) { return found }
          state.waiters.append((match, continuation))
          return nil
        }
        if let past { continuation.resume(returning: past) }
      }
    }
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

/// Runs `body`, and fails with an error rather than hang when it takes longer than ten seconds.
func withDeadline<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
  try await withThrowingTaskGroup(of: T.self) { group in
    group.addTask(operation: body)
    group.addTask {
      try await Task.sleep(for: .seconds(10))
      throw TestError("nothing happened within 10 s")
    }
    guard let first = try await group.next() else { throw TestError("no task") }
    group.cancelAll()
    return first
  }
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
