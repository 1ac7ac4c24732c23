extension BotRunner {
  /// What the script measures, and what is measured of it.
  public var metrics: [MetricFamily] {
    let counts = statistics
    let script = MetricFamily.Label("script", scriptName)
    func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double) -> MetricFamily {
      MetricFamily("ucbot_script_\(name)", kind, help, [.init(value, labels: [script])])
    }
    let causes: [(String, UInt64)] = [
      ("inbox", counts.dropped), ("refused", counts.refused), ("loops", counts.loops),
      ("labels", scriptMetrics.refused),
    ]
    return [
      family("events_total", .counter, "events that the script was given", Double(counts.events)),
      family("runs_total", .counter, "runs of handlers, timers and tasks", Double(counts.runs)),
      family("errors_total", .counter, "runs that ended in an error", Double(counts.errors)),
      family("killed_total", .counter, "runs stopped for taking too long", Double(counts.killed)),
      family(
        "pauses_total", .counter, "times that a handler was left out for failing again and again", Double(counts.pauses)
      ),
      family("sent_total", .counter, "texts handed to the network", Double(counts.sent)),
      family("reloads_total", .counter, "times that the script was loaded anew", Double(counts.reloads)),
      family("lua_seconds_total", .counter, "time that Lua code has run", Double(counts.luaNanoseconds) / 1e9),
      family("memory_bytes", .gauge, "memory that the script holds", Double(counts.memory)),
      family("tasks", .gauge, "coroutines of the script that wait", Double(counts.tasks)),
      family("timers", .gauge, "timers of the script", Double(counts.timers)),
      MetricFamily(
        "ucbot_script_dropped_total", .counter,
        "what was left out: events (inbox), commands and requests (refused), answers (loops), measurements (labels)",
        causes.map { .init(Double($0.1), labels: [script, .init("cause", $0.0)]) }),
    ] + scriptMetrics.families(script: scriptName)
  }

  /// Asks the script's health checks. `completion` is called once when they have ended; never, when the script is stuck.
  public func checkHealth(completion: @escaping @Sendable (BotHealth) -> Void) {
    ask(completion)
  }
}
