import Limits
import Logging
import LuaVM

/// `print` and `uc.log`.
enum LogFunctions {
  static let entries = [
    APIEntry(
      "print", .function, "print(...)", "Writes its arguments to the log, at level info.", .builtIn),
    entry("debug", .debug, "Logs a message that is of use only when looking for a mistake."),
    entry("info", .info, "Logs a message."),
    entry("warn", .warning, "Logs a message that somebody should look at some time."),
    entry("error", .error, "Logs a message that somebody should look at soon. The script goes on."),
  ]

  private static func entry(_ name: String, _ level: Logger.Level, _ summary: String) -> APIEntry {
    APIEntry(
      "uc.log.\(name)", .function, "uc.log.\(name)(message, [fields])", summary,
      .function { core, call throws(Misuse) in try log(core, call, "uc.log.\(name)", level) })
  }

  private static func log(
    _ core: BotCore, _ call: LuaCall, _ function: String, _ level: Logger.Level
  ) throws(Misuse) -> LuaOutcome {
    let text = try call.requireText(1, "message", of: function)
    guard [.none, .null, .table].contains(call.type(2)) else {
      throw Misuse("\(function): argument 2 (fields) must be a table, got \(call.type(2).name)")
    }
    guard core.log.isOn(level) else { return .values }
    var fields: [(name: String, value: String)] = []
    call.forEachField(2) { key, value in
      fields.append((call.written(key), call.written(value)))
      return fields.count < Limits.Lua.logFields
    }
    core.log.log(level, text, fields: fields)
    return .values
  }
}

extension LuaCall {
  /// A value in words.
  fileprivate func written(_ index: Int) -> String {
    switch type(index) {
    case .string: return string(index) ?? ""
    case .boolean: return boolean(index) ? "true" : "false"
    case .number: return integer(index).map { "\($0)" } ?? number(index).map { "\($0)" } ?? ""
    case .object: return slotString(index, slot: 0) ?? "object"
    default: return type(index).name
    }
  }
}
