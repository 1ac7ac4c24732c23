import HeapModule
import LuaVM

/// What is due at some time: the timers of a script, and what its waiting tasks wait for.
struct TimerList {
  /// What happens when the time has come.
  enum Purpose {
    /// `uc.every` and `uc.after`.
    case timer(Int64)
    /// A task waits with this token; the time is its answer.
    case wait(UInt64)
    /// The next text may be sent.
    case outbox
  }

  /// `uc.cron` and `uc.at`.
  struct Calendar {
    var expression: CronExpression
    var zone: TimeZoneRules
    /// Seconds since 1970 of the next time, jitter included.
    var target: Double
  }

  /// What happens when a timer is due whose last run waits.
  enum Overlap: String, CaseIterable {
    case skip
    case queue
  }

  /// One `uc.every` or `uc.after`.
  struct Timer {
    var function: LuaReference
    /// nil: it fires once.
    var interval: Int64?
    /// `file:line` of the call that made it.
    var place: String
    /// Whether its last run has not ended: it is not started a second time then.
    var isRunning = false
    /// The times of the clock at which it fires; nil: intervals.
    var calendar: Calendar?
    /// It fires up to so many nanoseconds later, by chance.
    var jitter: Int64 = 0
    var overlap = Overlap.skip
    var breaker = ErrorBreaker()
    /// Runs to make up for when the present one has ended.
    var queued = 0
    /// When its next run is due, without jitter.
    var base: Int64 = 0
  }

  private struct Entry: Comparable {
    var due: Int64
    /// Entries due at the same time come in the order in which they were made.
    var sequence: UInt64
    var purpose: Purpose

    static func < (a: Entry, b: Entry) -> Bool { (a.due, a.sequence) < (b.due, b.sequence) }
    static func == (a: Entry, b: Entry) -> Bool { a.sequence == b.sequence }
  }

  private var heap = Heap<Entry>()
  /// Of the entry that was made last.
  private(set) var sequence: UInt64 = 0
  private(set) var timers: [Int64: Timer] = [:]
  private var nextID: Int64 = 1

  /// The time of the next entry, which may turn out to be outdated.
  var nextDue: Int64? { heap.min?.due }

  /// Entries, outdated ones among them.
  var entryCount: Int { heap.count }

  mutating func schedule(_ purpose: Purpose, at due: Int64) {
    sequence &+= 1
    heap.insert(Entry(due: due, sequence: sequence, purpose: purpose))
  }

  /// The next entry that is due, of those made up to one of them.
  mutating func popDue(now: Int64, upTo sequence: UInt64) -> (purpose: Purpose, due: Int64)? {
    guard let first = heap.min, first.due <= now, first.sequence <= sequence else { return nil }
    heap.removeMin()
    return (first.purpose, first.due)
  }

  /// Drops outdated entries when they are the larger part: a script may make and stop timers for ever.
  mutating func compact(isWaiting: (UInt64) -> Bool, waits: Int) {
    guard heap.count > 2 * (timers.count + waits) + 64 else { return }
    let kept = heap.unordered.filter { entry in
      switch entry.purpose {
      case .timer(let id): timers[id] != nil
      case .wait(let token): isWaiting(token)
      case .outbox: true
      }
    }
    heap = Heap(kept)
  }

  mutating func add(_ timer: Timer, due: Int64) -> Int64 {
    let id = nextID
    nextID &+= 1
    timers[id] = timer
    schedule(.timer(id), at: due)
    return id
  }

  mutating func remove(_ id: Int64) -> Timer? { timers.removeValue(forKey: id) }

  mutating func update(_ id: Int64, _ change: (inout Timer) -> Void) {
    guard var timer = timers[id] else { return }
    change(&timer)
    timers[id] = timer
  }

  mutating func setRunning(_ id: Int64, _ isRunning: Bool) { timers[id]?.isRunning = isRunning }
}
