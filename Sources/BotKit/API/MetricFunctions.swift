import Limits
import LuaVM

/// `uc.metric` and `uc.health`.
enum MetricFunctions {
  static let section = APISection(
    "Metrics and health",
    """
    With `--http`, a bot tells Prometheus what it measures (`/metrics`), and whoever watches over it whether it is well
    (`/healthz`). Without `--http` the same calls do nothing that anybody sees.
    """,
    shapes: [histogramOptions], entries: entries)

  private static let histogramOptions = APIShape(
    "uc.HistogramOptions", "options of `uc.metric.histogram`",
    [
      .init(
        "buckets", "number[]?",
        "the upper ends of the ranges, growing, \(Limits.Lua.buckets) at most; without it they suit seconds, from 0.001 to 10"
      )
    ])

  private static let names = """
    A name consists of letters, digits and `_`; `ucbot_` at its beginning and `_bucket`, `_sum` and `_count` at its end
    are taken. By custom it ends in its unit, and a counter in `_total`. Asked for again, the same metric is returned.
    """

  static let entries = [
    APIEntry(
      "uc.metric.counter", .function, "uc.metric.counter(name, [help]) -> Metric", "A number that only grows.",
      type: "fun(name: string, help?: string): uc.Metric",
      details: """
        \(names) A script may have \(Limits.Lua.metrics) metrics.

        ```lua
        local greets = uc.metric.counter("greets_total", "peers greeted")
        uc.on("peer_connect", function() greets:inc() end)
        ```
        """,
      .function { core, call throws(Misuse) in try make(core, call, .counter) }),
    APIEntry(
      "uc.metric.gauge", .function, "uc.metric.gauge(name, [help]) -> Metric", "A number that goes up and down.",
      type: "fun(name: string, help?: string): uc.Metric",
      .function { core, call throws(Misuse) in try make(core, call, .gauge) }),
    APIEntry(
      "uc.metric.histogram", .function, "uc.metric.histogram(name, [help], [options]) -> Metric",
      "How often a number lay in which range.",
      type: "fun(name: string, help?: string, options?: uc.HistogramOptions): uc.Metric",
      details: """
        \(histogramOptions.pageWithoutTypes())

        ```lua
        local lengths = uc.metric.histogram("text_bytes", "lengths of texts", { buckets = { 10, 100, 1000 } })
        uc.on("message", function(msg) lengths:observe(#msg.text) end)
        ```
        """,
      .function { core, call throws(Misuse) in try make(core, call, .histogram) }),
    APIEntry(
      "Metric:inc", .method, "metric:inc([number], [labels])", "Adds a number, 1 by default, to a counter or gauge.",
      type: "fun(number?: number, labels?: table<string, string|number|boolean>)",
      details: """
        Labels tell numbers of one name apart: `metric:inc(1, { room = msg.room })`. There may be \(Limits.Lua.labels) of
        them, and \(Limits.Lua.labelSets) different sets for a metric; what goes beyond is not counted, with a warning in
        the log, since peers may be the cause. A counter does not shrink.
        """,
      .function { core, call throws(Misuse) in try add(core, call, "Metric:inc", sign: 1) }),
    APIEntry(
      "Metric:dec", .method, "metric:dec([number], [labels])", "Takes a number, 1 by default, from a gauge.",
      type: "fun(number?: number, labels?: table<string, string|number|boolean>)",
      .function { core, call throws(Misuse) in try add(core, call, "Metric:dec", sign: -1) }),
    APIEntry(
      "Metric:set", .method, "metric:set(number, [labels])", "Gives a gauge its number.",
      type: "fun(number: number, labels?: table<string, string|number|boolean>)",
      .function { core, call throws(Misuse) in
        let metric = try metric(call, "Metric:set", for: [.gauge])
        let value = try number(call, "Metric:set")
        let labels = try labels(call, 3, "Metric:set")
        note(core.metrics.change(metric.index, labels) { $0 = value }, core, metric.name)
        return .values
      }),
    APIEntry(
      "Metric:observe", .method, "metric:observe(number, [labels])", "Counts a number in a histogram.",
      type: "fun(number: number, labels?: table<string, string|number|boolean>)",
      .function { core, call throws(Misuse) in
        let metric = try metric(call, "Metric:observe", for: [.histogram])
        let value = try number(call, "Metric:observe")
        let labels = try labels(call, 3, "Metric:observe")
        note(core.metrics.observe(metric.index, labels, value), core, metric.name)
        return .values
      }),
    APIEntry(
      "uc.health", .function, "uc.health(name, function)", "Adds a check to what `/healthz` answers.",
      type: "fun(name: string, fn: async fun(): any, string?)",
      details: """
        The function is called when somebody asks, at most once in \(Limits.Lua.healthSeconds) seconds, and may wait; it has \
        \(Limits.Lua.healthTimeout) seconds. It is well when the function returns something that is true; `false` or `nil`
        and a reason, an error, or no answer in time make `/healthz` answer 503. A script may have \(Limits.Lua.checks)
        checks; one of the same name replaces the one before it.

        ```lua
        uc.health("weather service", function()
          local answer, code = uc.http.get("https://wttr.in/", { timeout = 1 })
          return answer and answer.ok, code or "it does not answer well"
        end)
        ```
        """,
      .function(health)),
  ]

