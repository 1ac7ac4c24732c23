/// What the program waits for: the first of the reasons to end.
struct EndSignal: Sendable {
  private let stream: AsyncStream<Failure?>
  private let continuation: AsyncStream<Failure?>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Failure?.self, bufferingPolicy: .bufferingOldest(1))
  }

  /// Ends the program, in good order or with a failure; later reasons are ignored.
  func end(_ failure: Failure? = nil) {
    continuation.yield(failure)
    continuation.finish()
  }

  /// Waits for the end. Returns the failure, if there is one.
  func wait() async -> Failure? {
    for await failure in stream { return failure }
    return nil
  }
}
