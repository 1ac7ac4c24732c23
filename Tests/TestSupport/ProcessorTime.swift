#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The processor time that `body` takes on this thread: what it costs, whatever else the machine has to do.
public func processorTime(of body: () throws -> Void) rethrows -> Duration {
  func spent() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
  let before = spent()
  try body()
  return spent() - before
}