  // MARK: Making

  private static func make(
    _ core: BotCore, _ call: LuaCall, _ kind: MetricFamily.Kind
  ) throws(Misuse) -> LuaOutcome {
    let function = "uc.metric.\(kind.rawValue)"
    let name = try call.requireString(1, "name", of: function)
    guard isName(name), name.utf8.count <= 100 else {
      throw Misuse(
        "\(function): argument 1 (name) must consist of letters, digits and '_', 100 at most, and begin with no digit, "
          + "got '\(LogText.line(String(name.prefix(40))))'")
    }
    guard !name.hasPrefix("ucbot_"), !["_bucket", "_sum", "_count"].contains(where: name.hasSuffix) else {
      throw Misuse(
        "\(function): '\(name)' is taken: 'ucbot_' begins, and '_bucket', '_sum' and '_count' end other names")
    }
    var next = 2
    var help = name
    if call.type(2) == .string {
      help = String((call.string(2) ?? name).prefix(200))
      next = 3
    } else if call.type(2) == .null {
      next = 3
    } else if call.type(2) != .none, !(kind == .histogram && call.type(2) == .table) {
      throw Misuse("\(function): argument 2 (help) must be a string, got \(call.type(2).name)")
    }
    var bounds = kind == .histogram ? Histogram.seconds : []
    if kind == .histogram, call.type(next) == .table {
      try call.readOptions(
        next, of: function, names: histogramOptions.names, example: "{ buckets = { 1, 10 } }"
      ) { name, value throws(Misuse) in
        guard name == "buckets" else { return false }
        bounds = try buckets(call, value, function)
        return true
      }
    } else if kind == .histogram, ![.none, .null].contains(call.type(next)) {
      throw Misuse("\(function): argument \(next) (options) must be a table, got \(call.type(next).name)")
    }
    let index: Int
    do throws(ScriptMetrics.Problem) {
      index = try core.metrics.make(name, kind, help: help, bounds: bounds)
    } catch {
      switch error {
      case .tooMany: throw Misuse("\(function): a script may have \(Limits.Lua.metrics) metrics, not more")
      case .different:
        throw Misuse("\(function): there is a metric '\(name)' already, of another kind or with other buckets")
      }
    }
    call.results.object(ClassID.metric.rawValue, slots: 3) { slots in
      slots.integer(Int64(index))
      slots.string(name)
      slots.string(kind.rawValue)
    }
    return .values
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy {
      $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
    }
  }

