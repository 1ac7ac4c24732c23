import Synchronization

/// Keeps the events of the thing under test, and lets a test wait for one of them.
public final class EventRecorder<Event: Sendable>: Sendable {
  private struct State {
    var events: [Event] = []
    var waiters: [AsyncStream<Event>.Continuation] = []
  }

  private let state = Mutex(State())

  /// A recorder without events.
  public init() {}

  /// Everything so far, in order.
  public var events: [Event] { state.withLock { $0.events } }

  /// Adds an event and wakes whoever waits for it.
  public func record(_ event: Event) {
    // Within the lock, so that every waiter sees the events in their order.
    state.withLock { state in
      state.events.append(event)
      for waiter in state.waiters { waiter.yield(event) }
    }
  }

  /// The first event, past or to come, that `select` makes something of.
  ///
  /// - Throws: ``DeadlineExceeded`` when there is none.
  public func first<Value: Sendable>(_ select: @escaping @Sendable (Event) -> Value?) async throws -> Value {
    let (stream, waiter) = AsyncStream<Event>.makeStream()
    state.withLock { state in
      for event in state.events { waiter.yield(event) }
      state.waiters.append(waiter)
    }
    return try await withDeadline {
      for await event in stream { if let value = select(event) { return value } }
      throw CancellationError()
    }
  }
}
