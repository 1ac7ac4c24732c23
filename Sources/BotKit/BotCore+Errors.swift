import LuaVM

extension BotCore {
  /// Fires `error` for a run that has failed. What fails on behalf of an `error` handler is in the log only, so that
  /// errors do not make errors.
  func report(_ message: String, traceback: String?, of run: Run) {
    guard run.cause?.event != .error, !isStopped else { return }
    fire(.error, behind: { $0.context(run.cause) }) { error in
      error.field("message") { $0.string(message) }
      error.field("traceback") { $0.string(traceback ?? "") }
      error.field("source") { $0.string(run.origin.place ?? self.script.path) }
      error.field("handler") { $0.string(run.origin.description) }
    }
  }
}
