import Limits
import LuaVM

/// Timers and waiting.
enum TimeFunctions {
  static let section = APISection(
    "Time",
    """
    Timers belong to the host: they live until they are stopped, whether you keep the object or not. A script may have \
    \(Limits.Lua.timers) timers, and \(Limits.Lua.tasks) runs that wait.
    """,
    shapes: [afterOptions, everyOptions, cronOptions, atOptions], codes: [timerCodes], entries: entries)

  private static let afterOptions = APIShape(
    "uc.AfterOptions", "options of `uc.after`",
    [.init("jitter", "number?", "seconds: each run comes up to so much later, by chance")])
  private static let everyOptions = APIShape(
    "uc.EveryOptions", parent: "uc.AfterOptions", "options of `uc.every`",
    [
      .init(
        "overlap", "\"skip\"|\"queue\"?",
        "what becomes of a run that is due while the last one waits: with `\"queue\"` it comes when that has ended "
          + "(\(Limits.Lua.timerQueue) at most), with `\"skip\"`, the default, it is left out")
    ])
  private static let cronOptions = APIShape(
    "uc.CronOptions", parent: "uc.EveryOptions", "options of `uc.cron`",
    [
      .init(
        "tz", "string?",
        "the name of a time zone of the system's database, `\"UTC\"`, or `\"local\"`, which is the default")
    ])
  private static let atOptions = APIShape(
    "uc.AtOptions", parent: "uc.CronOptions", "options of `uc.at`",
    [.init("days", "string?", "days of the week, as in `mon-fri` or `sat,sun`; every day without it")])

  private static let timerCode = "The code is `stopping`: the bot is ending."

  private static let timerCodes = APICodes(
    "uc.TimerCode",
    [
      ("forgotten", "\(Limits.Lua.stoppedTimers) others have ended since it has"),
      ("stopping", "the bot is ending"),
    ])

  static let entries = [
    APIEntry(
      "uc.sleep", .asyncFunction, "uc.sleep(seconds)", "Waits; other handlers run meanwhile.",
      type: "async fun(seconds: number)", details: "From 0 (let the others run) to 1e9 seconds.", .function(sleep)),
    APIEntry(
      "uc.every", .function, "uc.every(seconds, [options], function) -> Timer | nil, code",
      "Calls the function again and again, for the first time after that many seconds.",
      type: "fun(seconds: number, options?: uc.EveryOptions, fn: async fun()): uc.Timer?, uc.StoppingCode?",
      details: """
        At least 0.001. Times that were missed are not made up for; an error is logged, and the timer goes on. \
        \(timerCode)

        \(APIShape("", "", afterOptions.fields + everyOptions.fields).page())
        """, .function { core, call throws(Misuse) in try timer(core, call, "uc.every", repeats: true) }),
    APIEntry(
      "uc.after", .function, "uc.after(seconds, [options], function) -> Timer | nil, code",
      "Calls the function once, after that many seconds.",
      type: "fun(seconds: number, options?: uc.AfterOptions, fn: async fun()): uc.Timer?, uc.StoppingCode?",
      details: "The only option is `jitter`. \(timerCode)",
      .function { core, call throws(Misuse) in try timer(core, call, "uc.after", repeats: false) }),
    APIEntry(
      "uc.cron", .function, "uc.cron(fields, [options], function) -> Timer | nil, code",
      "Calls the function at times of the clock and the calendar, as cron does.",
      type: "fun(fields: string, options?: uc.CronOptions, fn: async fun()): uc.Timer?, uc.StoppingCode?",
      details: """
        The five fields are minute (0–59), hour (0–23), day of the month (1–31), month (1–12 or jan–dec) and day of the \
        week (0–7 or sun–sat; Sunday is 0 and 7). Each is `*`, a number, a range `9-17`, a list `0,30`, with a step \
        `*/5`. When both the day of the month and the day of the week are given, either is enough. \(timerCode)

        ```lua
        uc.cron("0 9 * * mon-fri", { tz = "Europe/Berlin" }, function() uc.say("good morning") end)
        ```

        The options are those of `uc.every` and `tz`, \(cronOptions.fields.map(\.meaning).joined()). A time of day \
        that is skipped when the clocks are put forward comes at that moment; one that comes twice when they are put \
        back counts once. Where the hour is `*` it is the time that passes which counts, so that every half-hour stays \
        every half-hour. Times that were missed are not made up for.
        """, .function { core, call throws(Misuse) in try calendar(core, call, "uc.cron") }),
    APIEntry(
      "uc.at", .function, "uc.at(time, [options], function) -> Timer | nil, code",
      "Calls the function at a time of the day, every day or on some.",
      type: "fun(time: string, options?: uc.AtOptions, fn: async fun()): uc.Timer?, uc.StoppingCode?",
      details: """
        `uc.at("09:00", { days = "mon-fri" }, fn)` is `uc.cron("0 9 * * mon-fri", fn)`, with the same options, and \
        `days`: \(atOptions.fields.map(\.meaning).joined()). \(timerCode)
        """, .function { core, call throws(Misuse) in try calendar(core, call, "uc.at") }),
    APIEntry(
      "uc.monotonic", .function, "uc.monotonic() -> number", "Seconds of a clock that never goes back, with fractions.",
      type: "fun(): number", details: "From where it counts is not said: use differences.",
      .function { core, call in
        call.results.number(Double(core.now) / 1e9)
        return .values
      }),
    APIEntry(
      "Timer:active", .method, "timer:active() -> boolean", "Whether the timer will fire again.",
      type: "fun(): boolean",
      .function { core, call throws(Misuse) in
        try call.requireSelf(.timer, of: "Timer:active")
        call.results.boolean(call.slotInteger(1, slot: 0).map { core.timers[$0] != nil } ?? false)
        return .values
      }),
    APIEntry(
      "Timer:stop", .method, "timer:stop() -> boolean", "Ends the timer; false when it had ended already.",
      type: "fun(): boolean",
      details: """
        A run that has begun goes on. The last \(Limits.Lua.stoppedTimers) timers that have ended, by `stop` or because \
        they fire once, can be started again.
        """, .function(stop)),
    APIEntry(
      "Timer:start", .method, "timer:start() -> boolean | nil, code",
      "Starts a timer that has ended, as if it were made now; false when it runs already.",
      type: "fun(): boolean?, uc.TimerCode?", details: timerCodes.page,
      .function { core, call throws(Misuse) in try restart(core, call, "Timer:start") }),
    APIEntry(
      "Timer:reset", .method, "timer:reset([seconds]) -> true | nil, code",
      "Lets the timer count from the beginning, whether it runs or has ended.",
      type: "fun(seconds?: number): true?, uc.TimerCode?",
      details: """
        With a number it counts that many seconds from now on. Timers of the calendar take none.

        ```lua
        local quiet = uc.after(600, function() uc.say("is anybody here?") end)

        uc.on("message", function() quiet:reset() end)
        ```

        \(timerCodes.page)
        """, .function { core, call throws(Misuse) in try restart(core, call, "Timer:reset") }),
    APIEntry(
      "uc.now", .function, "uc.now() -> number", "The time in seconds since 1970, with fractions.",
      type: "fun(): number",
      .function { core, call in
        call.results.number(core.configuration.clock.unixSeconds)
        return .values
      }),
  ]

