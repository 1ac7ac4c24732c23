import HeapModule
import Limits
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
  final class Calendar {
    let expression: CronExpression
    let zone: TimeZoneRules
    /// Seconds since 1970 of the next time, jitter included.
    var target: Double

    init(expression: CronExpression, zone: TimeZoneRules, target: Double) {
      self.expression = expression
      self.zone = zone
      self.target = target
    }
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
    /// What it was told to wait; nil: it goes by the calendar.
    var delay: Int64?
    /// The number of its entry; others of it are outdated. nil: it has none.
    var entry: UInt64?
    /// Counts the stops: of two, the later one is greater.
    var stopped: UInt64 = 0
  }

  /// There may be a hundred thousand: a dictionary has room for twice what it holds, so it should hold little.
  private final class Box {
    var timer: Timer

    init(_ timer: Timer) { self.timer = timer }
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
  /// Entries of timers that count no longer.
  private var outdated = 0
  /// Of the entry that was made last.
  private(set) var sequence: UInt64 = 0
  private var timers: [Int64: Box] = [:]
  /// Of the timer made last. Those made at the same place share the text.
  private var place = ""
  /// Those that can be started again, and the order in which they were stopped; outdated entries are skipped.
  private var stopped: [Int64: Timer] = [:]
  private var stops = BoundedQueue<(id: Int64, stop: UInt64)>(limit: 2 * Limits.Lua.stoppedTimers)
  private var nextID: Int64 = 1

  /// Timers that are not stopped.
  var count: Int { timers.count }

  /// nil: there is none of that number, or it is stopped.
  subscript(id: Int64) -> Timer? { timers[id]?.timer }

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
    while let first = heap.min, first.due <= now, first.sequence <= sequence {
      heap.removeMin()
      guard !isOutdated(first) else {
        outdated -= 1
        continue
      }
      if case .timer(let id) = first.purpose { timers[id]?.timer.entry = nil }
      return (first.purpose, first.due)
    }
    return nil
  }

  /// Whether a timer was stopped, or set anew, since.
  private func isOutdated(_ entry: Entry) -> Bool {
    if case .timer(let id) = entry.purpose { timers[id]?.timer.entry != entry.sequence } else { false }
  }

  /// Drops outdated entries when they are the larger part: a script may make and stop timers for ever.
  mutating func compact(isWaiting: (UInt64) -> Bool, waits: Int) {
    guard heap.count > 2 * (timers.count + waits) + 64 else { return }
    let kept = heap.unordered.filter { entry in
      switch entry.purpose {
      case .timer: !isOutdated(entry)
      case .wait(let token): isWaiting(token)
      case .outbox: true
      }
    }
    heap = Heap(kept)
    outdated = 0
  }

  mutating func add(_ timer: Timer, due: Int64) -> Int64 {
    let id = nextID
    nextID &+= 1
    var timer = timer
    if timer.place == place { timer.place = place } else { place = timer.place }
    timers[id] = Box(timer)
    schedule(id, at: due)
    return id
  }

  /// Sets when a timer is due; what was set before counts no longer.
  mutating func schedule(_ id: Int64, at due: Int64) {
    guard let box = timers[id] else { return }
    let hadEntry = box.timer.entry != nil
    schedule(.timer(id), at: due)
    box.timer.entry = sequence
    if hadEntry { noteOutdated() }
  }

  /// An entry counts no longer. A script may set a timer anew for ever, so they go when they are the larger part.
  private mutating func noteOutdated() {
    outdated += 1
    guard outdated > 64 + heap.count / 2 else { return }
    heap = Heap(heap.unordered.filter { !isOutdated($0) })
    outdated = 0
  }

  /// Ends a timer for the time being; false when it does not run. Gives back one that is forgotten for it.
  mutating func stop(_ id: Int64) -> (wasActive: Bool, forgotten: Timer?) {
    guard var timer = timers.removeValue(forKey: id)?.timer else { return (false, nil) }
    sequence &+= 1
    timer.stopped = sequence
    timer.queued = 0
    let hadEntry = timer.entry != nil
    timer.entry = nil
    stopped[id] = timer
    if hadEntry { noteOutdated() }
    var forgotten: Timer?
    if stops.count == stops.limit {
      // Full of timers that were started again: what counts is half of it at most.
      for _ in 0..<stops.count {
        guard let stop = stops.pop() else { break }
        if stopped[stop.id]?.stopped == stop.stop { stops.push(stop) }
      }
    }
    stops.push((id, sequence))
    while stopped.count > Limits.Lua.stoppedTimers, let oldest = stops.pop() {
      if stopped[oldest.id]?.stopped == oldest.stop { forgotten = stopped.removeValue(forKey: oldest.id) }
    }
    return (true, forgotten)
  }

  /// Takes a stopped timer back among the others, without a time; nil when there is none of that number.
  mutating func restore(_ id: Int64) -> Timer? {
    guard let timer = stopped.removeValue(forKey: id) else { return nil }
    timers[id] = Box(timer)
    return timer
  }

  var stoppedCount: Int { stopped.count }

  /// A timer, whether it runs or is stopped.
  func known(_ id: Int64) -> Timer? { self[id] ?? stopped[id] }

  mutating func update(_ id: Int64, _ change: (inout Timer) -> Void) {
    if let box = timers[id] { change(&box.timer) }
  }

  mutating func setRunning(_ id: Int64, _ isRunning: Bool) {
    timers[id]?.timer.isRunning = isRunning
    stopped[id]?.isRunning = isRunning
  }
}
