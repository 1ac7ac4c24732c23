import LuaVM

/// A run of a function of the script for somebody outside, who is told its end once and waits no longer than so long:
/// webhooks and health checks.
struct HostedRun {
  /// How it ended.
  enum End {
    /// What it returned, as the arguments of a call that must not be kept.
    case returned(LuaCall)
    case failed
    case timeout
  }

  /// For messages about it.
  var title: String
  var completion: (End) -> Void
}

extension BotCore {
  /// Starts a function with a time limit by the script's clock.
  func host(
    _ function: LuaReference, title: String, place: String, seconds: Double, arguments: (LuaWriter) -> Void,
    completion: @escaping (HostedRun.End) -> Void
  ) {
    let task = ScriptTask(id: 0, place: place, cause: nil, function: function, arguments: nil)
    task.state = .begun
    let token = newToken()
    task.hosted = HostedRun(title: title) { [unowned self] end in
      hosted[token] = nil
      completion(end)
    }
    hosted[token] = task
    timers.schedule(.wait(token), at: now &+ Int64(seconds * 1e9))
    start(function, .task(task), arguments: arguments)
  }

  /// The time of a hosted run is over. False when the token is of no such run.
  func expireHosted(_ token: UInt64) -> Bool {
    guard let task = hosted.removeValue(forKey: token) else { return false }
    if task.hosted != nil {
      log.log(.warning, "\(task.title) has taken too long")
      task.endHosted(.timeout)
      cancel(task)
    }
    return true
  }

  /// Nothing hosted goes on.
  func dropHosted() {
    for task in Array(hosted.values) { task.endHosted(.failed) }
  }
}

extension ScriptTask {
  /// Tells whoever waits for a hosted run how it ended, the first time.
  func endHosted(_ end: HostedRun.End) {
    guard let run = hosted else { return }
    hosted = nil
    run.completion(end)
  }
}