  private static func sleep(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let seconds = try call.requireSeconds(1, of: "uc.sleep")
    try call.requireWait("uc.sleep")
    core.timers.schedule(.wait(core.beginWait()), at: core.now &+ Int64(seconds * 1e9))
    return .wait
  }

  private static func timer(
    _ core: BotCore, _ call: LuaCall, _ name: String, repeats: Bool
  ) throws(Misuse) -> LuaOutcome {
    let seconds = try call.requireSeconds(1, of: name, atLeast: repeats ? 0.001 : 0)
    var options = Options()
    let names = afterOptions.names + (repeats ? everyOptions.names : [])
    let functionIndex = try read(&options, call, of: name, names: names)
    guard let timer = try make(core, call, functionIndex, options, of: name) else { return .values }
    let interval = Int64(seconds * 1e9)
    let base = core.now &+ interval
    var made = timer
    made.interval = repeats ? interval : nil
    made.delay = interval
    made.base = base
    write(core.timers.add(made, due: base &+ core.jitter(made)), call)
    return .values
  }

  /// `uc.cron` and `uc.at`.
  private static func calendar(_ core: BotCore, _ call: LuaCall, _ name: String) throws(Misuse) -> LuaOutcome {
    let isCron = name == "uc.cron"
    let text = try call.requireString(1, isCron ? "fields" : "time", of: name)
    var options = Options()
    let functionIndex = try read(
      &options, call, of: name,
      names: afterOptions.names + everyOptions.names + cronOptions.names + (isCron ? [] : atOptions.names))
    let expression = isCron ? try cron(text, "argument 1 (fields)", of: name) : try daily(text, options.days, of: name)
    let zoneName = options.zone == "local" ? core.configuration.localZone : options.zone
    guard let zone = TimeZoneRules.load(zoneName, directory: core.configuration.zoneDirectory) else {
      throw Misuse(
        "\(name): option 'tz' must be the name of a time zone, as Europe/Berlin, UTC or local, got "
          + "'\(LogText.line(String(options.zone.prefix(64))))'")
    }
    guard let first = expression.next(after: Int(core.configuration.clock.unixSeconds), in: zone) else {
      throw Misuse("\(name): '\(text)' never comes")
    }
    guard var timer = try make(core, call, functionIndex, options, of: name) else { return .values }
    let target = Double(first) + Double(core.jitter(timer)) / 1e9
    timer.calendar = TimerList.Calendar(expression: expression, zone: zone, target: target)
    let left = min(max(target - core.configuration.clock.unixSeconds, 0), 60)
    write(core.timers.add(timer, due: core.now &+ Int64(left * 1e9)), call)
    return .values
  }

