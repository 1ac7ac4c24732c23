#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The time of day, for what others compare and people read: sequence numbers, times of messages, logs. What waits or
/// measures goes by `NIODeadline`.
package enum WallClock {
  /// Nanoseconds of Unix time.
  package static func nanoseconds() -> Int64 {
    read(CLOCK_REALTIME)
  }

  /// Nanoseconds since the machine was started, those in which it slept among them; nobody puts this clock right. What
  /// is ahead of `NIODeadline` in it is sleep.
  package static func sinceBoot() -> Int64 {
    #if os(Linux)
      return read(CLOCK_BOOTTIME)
    #else
      return read(CLOCK_MONOTONIC)
    #endif
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
  }
}
