import Limits
import LuaVM

/// Timers and waiting.
enum TimeFunctions {
  static let entries = [
    APIEntry(
      "uc.sleep", .asyncFunction, "uc.sleep(seconds)", "Waits; other handlers run meanwhile.", .function(sleep)),
    APIEntry(
      "uc.every", .function, "uc.every(seconds, function) -> Timer | nil, code",
      "Calls the function again and again, for the first time after that many seconds.",
      .function { core, call throws(Misuse) in try timer(core, call, "uc.every", repeats: true) }),
    APIEntry(
      "uc.after", .function, "uc.after(seconds, function) -> Timer | nil, code",
      "Calls the function once, after that many seconds.",
      .function { core, call throws(Misuse) in try timer(core, call, "uc.after", repeats: false) }),
    APIEntry(
      "Timer:stop", .method, "timer:stop() -> boolean", "Ends the timer; false when it had ended already.",
      .function(stop)),
    APIEntry(
      "uc.now", .function, "uc.now() -> number", "The time in seconds since 1970, with fractions.",
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
    try call.requireFunction(2, "function", of: name)
    guard !core.isStopping else {
      call.results.failure("stopping")
      return .values
    }
    guard core.timers.timers.count < Limits.Lua.timers else {
      throw Misuse("\(name): a script may have \(Limits.Lua.timers) timers, not more")
    }
    guard let function = call.keep(2) else { throw Misuse("not enough memory") }
    let interval = Int64(seconds * 1e9)
    let timer = TimerList.Timer(
      function: function, interval: repeats ? interval : nil, place: call.caller ?? core.script.path)
    let id = core.timers.add(timer, due: core.now &+ interval)
    call.results.object(ClassID.timer.rawValue, slots: 1) { $0.integer(id) }
    return .values
  }

  private static func stop(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.timer, of: "Timer:stop")
    let removed = call.slotInteger(1, slot: 0).flatMap { core.timers.remove($0) }
    if let removed { core.lua.release(removed.function) }
    call.results.boolean(removed != nil)
    return .values
  }
}
