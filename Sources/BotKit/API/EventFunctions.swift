import Limits
import LuaVM

/// `uc.on` and what it returns.
enum EventFunctions {
  static let entries = [
    APIEntry(
      "uc.on", .function, "uc.on(event, [options], function) -> Subscription",
      "Calls the function for each event of that name, in a coroutine of its own.", .function(on)),
    APIEntry(
      "Subscription:off", .method, "subscription:off() -> boolean",
      "Ends the subscription; false when it had ended already.", .function(off)),
  ]

  private static func on(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let name = try call.requireString(1, "event", of: "uc.on")
    guard let event = EventName(rawValue: name) else {
      let near = NearestName.of(name, in: EventName.allCases.map(\.rawValue))
      throw Misuse("uc.on: unknown event '\(name)'" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    }
    var options = Subscription.Options()
    var functionIndex = 2
    if call.type(2) == .table {
      options = try Self.options(core, call, event)
      functionIndex = 3
    } else if call.count > 2, call.type(2) == .null {
      functionIndex = 3
    }
    if functionIndex == 2, call.type(2) != .function {
      throw Misuse("uc.on: argument 2 must be a table of options or a function, got \(call.type(2).name)")
    }
    try call.requireFunction(functionIndex, "function", of: "uc.on")
    guard core.subscriptions.count < Limits.Lua.handlers else {
      throw Misuse("uc.on: a script may have \(Limits.Lua.handlers) handlers, not more")
    }
    guard let function = call.keep(functionIndex) else { throw Misuse("not enough memory") }
    let place = call.caller ?? core.script.path
    let subscription = core.subscriptions.add(event, function, options, place: place)
    call.results.object(ClassID.subscription.rawValue, slots: 1) { $0.integer(subscription.id) }
    return .values
  }

  private static func options(
    _ core: BotCore, _ call: LuaCall, _ event: EventName
  ) throws(Misuse) -> Subscription.Options {
    var options = Subscription.Options()
    var problem: Misuse?
    call.forEachField(2) { key, value in
      do throws(Misuse) {
        try read(core, call, key: key, value: value, event, into: &options)
      } catch {
        problem = error
      }
      return problem == nil
    }
    if let problem { throw problem }
    return options
  }

  private static func read(
    _ core: BotCore, _ call: LuaCall, key: Int, value: Int, _ event: EventName, into options: inout Subscription.Options
  ) throws(Misuse) {
    guard let name = call.string(key) else {
      throw Misuse("uc.on: options have names, as in { match = \"^!echo%s\" }; got \(call.type(key).name) as a name")
    }
    func wrong(_ wanted: String) -> Misuse {
      Misuse("uc.on: option '\(name)' must be \(wanted), got \(call.type(value).name)")
    }
    switch name {
    case "match" where event == .message:
      guard let pattern = call.bytes(value) else { throw wrong("a string (a Lua pattern)") }
      options.match = Array(pattern)
      if let why = LuaPattern.problem(in: Array(pattern)) { throw Misuse("uc.on: option 'match': \(why)") }
    case "room" where event == .message:
      guard let room = call.string(value) else { throw wrong("a string") }
      options.room = room
    case "from" where event.hasPeer:
      if call.classID(value) == ClassID.peer.rawValue {
        options.from = call.slotString(value, slot: 0)
      } else if let id = call.string(value) {
        // Ids have several text forms; events carry one of them.
        options.from = core.network.peer(id)?.id ?? id
      } else {
        throw wrong("a Peer or the id of one")
      }
    case "priority":
      guard let priority = call.number(value), priority.isFinite else { throw wrong("a number") }
      options.priority = priority
    case "once":
      guard call.type(value) == .boolean else { throw wrong("a boolean") }
      options.once = call.boolean(value)
    case _ where Subscription.Options.names.contains(name):
      throw Misuse("uc.on: option '\(name)' is not for event '\(event.rawValue)'")
    default:
      let near = NearestName.of(name, in: Subscription.Options.names)
      throw Misuse("uc.on: unknown option '\(name)'" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    }
  }

  private static func off(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.subscription, of: "Subscription:off")
    let removed = call.slotInteger(1, slot: 0).flatMap { core.subscriptions.remove($0) }
    if let removed { core.lua.release(removed.function) }
    call.results.boolean(removed != nil)
    return .values
  }
}
