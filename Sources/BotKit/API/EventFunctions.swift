import Limits
import LuaVM

/// `uc.on`, its kin, and what they return.
enum EventFunctions {
  static let section = APISection(
    "Events", shapes: EventName.shapes,
    codes: [APICodes("uc.WaitCode", [("timeout", "nothing that fits came in time")])], entries: entries)

  static let entries = [
    APIEntry(
      "uc.on", .function, "uc.on(event, [options], function) -> Subscription",
      "Calls the function for each event of that name, in a coroutine of its own.",
      type: "fun(event: <event>, options?: <options>, fn: <handler>): uc.Subscription",
      details: """
        \(EventName.page)

        Options, all of them optional:

        \(Subscription.Options.Name.page)

        A handler that returns [`uc.STOP`](#ucstop---value) keeps the event from those behind it.

        A bot never hears its own messages. For a handler with `serial`, \(Limits.Lua.serialQueue) events wait at most; \
        more are dropped, with a warning in the log. A `match` that would take longer than a few milliseconds for some \
        text leaves that message out for that handler, with a warning in the log. A script may have \
        \(Limits.Lua.handlers) handlers.
        """,
      .function { core, call throws(Misuse) in try on(core, call, "uc.on", once: false) }),
    APIEntry(
      "uc.once", .function, "uc.once(event, [options], function) -> Subscription",
      "Calls the function for the next event that fits, and never again.",
      type: "fun(event: <event>, options?: <options>, fn: <handler>): uc.Subscription",
      details: "As `uc.on` with the option `once`.",
      .function { core, call throws(Misuse) in try on(core, call, "uc.once", once: true) }),
    APIEntry(
      "uc.hear", .function, "uc.hear(pattern, [options], function) -> Subscription",
      "Calls the function with each message that matches, and what the pattern captured.",
      type:
        "fun(pattern: string, options?: uc.MessageOptions, fn: (async fun(message: uc.Message, ...: string|integer): "
        + "any)): uc.Subscription",
      details: """
        The options are those of `uc.on` for `message`, without `match`.

        ```lua
        uc.hear("^(%d+) %+ (%d+)$", function(msg, a, b)
          msg:reply(a .. " + " .. b .. " = " .. math.tointeger(a) + math.tointeger(b))
        end)
        ```
        """, .function(hear)),
    APIEntry(
      "uc.wait", .asyncFunction, "uc.wait(event, [options]) -> event | nil, code",
      "Waits for the next event that fits, and returns what a handler of it would get.",
      type: "async fun(event: <event>, options?: <waiting>): <payload>?, uc.WaitCode?",
      details: """
        *Waits.* The options are `timeout` (seconds; without it the call waits for ever) and, as for `uc.on`, `match`, \
        `from`, `room` and `bots`. The code is `timeout`. Every event but \
        \(EventName.allCases.filter { !$0.canBeWaitedFor }.map { "`\($0.rawValue)`" }.joined(separator: ", ")) \
        can be waited for.

        This is how a bot has a conversation:

        ```lua
        uc.on("message", { match = "^!order" }, function(msg)
          msg:reply("tea or coffee?")
          local answer = uc.wait("message", { from = msg.from, room = msg.room, timeout = 60 })
          if not answer then return end
          msg:reply("one " .. uc.trim(answer.text) .. " for " .. msg.from.short)
        end)
        ```

        An event goes to the calls that wait for it first, and then to the handlers as well. A conversation does not \
        outlive the bot: after a restart nobody waits any more.
        """, .function(wait)),
    APIEntry(
      "uc.STOP", .constant, "uc.STOP -> value",
      "What a handler returns to keep an event from the handlers behind it.", type: "uc.STOP",
      details: """
        It counts when the handler returns it without having waited, and without having been held back by `serial`: by \
        then the others have run.
        """,
      .constant { _, writer in writer.object(ClassID.stop.rawValue, slots: 0) { _ in } }),
    APIEntry(
      "Subscription:off", .method, "subscription:off() -> boolean",
      "Ends the subscription; false when it had ended already.", type: "fun(): boolean",
      details: "Runs that have begun go on.", .function(off)),
  ]

  private static func on(_ core: BotCore, _ call: LuaCall, _ function: String, once: Bool) throws(Misuse) -> LuaOutcome
  {
    let event = try event(call, of: function)
    var options = Subscription.Options(once: once)
    let functionIndex = try optionsAndFunction(core, call, event, function, into: &options)
    return try subscribe(core, call, event, options, functionIndex, of: function)
  }

  private static func hear(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    var options = Subscription.Options()
    options.capturesAreArguments = true
    let pattern = try call.requirePattern(1, "pattern", of: "uc.hear")
    let functionIndex = try optionsAndFunction(core, call, .message, "uc.hear", into: &options)
    guard options.match == nil else { throw Misuse("uc.hear: option 'match' is argument 1 here") }
    options.match = pattern
    return try subscribe(core, call, .message, options, functionIndex, of: "uc.hear")
  }