  private struct Options {
    var jitter = 0.0
    var overlap = TimerList.Overlap.skip
    var zone = "local"
    var days = "*"
  }

  private static func cron(_ text: String, _ what: String, of function: String) throws(Misuse) -> CronExpression {
    do {
      return try CronExpression(text)
    } catch {
      throw Misuse("\(function): \(what): \(error.text)")
    }
  }

  /// `09:00`, on some days of the week.
  private static func daily(_ text: String, _ days: String, of function: String) throws(Misuse) -> CronExpression {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.utf8.count) }), let hour = Int(parts[0]),
      let minute = Int(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
    else { throw Misuse("\(function): argument 1 (time) must be a time from 00:00 to 23:59, got '\(text)'") }
    guard !days.contains(where: \.isWhitespace) else {
      throw Misuse("\(function): option 'days' must be days of the week, as mon-fri or sat,sun, got '\(days)'")
    }
    return try cron("\(minute) \(hour) * * \(days)", "option 'days'", of: function)
  }

  /// Reads the options that may be argument 2; returns where the function is.
  private static func read(
    _ options: inout Options, _ call: LuaCall, of function: String, names: [String]
  ) throws(Misuse) -> Int {
    var functionIndex = 2
    if call.type(2) == .table {
      functionIndex = 3
      var read = options
      try call.readOptions(2, of: function, names: names, example: "{ jitter = 5 }") { name, value throws(Misuse) in
        guard names.contains(name) else { return false }
        switch name {
        case "jitter": read.jitter = try call.secondsOption(name, value, of: function)
        case "overlap": read.overlap = try call.choiceOption(name, value, of: function, as: TimerList.Overlap.self)
        case "tz": read.zone = try call.stringOption(name, value, of: function)
        default: read.days = try call.stringOption(name, value, of: function)
        }
        return true
      }
      options = read
    } else if call.count > 2, call.type(2) == .null {
      functionIndex = 3
    }
    try call.requireFunction(functionIndex, "function", of: function)
    return functionIndex
  }

  /// A timer without its times; nil when the script has been told that the bot is ending.
  private static func make(
    _ core: BotCore, _ call: LuaCall, _ functionIndex: Int, _ options: Options, of name: String
  ) throws(Misuse) -> TimerList.Timer? {
    guard !core.isStopping else {
      call.results.failure("stopping")
      return nil
    }
    guard core.timers.count < core.configuration.timers else {
      throw Misuse("\(name): a script may have \(core.configuration.timers) timers, not more")
    }
    guard let function = call.keep(functionIndex) else { throw Misuse("not enough memory") }
    var timer = TimerList.Timer(function: function, interval: nil, place: call.caller ?? core.script.path)
    timer.jitter = Int64(options.jitter * 1e9)
    timer.overlap = options.overlap
    return timer
  }

  private static func write(_ id: Int64, _ call: LuaCall) {
    call.results.object(ClassID.timer.rawValue, slots: 1) { $0.integer(id) }
  }

  private static func stop(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.timer, of: "Timer:stop")
    call.results.boolean(call.slotInteger(1, slot: 0).map { core.stopTimer($0) } ?? false)
    return .values
  }

  /// `start` and `reset`.
  private static func restart(_ core: BotCore, _ call: LuaCall, _ method: String) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.timer, of: method)
    let id = call.slotInteger(1, slot: 0) ?? 0
    let isActive = core.timers[id] != nil
    let known = core.timers.known(id)
    let isStart = method == "Timer:start"
    var delay: Int64?
    if !isStart, ![.none, .null].contains(call.type(2)) {
      let least = known?.interval == nil ? 0 : 0.001
      delay = Int64(try call.requireSeconds(2, of: method, atLeast: least) * 1e9)
      guard known?.calendar == nil else { throw Misuse("\(method): a timer of the calendar takes no seconds") }
    }
    guard !core.isStopping else {
      call.results.failure("stopping")
      return .values
    }
    if isActive, isStart {
      call.results.boolean(false)
      return .values
    }
    guard isActive || core.timers.count < core.configuration.timers else {
      throw Misuse("\(method): a script may have \(core.configuration.timers) timers, not more")
    }
    if core.restartTimer(id, delay: delay) {
      call.results.boolean(true)
    } else {
      call.results.failure("forgotten")
    }
    return .values
  }
}
