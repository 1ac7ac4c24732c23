import NIOCore
import Synchronization

@testable import UniversalConnectivity

/// Keeps the events of a node and lets a test wait for one of them, with a deadline instead of a sleep.
final class EventRecorder: Sendable {
  struct Timeout: Error {}

  private struct State {
    var events: [ChatEvent] = []
    var waiters: [Int: @Sendable (ChatEvent) -> Bool] = [:]
    var nextWaiter = 0
  }

  private let state = Mutex(State())
  private let eventLoop: any EventLoop

  init(_ node: ChatNode) {
    eventLoop = node.eventLoop
    node.onEvent { [self] event in
      let waiters = state.withLock { state in
        state.events.append(event)
        return state.waiters
      }
      for (key, waiter) in waiters where waiter(event) { state.withLock { _ = $0.waiters.removeValue(forKey: key) } }
    }
  }

  var all: [ChatEvent] { state.withLock { $0.events } }

  /// The first event, past or to come, that `select` makes something of.
  func first<Value: Sendable>(
    within limit: TimeAmount = .seconds(20), _ select: @escaping @Sendable (ChatEvent) -> Value?
  ) async throws -> Value {
    let promise = eventLoop.makePromise(of: Value.self)
    let past = state.withLock { state -> Value? in
      for event in state.events { if let value = select(event) { return value } }
      state.waiters[state.nextWaiter] = { event in
        guard let value = select(event) else { return false }
        promise.succeed(value)
        return true
      }
      state.nextWaiter += 1
      return nil
    }
    if let past { promise.succeed(past) }
    let timer = eventLoop.scheduleTask(in: limit) { promise.fail(Timeout()) }
    defer { timer.cancel() }
    return try await promise.futureResult.get()
  }
}

extension ChatEvent {
  var messageText: String? {
    if case .message(let message) = self { message.text } else { nil }
  }
}