  private static func buckets(_ call: LuaCall, _ index: Int, _ function: String) throws(Misuse) -> [Double] {
    let wanted = "a list of 1 to \(Limits.Lua.buckets) numbers that grow"
    var items: [(Int64, Double)] = []
    var isWell = call.type(index) == .table
    call.forEachField(index) { key, value in
      if let number = call.integer(key), let bound = call.number(value), bound.isFinite {
        items.append((number, bound))
      } else {
        isWell = false
      }
      return isWell && items.count <= Limits.Lua.buckets
    }
    let bounds = items.sorted { $0.0 < $1.0 }.map(\.1)
    guard isWell, (1...Limits.Lua.buckets).contains(bounds.count),
      zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw call.wrongOption("buckets", index, of: function, wanted: wanted) }
    return bounds
  }

  // MARK: Using

  private static func metric(
    _ call: LuaCall, _ method: String, for kinds: [MetricFamily.Kind]
  ) throws(Misuse) -> (index: Int, name: String, kind: MetricFamily.Kind) {
    try call.requireSelf(.metric, of: method)
    guard let index = call.slotInteger(1, slot: 0), let name = call.slotString(1, slot: 1),
      let kind = call.slotString(1, slot: 2).flatMap(MetricFamily.Kind.init)
    else { throw Misuse("\(method): not a Metric") }
    guard kinds.contains(kind) else { throw Misuse("\(method): '\(name)' is a \(kind.rawValue)") }
    return (Int(clamping: index), name, kind)
  }

  private static func number(_ call: LuaCall, _ method: String) throws(Misuse) -> Double {
    let value = try call.requireNumber(2, "number", of: method)
    guard value.isFinite else { throw Misuse("\(method): argument 2 (number) must be finite, got \(value)") }
    return value
  }

  private static func add(
    _ core: BotCore, _ call: LuaCall, _ method: String, sign: Double
  ) throws(Misuse) -> LuaOutcome {
    let metric = try metric(call, method, for: sign > 0 ? [.counter, .gauge] : [.gauge])
    let amount = [.none, .null].contains(call.type(2)) ? 1 : try number(call, method)
    guard metric.kind == .gauge || amount >= 0 else {
      throw Misuse("\(method): '\(metric.name)' is a counter, and does not shrink")
    }
    let labels = try labels(call, 3, method)
    note(core.metrics.change(metric.index, labels) { $0 += sign * amount }, core, metric.name)
    return .values
  }

  private static func note(_ isCounted: Bool, _ core: BotCore, _ name: String) {
    guard !isCounted, core.fullMetrics.insert(name).inserted else { return }
    core.log.log(
      .warning, "the metric '\(name)' has \(Limits.Lua.labelSets) sets of labels: others are not counted")
  }

  private static func labels(
    _ call: LuaCall, _ index: Int, _ method: String
  ) throws(Misuse) -> [MetricFamily.Label] {
    guard ![.none, .null].contains(call.type(index)) else { return [] }
    guard call.type(index) == .table else {
      throw Misuse("\(method): argument \(index) (labels) must be a table, got \(call.type(index).name)")
    }
    var labels: [MetricFamily.Label] = []
    var problem: Misuse?
    call.forEachField(index) { key, value in
      guard let name = call.string(key), isName(name), !name.hasPrefix("__"),
        !["le", "script", "quantile"].contains(name)
      else {
        let name = call.string(key).map { "'\(LogText.line(String($0.prefix(40))))'" } ?? call.type(key).name
        problem = Misuse("\(method): \(name) cannot be the name of a label")
        return false
      }
      let text: String?
      switch call.type(value) {
      case .string: text = call.string(value)
      case .number: text = call.integer(value).map { "\($0)" } ?? call.number(value).map { "\($0)" }
      case .boolean: text = call.boolean(value) ? "true" : "false"
      default: text = nil
      }
      guard let text else {
        problem = Misuse("\(method): the label '\(name)' must be a string, got \(call.type(value).name)")
        return false
      }
      labels.append(.init(name, String(decoding: Array(text.utf8.prefix(Limits.Lua.labelBytes)), as: UTF8.self)))
      if labels.count > Limits.Lua.labels { problem = Misuse("\(method): \(Limits.Lua.labels) labels, not more") }
      return problem == nil
    }
    if let problem { throw problem }
    return labels.sorted { $0.name < $1.name }
  }

  private static func health(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let name = try call.requireString(1, "name", of: "uc.health")
    guard (1...64).contains(name.utf8.count) else {
      throw Misuse("uc.health: argument 1 (name) must have 1 to 64 bytes, got \(name.utf8.count)")
    }
    try call.requireFunction(2, "function", of: "uc.health")
    guard core.checks[name] != nil || core.checks.count < Limits.Lua.checks else {
      throw Misuse("uc.health: a script may have \(Limits.Lua.checks) checks, not more")
    }
    guard let function = call.keep(2) else { throw Misuse("not enough memory") }
    if let before = core.checks[name] { core.lua.release(before.function) }
    core.checks[name] = HealthCheck(function: function, place: call.caller ?? core.script.path)
    return .values
  }
}
