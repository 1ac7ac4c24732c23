/// What did not happen in time.
public struct DeadlineExceeded: Error, CustomStringConvertible {
  /// How long it was waited for.
  public let limit: Duration

  /// In one line.
  public var description: String { "nothing happened within \(limit)" }
}

/// Runs `body`, and fails rather than hang when it takes too long, even when it does not heed that it is cancelled.
///
/// - Parameter limit: far more than a loaded machine needs: it is waited for in full only by a test that fails.
public func withDeadline<Value: Sendable>(
  _ limit: Duration = .seconds(300), _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let (outcomes, continuation) = AsyncStream<Result<Value, any Error>>.makeStream(bufferingPolicy: .bufferingOldest(1))
  let work = Task {
    do { continuation.yield(.success(try await body())) } catch { continuation.yield(.failure(error)) }
  }
  let timer = Task {
    try await Task.sleep(for: limit)
    continuation.yield(.failure(DeadlineExceeded(limit: limit)))
  }
  defer {
    work.cancel()
    timer.cancel()
  }
  for await outcome in outcomes { return try outcome.get() }
  throw CancellationError()
}
