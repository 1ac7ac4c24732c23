import Limits
import LuaVM

/// Functions that run beside each other.
enum TaskFunctions {
  static let section = APISection(
    "Tasks",
    """
    A task is a function that runs beside its caller, in a coroutine of its own. It runs while others wait, never at the \
    same time. Runs that wait, of handlers, timers and tasks together, may be \(Limits.Lua.tasks). A function takes and \
    gives \(Limits.Lua.keptValues) values at most.
    """,
    codes: [
      APICodes("uc.StoppingCode", [("stopping", "the bot is ending")]),
      APICodes("uc.TimeoutCode", [("timeout", "the time was over")]), joinCodes,
    ],
    entries: entries)

  private static let joinCodes = APICodes(
    "uc.JoinCode",
    [
      ("failed", "there was an error in it; a third result is its text"),
      ("cancelled", "it was ended by `cancel`"),
      ("timeout", "it goes on"),
      ("forgotten", "it ended long ago: the results of the last \(Limits.Lua.endedTasks) tasks are kept"),
    ])

  static let entries = [
    APIEntry(
      "uc.spawn", .function, "uc.spawn(function, ...) -> Task | nil, code",
      "Runs the function beside the caller, with the arguments behind it.",
      type: "fun(fn: (async fun(...: any): any), ...: any): uc.Task?, uc.StoppingCode?",
      details: """
        It begins when the caller has ended or waits. An error in it is logged. The code is `stopping`: the bot is ending.
        """, .function(spawn)),
    APIEntry(
      "uc.defer", .function, "uc.defer(function, ...)",
      "Runs the function when what is under way has ended or waits.",
      type: "fun(fn: (async fun(...: any): any), ...: any)",
      details: """
        As `uc.spawn` without a handle: it can be called where nothing can wait, and then the function can.
        """, .function(deferRun)),
    APIEntry(
      "uc.timeout", .asyncFunction, "uc.timeout(seconds, function, ...) -> results | nil, code",
      "Runs the function, for no longer than that, and returns what it returns.",
      type: "async fun(seconds: number, fn: (async fun(...: any): any), ...: any): any, any",
      details: """
        *Waits.* An error in the function is raised here. The code is `timeout`: the time was over, and the function \
        has been ended where it waited.

        ```lua
        uc.command("rtt", function(msg)
          local rtt, problem = uc.timeout(2, function() return msg.from:ping() end)
          msg:reply(rtt and rtt .. " s" or "no answer: " .. problem)
        end)
        ```
        """, .function(timeout)),
    APIEntry(
      "uc.all", .asyncFunction, "uc.all(functions) -> results",
      "Runs the functions of a list beside each other, and returns the first result of each.",
      type: "async fun(functions: (async fun(): any)[]): ...any",
      details: """
        They come in the order of the list. *Waits* until the last has ended. An error in one ends the others where \
        they wait and is raised here. \(Limits.Lua.group) functions at most.

        ```lua
        uc.command("compare", { args = { { "a", type = "peer" }, { "b", type = "peer" } } }, function(msg, args)
          local a, b = uc.all { function() return args.a:ping() end, function() return args.b:ping() end }
          if a and b then msg:reply((a < b and args.a or args.b).short .. " is nearer") end
        end)
        ```
        """, .function(all)),
    APIEntry(
      "Task:cancel", .method, "task:cancel() -> boolean",
      "Ends the task where it waits; false when it had ended already.", type: "fun(): boolean",
      details: """
        Its `<close>` variables are closed. What it waits for with `uc.timeout` and `uc.all` ends with it; tasks that it \
        has spawned go on.
        """, .function(cancel)),
    APIEntry(
      "Task:join", .asyncMethod, "task:join([seconds]) -> results | nil, code",
      "Waits for the end of the task, and returns what its function returned.",
      type: "async fun(seconds?: number): any, any, string?",
      details: """
        *Waits*, no longer than so many seconds if they are given.

        \(joinCodes.page)
        """, .function(join)),
    APIEntry(
      "Task:done", .method, "task:done() -> boolean", "Whether the task has ended, in whatever way.",
      type: "fun(): boolean", .function(done)),
  ]

  private static func spawn(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireFunction(1, "function", of: "uc.spawn")
    guard !core.isStopping else {
      call.results.failure("stopping")
      return .values
    }
    let task = try begin(core, call, function: 1, of: "uc.spawn", hasHandle: true)
    call.results.object(ClassID.task.rawValue, slots: 1) { $0.integer(task.id) }
    return .values
  }

  private static func deferRun(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireFunction(1, "function", of: "uc.defer")
    _ = try begin(core, call, function: 1, of: "uc.defer", hasHandle: false)
    return .values
  }

