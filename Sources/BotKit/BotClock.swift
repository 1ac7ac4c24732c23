#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Synchronization

/// The time that scripts live in. Their processor budget is not measured with it.
public protocol BotClock: Sendable {
  /// Nanoseconds of a clock that never goes back: what timers and `uc.sleep` go by.
  var monotonicNanoseconds: Int64 { get }
  /// Seconds since 1970: what `uc.now` returns.
  var unixSeconds: Double { get }
}

/// The machine's clock.
public struct SystemClock: BotClock {
  /// The clock.
  public init() {}

  /// CLOCK_MONOTONIC.
  public var monotonicNanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// Nanoseconds of the processor that the calling thread has used.
  package static var threadNanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  /// CLOCK_REALTIME.
  public var unixSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A clock that moves only when told to, for tests.
public final class ManualClock: BotClock {
  private let nanoseconds: Mutex<Int64>
  private let start: Double

  /// - Parameter start: seconds since 1970 at the beginning.
  public init(start: Double = 1_700_000_000) {
    self.start = start
    nanoseconds = Mutex(0)
  }

  /// Nanoseconds moved so far.
  public var monotonicNanoseconds: Int64 { nanoseconds.withLock { $0 } }
  /// The beginning and what was moved since.
  public var unixSeconds: Double { start + Double(monotonicNanoseconds) / 1e9 }

  /// Moves to a point in time; never back.
  public func move(to target: Int64) { nanoseconds.withLock { $0 = max($0, target) } }
}
