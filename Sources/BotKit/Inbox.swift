#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What other threads have for a script: a bounded queue of events, answers of the network, and the wish to stop.
///
/// Answers are never dropped: each belongs to a task that waits, and those are counted elsewhere.
final class Inbox: @unchecked Sendable {
  // Unchecked: everything mutable is touched under `mutex` only.

  /// What the script's thread takes at once.
  struct Batch {
    var mail: [BotCore.Mail] = []
    var events: [BotEvent] = []
    var stopRequested = false
    var reloadRequested = false
    /// Events dropped so far.
    var dropped: UInt64 = 0
  }

  /// Events of one batch: few enough that time and answers are looked at often.
  private static let batch = 64

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var events: BoundedQueue<BotEvent>
  private var mail: [BotCore.Mail] = []
  private var stopRequested = false
  private var stopTaken = false
  private var reloadRequested = false
  private var isReaderAsleep = false

  init(limit: Int) {
    events = BoundedQueue(limit: limit)
    pthread_mutex_init(mutex, nil)
    Self.initialize(condition)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func post(_ event: BotEvent) {
    locked {
      events.push(event)
      wakeReader()
    }
  }

  func post(_ answer: BotCore.Mail) {
    locked {
      mail.append(answer)
      wakeReader()
    }
  }

  func requestStop() {
    locked {
      stopRequested = true
      wakeReader()
    }
  }

  func requestReload() {
    locked {
      reloadRequested = true
      wakeReader()
    }
  }

  /// Takes what is there; never waits.
  func take() -> Batch { locked { takeLocked() } }

  /// Takes what is there, or waits for it until `deadline` (nanoseconds of the monotonic clock).
  func take(until deadline: Int64?) -> Batch {
    locked {
      while mail.isEmpty, events.isEmpty, stopRequested == stopTaken, !reloadRequested {
        isReaderAsleep = true
        let isOver = sleep(until: deadline)
        isReaderAsleep = false
        if isOver { break }
      }
      return takeLocked()
    }
  }

  private func takeLocked() -> Batch {
    var batch = Batch(stopRequested: stopRequested, reloadRequested: reloadRequested, dropped: events.dropped)
    stopTaken = stopRequested
    reloadRequested = false
    swap(&batch.mail, &mail)
    batch.events.reserveCapacity(min(events.count, Self.batch))
    while batch.events.count < Self.batch, let event = events.pop() { batch.events.append(event) }
    return batch
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  private func wakeReader() {
    if isReaderAsleep { pthread_cond_signal(condition) }
  }

  /// Sleeps with the mutex held; true when the time is over.
  private func sleep(until deadline: Int64?) -> Bool {
    guard let deadline else {
      pthread_cond_wait(condition, mutex)
      return false
    }
    let left = deadline &- SystemClock().monotonicNanoseconds
    guard left > 0 else { return true }
    #if canImport(Darwin)
      var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
      return pthread_cond_timedwait_relative_np(condition, mutex, &time) == ETIMEDOUT
    #else
      var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
      return pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT
    #endif
  }

  private static func initialize(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
    #if canImport(Darwin)
      pthread_cond_init(condition, nil)
    #else
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    #endif
  }
}