  private static func timeout(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let seconds = try call.requireSeconds(1, of: "uc.timeout")
    try call.requireFunction(2, "function", of: "uc.timeout")
    try call.requireWait("uc.timeout")
    let group = TaskGroup(token: core.newToken(), valuesOfEach: Limits.Lua.keptValues)
    _ = try begin(core, call, function: 2, of: "uc.timeout", hasHandle: false, group: group)
    core.groups[group.token] = group
    core.timers.schedule(.wait(group.token), at: core.now &+ Int64(seconds * 1e9))
    core.beginWait(with: group.token)
    return .wait
  }

  private static func all(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard call.type(1) == .table else {
      throw Misuse("uc.all: argument 1 (functions) must be a list of functions, got \(call.type(1).name)")
    }
    try call.requireWait("uc.all")
    var functions: [(Int64, LuaReference)] = []
    var problem: Misuse?
    call.forEachField(1) { key, value in
      if functions.count >= Limits.Lua.group {
        problem = Misuse("uc.all: \(Limits.Lua.group) functions at once, not more")
      } else if let number = call.integer(key), call.type(value) == .function {
        if let kept = call.keep(value) {
          functions.append((number, kept))
        } else {
          problem = Misuse("not enough memory")
        }
      } else {
        problem = Misuse(
          "uc.all: argument 1 (functions) must be a list of functions, got \(call.type(value).name) in it")
      }
      return problem == nil
    }
    if problem == nil, core.taskCount + functions.count > core.configuration.tasks { problem = tooMany(core, "uc.all") }
    if let problem {
      for (_, function) in functions { core.lua.release(function) }
      throw problem
    }
    guard !functions.isEmpty else { return .values }
    let group = TaskGroup(token: core.newToken(), valuesOfEach: 1)
    let place = call.caller ?? core.script.path
    for (_, function) in functions.sorted(by: { $0.0 < $1.0 }) {
      _ = core.spawn(function, arguments: nil, place: place, hasHandle: false, group: group)
    }
    core.groups[group.token] = group
    core.beginWait(with: group.token)
    return .wait
  }

  private static func begin(
    _ core: BotCore, _ call: LuaCall, function index: Int, of name: String, hasHandle: Bool, group: TaskGroup? = nil
  ) throws(Misuse) -> ScriptTask {
    guard core.taskCount < core.configuration.tasks else { throw tooMany(core, name) }
    guard call.count - index <= Limits.Lua.keptValues else {
      throw Misuse("\(name): \(Limits.Lua.keptValues) arguments for the function, not more")
    }
    guard let function = call.keep(index) else { throw Misuse("not enough memory") }
    var arguments: LuaReference?
    if call.count > index {
      arguments = call.keepArguments(from: index + 1)
      guard arguments != nil else {
        core.lua.release(function)
        throw Misuse("not enough memory")
      }
    }
    return core.spawn(
      function, arguments: arguments, place: call.caller ?? core.script.path, hasHandle: hasHandle, group: group)
  }

  private static func tooMany(_ core: BotCore, _ function: String) -> Misuse {
    Misuse("\(function): a script may have \(core.configuration.tasks) runs that wait, not more")
  }

  // MARK: Methods

  private static func task(_ core: BotCore, _ call: LuaCall, _ method: String) throws(Misuse) -> ScriptTask? {
    try call.requireSelf(.task, of: method)
    return call.slotInteger(1, slot: 0).flatMap { core.tasks[$0] }
  }

  private static func cancel(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let task = try task(core, call, "Task:cancel")
    if let task, core.isRunning(task) {
      throw Misuse("Task:cancel: a task cannot cancel itself; let its function return")
    }
    call.results.boolean(task.map { core.cancel($0) } ?? false)
    return .values
  }

  private static func done(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let task = try task(core, call, "Task:done")
    call.results.boolean(task?.hasEnded ?? true)
    return .values
  }

  private static func join(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let task = try task(core, call, "Task:join")
    let timeout = [.none, .null].contains(call.type(2)) ? nil : try call.requireSeconds(2, of: "Task:join")
    guard let task else {
      call.results.failure("forgotten")
      return .values
    }
    guard !task.hasEnded else {
      core.write(endOf: task, to: call.results)
      return .values
    }
    guard !core.isRunning(task) else { throw Misuse("Task:join: a task cannot wait for its own end") }
    try call.requireWait("Task:join")
    let token = core.beginWait()
    task.joiners.append(token)
    core.joins[token] = task
    if let timeout { core.timers.schedule(.wait(token), at: core.now &+ Int64(timeout * 1e9)) }
    return .wait
  }
}