  private static func wait(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let event = try event(call, of: "uc.wait")
    guard event.canBeWaitedFor else {
      throw Misuse("uc.wait: event '\(event.rawValue)' cannot be waited for; use uc.on")
    }
    var options = Subscription.Options()
    var timeout: Double?
    let names = Subscription.Options.filterNames + ["timeout"]
    guard [.none, .null, .table].contains(call.type(2)) else {
      throw Misuse("uc.wait: argument 2 (options) must be a table, got \(call.type(2).name)")
    }
    try call.readOptions(2, of: "uc.wait", names: names, example: "{ timeout = 30 }") { name, value throws(Misuse) in
      if name == "timeout" {
        timeout = try call.secondsOption(name, value, of: "uc.wait")
        return true
      }
      guard names.contains(name) else { return false }
      return try read(core, call, name, value, event, "uc.wait", into: &options)
    }
    try call.requireWait("uc.wait")
    core.letOthersPass()
    let token = core.beginWait()
    core.waiters.add(event, options, token: token)
    if let timeout { core.timers.schedule(.wait(token), at: core.now &+ Int64(timeout * 1e9)) }
    return .wait
  }

  // MARK: Arguments

  private static func event(_ call: LuaCall, of function: String) throws(Misuse) -> EventName {
    let name = try call.requireString(1, "event", of: function)
    guard let event = EventName(rawValue: name) else {
      let near = NearestName.of(name, in: EventName.allCases.map(\.rawValue))
      throw Misuse("\(function): unknown event '\(name)'" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    }
    return event
  }

  /// Reads the options that may be argument 2; returns where the function is.
  private static func optionsAndFunction(
    _ core: BotCore, _ call: LuaCall, _ event: EventName, _ function: String, into options: inout Subscription.Options
  ) throws(Misuse) -> Int {
    var functionIndex = 2
    if call.type(2) == .table {
      var read = options
      try call.readOptions(
        2, of: function, names: Subscription.Options.names, example: "{ match = \"^!echo%s\" }"
      ) { name, value throws(Misuse) in
        try Self.read(core, call, name, value, event, function, into: &read)
      }
      options = read
      functionIndex = 3
    } else if call.count > 2, call.type(2) == .null {
      functionIndex = 3
    }
    if functionIndex == 2, call.type(2) != .function {
      throw Misuse("\(function): argument 2 must be a table of options or a function, got \(call.type(2).name)")
    }
    try call.requireFunction(functionIndex, "function", of: function)
    return functionIndex
  }

  private static func subscribe(
    _ core: BotCore, _ call: LuaCall, _ event: EventName, _ options: Subscription.Options, _ functionIndex: Int,
    of function: String
  ) throws(Misuse) -> LuaOutcome {
    let kept = try core.keepHandler(call, functionIndex, of: function)
    let subscription = core.subscriptions.add(event, kept, options, place: call.caller ?? core.script.path)
    call.results.object(ClassID.subscription.rawValue, slots: 1) { $0.integer(subscription.id) }
    return .values
  }

  /// Reads one option; false when there is none of that name.
  private static func read(
    _ core: BotCore, _ call: LuaCall, _ name: String, _ value: Int, _ event: EventName, _ function: String,
    into options: inout Subscription.Options
  ) throws(Misuse) -> Bool {
    func wrong(_ wanted: String) -> Misuse {
      Misuse("\(function): option '\(name)' must be \(wanted), got \(call.type(value).name)")
    }
    guard let option = Subscription.Options.Name(rawValue: name) else { return false }
    switch option {
    case _ where !option.isFor(event):
      throw Misuse("\(function): option '\(name)' is not for event '\(event.rawValue)'")
    case .match:
      guard let pattern = call.bytes(value) else { throw wrong("a string (a Lua pattern)") }
      options.match = Array(pattern)
      if let why = LuaPattern.problem(in: Array(pattern)) { throw Misuse("\(function): option 'match': \(why)") }
    case .room:
      guard let room = call.string(value) else { throw wrong("a string") }
      options.room = room
    case .bots:
      options.bots = try call.booleanOption(name, value, of: function)
    case .from:
      guard let id = core.peerID(call, value) else { throw wrong("a Peer or the id of one") }
      options.from = id
    case .priority:
      guard let priority = call.number(value), priority.isFinite else { throw wrong("a number") }
      options.priority = priority
    case .once:
      guard call.type(value) == .boolean else { throw wrong("a boolean") }
      options.once = options.once || call.boolean(value)
    case .serial:
      let serial = try call.choiceOption(name, value, of: function, as: Subscription.Serial.self)
      guard serial != .peer || event.hasPeer else {
        throw Misuse("\(function): option 'serial' cannot be \"peer\" for event '\(event.rawValue)', which has none")
      }
      options.serial = serial
    }
    return true
  }

  private static func off(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.subscription, of: "Subscription:off")
    let removed = call.slotInteger(1, slot: 0).flatMap { core.subscriptions.remove($0) }
    if let removed { core.lua.release(removed.function) }
    call.results.boolean(removed != nil)
    return .values
  }
}

extension BotCore {
  /// Keeps the function of a new handler, unless there are too many of them.
  func keepHandler(_ call: LuaCall, _ index: Int, of function: String) throws(Misuse) -> LuaReference {
    guard subscriptions.count < Limits.Lua.handlers else {
      throw Misuse("\(function): a script may have \(Limits.Lua.handlers) handlers, not more")
    }
    guard let kept = call.keep(index) else { throw Misuse("not enough memory") }
    return kept
  }

  /// The id of the peer that a value names: a Peer, or an id in any of its text forms. nil when it is neither.
  func peerID(_ call: LuaCall, _ index: Int) -> String? {
    if call.classID(index) == ClassID.peer.rawValue { return call.slotString(index, slot: 0) }
    // Ids have several text forms; events carry one of them.
    return call.string(index).map { network.peer($0)?.id ?? $0 }
  }
}
