import Limits
import LuaVM

extension BotCore {
  /// A timer's time has come, or in the case of a calendar perhaps only a look at the clock.
  func fire(_ id: Int64, due: Int64, now: Int64) {
    guard let timer = timers[id], !isStopping else { return }
    if let calendar = timer.calendar {
      guard configuration.clock.unixSeconds + 0.000_5 >= calendar.target else { return scheduleCalendar(id) }
      guard planNext(id, after: calendar) else { return fireLast(id, timer) }
    } else if let interval = timer.interval {
      // Times that were missed (a suspended machine) are not made up for.
      let next = timer.base &+ interval > now ? timer.base &+ interval : now &+ interval
      timers.update(id) { $0.base = next }
      timers.schedule(id, at: next &+ jitter(timer))
    } else {
      return fireLast(id, timer)
    }
    guard timer.breaker.isClosed(now: now) else { return }
    guard !timer.isRunning else {
      if timer.overlap == .queue, timer.queued < Limits.Lua.timerQueue { timers.update(id) { $0.queued += 1 } }
      return
    }
    timers.setRunning(id, true)
    start(timer.function, .timer(id, place: timer.place)) { _ in }
  }

  private func fireLast(_ id: Int64, _ timer: TimerList.Timer) {
    stopTimer(id)
    timers.setRunning(id, true)
    start(timer.function, .timer(id, place: timer.place)) { _ in }
  }

  /// Ends a timer, which may be started again; false when it has ended already.
  @discardableResult
  func stopTimer(_ id: Int64) -> Bool {
    let (wasActive, forgotten) = timers.stop(id)
    if let forgotten { lua.release(forgotten.function) }
    return wasActive
  }

  /// Lets a timer count from now on, whether it runs or not. False when it is forgotten.
  /// - Parameter delay: nanoseconds; nil: what it was told last.
  func restartTimer(_ id: Int64, delay: Int64?) -> Bool {
    guard let timer = timers[id] ?? timers.restore(id) else { return false }
    if timer.calendar != nil {
      // The next time is as it was, or has to be found anew.
      if let calendar = timer.calendar, calendar.target <= configuration.clock.unixSeconds {
        if !planNext(id, after: calendar) { stopTimer(id) }
      } else {
        scheduleCalendar(id)
      }
      return true
    }
    let delay = delay ?? timer.delay ?? 0
    let base = now &+ delay
    timers.update(id) {
      $0.delay = delay
      if $0.interval != nil { $0.interval = delay }
      $0.base = base
      $0.breaker = ErrorBreaker()
    }
    timers.schedule(id, at: base &+ jitter(timer))
    return true
  }

  /// A run of a timer has ended.
  func timerEnded(_ id: Int64) {
    timers.setRunning(id, false)
    guard let timer = timers[id], timer.queued > 0, !isStopping else { return }
    timers.update(id) {
      $0.queued -= 1
      $0.isRunning = true
    }
    start(timer.function, .timer(id, place: timer.place)) { _ in }
  }

  /// A random part of a timer's jitter, in nanoseconds.
  func jitter(_ timer: TimerList.Timer) -> Int64 {
    timer.jitter > 0 ? Int64.random(in: 0...timer.jitter, using: &random) : 0
  }

  /// The next time of a calendar; false when there is none.
  private func planNext(_ id: Int64, after calendar: TimerList.Calendar) -> Bool {
    let seconds = Int(max(calendar.target, configuration.clock.unixSeconds))
    guard let timer = timers[id], let next = calendar.expression.next(after: seconds, in: calendar.zone) else {
      return false
    }
    let target = Double(next) + Double(jitter(timer)) / 1e9
    timers.update(id) { $0.calendar?.target = target }
    scheduleCalendar(id)
    return true
  }

  /// Looks at the clock when the time comes, and every minute before: clocks are set, and machines sleep.
  func scheduleCalendar(_ id: Int64) {
    guard let calendar = timers[id]?.calendar else { return }
    let left = calendar.target - configuration.clock.unixSeconds
    timers.schedule(id, at: now &+ Int64(min(max(left, 0), 60) * 1e9))
  }
}
