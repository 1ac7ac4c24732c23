import Limits
import LuaVM

/// `uc.manifest` and `uc.limits`.
enum ManifestFunctions {
  static let shapes = [manifest, limits]

  private static let manifest = APIShape(
    "uc.Manifest", "what a script says of itself",
    [
      .init("name", "string?", "what it is called; the file's name without it"),
      .init("version", "string?", "its version"), .init("description", "string?", "what it does, in a sentence"),
      .init(
        "permissions", "string[]?",
        "what it wants to be allowed: `net:` and a host, `read:` and a path; \(Limits.Lua.permissions) at most"),
    ])

  private static let limits = APIShape(
    "uc.Limits", "what the script may use",
    [
      .init("memory", "integer", "bytes that it may hold"),
      .init("handler", "number", "seconds that one run of a handler may take, up to where it ends or waits"),
      .init("stop", "number", "seconds for all `stop` handlers together"),
      .init("inbox", "integer", "events that wait for it; the oldest are dropped"),
      .init("handlers", "integer", "handlers and commands"), .init("timers", "integer", "timers that run"),
      .init("tasks", "integer", "runs that wait"), .init("text", "integer", "bytes of a message's text that it gets"),
      .init("publish", "integer", "bytes of a text that it may say"),
      .init("say_rate", "number", "texts a second"), .init("say_burst", "integer", "texts at once after a pause"),
    ])

  static let entries = [
    APIEntry(
      "uc.manifest", .function, "uc.manifest(manifest)", "Says what the script is, and what it wants to be allowed.",
      type: "fun(manifest: uc.Manifest)",
      details: """
        To be called once, at the top level. All fields are optional; others are errors. The log shows it when the \
        script starts. What a script does not list it is not refused for that: permissions are given on the command line.

        \(manifest.page("field"))

        ```lua
        uc.manifest { name = "weather", version = "1.2", permissions = { "net:api.example.org" } }
        ```
        """, .function(readManifest)),
    APIEntry(
      "uc.limits", .function, "uc.limits() -> table", "What the script may use.", type: "fun(): uc.Limits",
      details: limits.page("field"), .function(writeLimits)),
  ]

  private static let function = "uc.manifest"

  private static func readManifest(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard call.type(1) == .table else {
      throw Misuse("\(function): argument 1 (manifest) must be a table, got \(call.type(1).name)")
    }
    guard core.manifest == nil else { throw Misuse("\(function): called a second time") }
    var read = BotManifest(name: core.script.name)
    try call.readOptions(1, of: function, names: manifest.names, example: "{ name = \"weather\" }") {
      name, value throws(Misuse) in
      switch name {
      case "name": read.name = try text(call, name, value)
      case "version": read.version = try text(call, name, value)
      case "description": read.description = try text(call, name, value)
      case "permissions": read.permissions = try permissions(call, value)
      default: return false
      }
      return true
    }
    core.manifest = read
    return .values
  }

  private static func text(_ call: LuaCall, _ name: String, _ value: Int) throws(Misuse) -> String {
    let text = try call.stringOption(name, value, of: function)
    guard (1...Limits.Lua.manifestText).contains(text.utf8.count) else {
      throw Misuse("\(function): option '\(name)' must have 1 to \(Limits.Lua.manifestText) bytes")
    }
    return text
  }

  private static func permissions(_ call: LuaCall, _ index: Int) throws(Misuse) -> [String] {
    let wanted = "a list of permissions, as in { \"net:api.example.org\" }"
    guard call.type(index) == .table else {
      throw call.wrongOption("permissions", index, of: function, wanted: wanted)
    }
    var items: [(Int64, String)] = []
    var problem: Misuse?
    call.forEachField(index) { key, value in
      do throws(Misuse) {
        guard let number = call.integer(key), let item = call.string(value) else {
          throw call.wrongOption("permissions", value, of: function, wanted: wanted)
        }
        let parts = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, ["net", "read"].contains(parts[0]), !parts[1].isEmpty,
          item.utf8.count <= Limits.Lua.manifestText
        else {
          let shown = LogText.line(String(item.prefix(64)))
          throw Misuse("\(function): a permission is net:HOST or read:PATH, got '\(shown)'")
        }
        guard items.count < Limits.Lua.permissions else {
          throw Misuse("\(function): \(Limits.Lua.permissions) permissions, not more")
        }
        items.append((number, item))
      } catch {
        problem = error
      }
      return problem == nil
    }
    if let problem { throw problem }
    return items.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private static func writeLimits(_ core: BotCore, _ call: LuaCall) -> LuaOutcome {
    let configuration = core.configuration
    call.results.table { table in
      func number(_ name: String, _ value: Int) { table.field(name) { $0.integer(Int64(clamping: value)) } }
      number("memory", configuration.memory)
      table.field("handler") { $0.number(Double(configuration.handlerMilliseconds) / 1_000) }
      table.field("stop") { $0.number(Double(configuration.stopMilliseconds) / 1_000) }
      number("inbox", configuration.inbox)
      number("handlers", Limits.Lua.handlers)
      number("timers", Limits.Lua.timers)
      number("tasks", Limits.Lua.tasks)
      number("text", Limits.Chat.text)
      number("publish", Limits.Chat.publish)
      table.field("say_rate") { $0.number(Limits.Lua.sayRate) }
      number("say_burst", Int(Limits.Lua.sayBurst))
    }
    return .values
  }
}
