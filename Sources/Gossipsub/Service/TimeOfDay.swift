#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The clock on the wall, for the first sequence number alone: everything else goes by `NIODeadline`.
enum TimeOfDay {
  /// Nanoseconds since 1970.
  static func nanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(truncatingIfNeeded: Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec))
  }
}
