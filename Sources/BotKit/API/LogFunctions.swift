import Limits
import Logging
import LuaVM

/// `print` and `uc.log`.
enum LogFunctions {
  static let section = APISection(
    "Log",
    """
    Every line carries the script's name. Control characters, line ends and escapes are made visible (`\\n`, `\\x1b`), \
    and lines are cut at \(Limits.Lua.logLine) bytes, so that no text of a stranger drives a terminal or forges a line.
    """,
    shapes: [LogFileFunctions.options], codes: [LogFileFunctions.codes], entries: entries + LogFileFunctions.entries)

  static let entries = [
    APIEntry(
      "print", .function, "print(...)", "Writes its arguments to the log, at level info.", type: "fun(...: any)",
      details: "As in Lua, they go through `tostring`, with tabs between.", .builtIn),
    entry(
      "debug", .debug, "Logs a message that is of use only when looking for a mistake.",
      """
      `fields` is a table of names and values (strings, numbers, booleans, peers; \(Limits.Lua.logFields) at most), \
      which `--log json` keeps apart:

      ```lua
      uc.on("message", function(msg) uc.log.info("chat", { from = msg.from, text = msg.text }) end)
      ```
      """),
    entry("info", .info, "Logs a message.", "`fields` as above."),
    entry("warn", .warning, "Logs a message that somebody should look at some time.", "`fields` as above."),
    entry(
      "error", .error, "Logs a message that somebody should look at soon. The script goes on.", "`fields` as above."),
  ]

  private static func entry(_ name: String, _ level: Logger.Level, _ summary: String, _ details: String) -> APIEntry {
    APIEntry(
      "uc.log.\(name)", .function, "uc.log.\(name)(message, [fields])", summary,
      type: "fun(message: string|number, fields?: table<string, any>)", details: details,
      .function { core, call throws(Misuse) in try log(core, call, "uc.log.\(name)", level) })
  }

  private static func log(
    _ core: BotCore, _ call: LuaCall, _ function: String, _ level: Logger.Level
  ) throws(Misuse) -> LuaOutcome {
    let text = try call.requireText(1, "message", of: function)
    guard [.none, .null, .table].contains(call.type(2)) else {
      throw Misuse("\(function): argument 2 (fields) must be a table, got \(call.type(2).name)")
    }
    guard core.log.isOn(level), core.lineLimit.take(now: core.now) else { return .values }
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
