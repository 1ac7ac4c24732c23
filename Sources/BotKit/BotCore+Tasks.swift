import Limits
import LuaVM

extension BotCore {
  /// A new task, whose turn comes when what is under way has ended or waits.
  func spawn(
    _ function: LuaReference, arguments: LuaReference?, place: String, hasHandle: Bool, group: TaskGroup? = nil
  ) -> ScriptTask {
    let task = ScriptTask(
      id: hasHandle ? tasks.newID() : 0, place: place, cause: currentCause, function: function, arguments: arguments)
    task.group = group
    group?.tasks.append(task)
    tasks.add(task)
    return task
  }

  /// Begins the tasks whose turn it is. Those that they begin in turn come later, so that events are not held up.
  func runReady() {
    for task in tasks.takeReady() {
      guard case .pending(let function, let arguments) = task.state else { continue }
      task.state = .begun
      start(function, .task(task), cause: task.cause) { if let arguments { $0.kept(arguments) } }
      lua.release(function)
      if let arguments { lua.release(arguments) }
    }
  }

  /// A task has ended, in whatever way: those that wait for it are told.
  func taskEnded(_ task: ScriptTask) {
    if case .begun = task.state { task.state = .failed("not enough memory") }
    task.endHosted(.failed)
    for token in task.joiners where joins.removeValue(forKey: token) != nil {
      wake(token) { self.write(endOf: task, to: $0) }
    }
    task.joiners = []
    if let group = task.group { partEnded(task, of: group) }
    guard task.id != 0, let forgotten = tasks.noteEnd(task) else { return }
    releaseResults(of: forgotten)
  }

  /// What `join` returns.
  func write(endOf task: ScriptTask, to results: LuaWriter) {
    switch task.state {
    case .done(let values?): results.kept(values)
    case .done(nil), .pending, .begun: results.null()
    case .cancelled: results.failure("cancelled")
    case .failed(let message):
      results.failure("failed")
      results.string(message)
    }
  }

  /// Ends a task before its time. False when it has ended already. Callable while Lua runs, but not by the task itself.
  @discardableResult
  func cancel(_ task: ScriptTask) -> Bool {
    switch task.state {
    case .done, .failed, .cancelled: return false
    case .pending(let function, let arguments):
      tasks.dropReady(task)
      lua.release(function)
      if let arguments { lua.release(arguments) }
    case .begun:
      guard let token = task.token, let run = waiting.removeValue(forKey: token) else { return false }
      forgetWait(token)
      whenIdle { self.end(run.task) }
    }
    task.state = .cancelled
    whenIdle { self.taskEnded(task) }
    return true
  }

  /// A task that waited with this token does so no longer.
  private func forgetWait(_ token: UInt64) {
    pingsInFlight[token] = nil
    networkRequests.remove(token)
    _ = waiters.remove(token)
    dropRequest(token)
    dropFileCall(token)
    if let joined = joins.removeValue(forKey: token) { joined.joiners.removeAll { $0 == token } }
    if let group = groups.removeValue(forKey: token) { dissolve(group) }
  }

  /// The time of a call that waits is over. False when it does not wait for tasks.
  func expireTasks(_ token: UInt64) -> Bool {
    if let joined = joins.removeValue(forKey: token) {
      joined.joiners.removeAll { $0 == token }
      return true
    }
    guard let group = groups.removeValue(forKey: token) else { return false }
    dissolve(group)
    return true
  }

  private func partEnded(_ task: ScriptTask, of group: TaskGroup) {
    guard groups[group.token] === group else { return }
    if case .failed(let message) = task.state {
      groups[group.token] = nil
      dissolve(group)
      wake(group.token) { $0.raise(message) }
    } else if group.hasEnded {
      groups[group.token] = nil
      wake(group.token) { results in
        for task in group.tasks {
          if case .done(let values?) = task.state {
            results.kept(values, limit: group.valuesOfEach)
          } else {
            results.null()
          }
        }
      }
      for task in group.tasks { releaseResults(of: task) }
    }
  }

  /// Nobody waits for the group any more.
  private func dissolve(_ group: TaskGroup) {
    for task in group.tasks {
      releaseResults(of: task)
      cancel(task)
    }
  }

  private func releaseResults(of task: ScriptTask) {
    guard case .done(let values?) = task.state else { return }
    task.state = .done(nil)
    lua.release(values)
  }
}
