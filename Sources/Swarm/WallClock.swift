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
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
  }

  /// Nanoseconds since the machine was started, those in which it slept among them; nobody puts this clock right. What
  /// is ahead of `NIODeadline` in it is sleep.
  package static func sinceBoot() -> Int64 {
    var now = timespec()
    #if os(Linux)
      clock_gettime(CLOCK_BOOTTIME, &now)
    #else
      clock_gettime(CLOCK_MONOTONIC, &now)
    #endif
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
  }
}
