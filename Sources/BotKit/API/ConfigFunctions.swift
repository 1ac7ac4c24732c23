import Limits
import LuaVM

/// `uc.config`: what a script lets its user choose.
enum ConfigFunctions {
  static let section = APISection(
    "Options of the user",
    """
    A script names what its user may set, and what holds when nothing is set:

    ```lua
    local o = uc.config { text = "welcome %s", again_after = 86400, quiet = false, languages = { "en" } }

    uc.on("peer_subscribe", function(ev)
      if not o.quiet then uc.say(o.text:format(ev.peer.short)) end
    end)
    ```

    The user of `bots/greeter.lua` sets them in a file that `--config FILE` names, in the environment, or on the command \
    line, of which each wins over the one before:

    ```toml
    # bots.toml
    [greeter]
    text = "hello %s"
    languages = ["en", "de"]
    ```

    ```sh
    UC_BOT_GREETER_QUIET=yes uc-bot bots/greeter.lua --config bots.toml --set greeter.again_after=60
    ```

    Names of variables are `UC_BOT_`, the script's name without `.lua`, `_`, and the option's name, all in capitals, \
    with `_` for whatever is neither a letter nor a digit. In variables and behind `--set`, lists have commas between \
    their items, and booleans are `true` or `false`, `yes` or `no`, `on` or `off`, `1` or `0`.

    What is set must be of the default's type, and an option of the file or of `--set` that the script does not have is \
    an error: both end the script, and the message says where the mistake is. For scripts that do not run, or do not \
    call `uc.config`, a warning tells what was set in vain.
    """, entries: entries)

  private static let entries = [
    APIEntry(
      "uc.config", .function, "uc.config(defaults) -> Config", "The options of the script, as its user has set them.",
      type: "fun(defaults: table<string, any>): table<string, any>",
      details: """
        The defaults are booleans, numbers, strings, and lists of these; they give each option its type. An integer \
        takes integers only: write `60.0` where fractions are welcome. The items of a list have one type, and those of \
        an empty list are strings. A script calls it once, with at most \(Limits.Lua.options) options of at most \
        \(Limits.Lua.optionItems) items.

        What it returns is no table: its fields cannot be set, reading one that is not among the defaults is an error, \
        and each read gives **the value of now**. When the file is read anew (on SIGHUP, and under `--watch` whenever it \
        changes) the fields have changed by the time that `uc.on("config", …)` is called, whose `ev.changed` has the \
        new values by name. A file that has become wrong is told in the log, and changes nothing.
        """, .function(config))
  ]

  private static func config(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard call.type(1) == .table else {
      throw Misuse("uc.config: argument 1 (defaults) must be a table, got \(call.type(1).name)")
    }
    if core.declaredOptions != nil { throw Misuse("uc.config: a script calls it once") }
    let declared = DeclaredOptions(defaults: try defaults(call))
    do throws(DeclaredOptions.Problem) {
      core.optionValues = try declared.values(from: core.options)
    } catch {
      throw Misuse("uc.config: \(error.message)")
    }
    let members = declared.defaults.keys.sorted().map { name in
      (
        name: name,
        member: LuaClass.Member.computed { [unowned core] call in
          if let value = core.optionValues[name] { call.results.value(value) } else { call.results.null() }
          return .values
        }
      )
    }
    do throws(LuaError) {
      try core.lua.define(LuaClass(id: ClassID.config.rawValue, name: ClassID.config.name, members: members))
    } catch {
      throw Misuse("not enough memory")
    }
    core.declaredOptions = declared
    call.results.object(ClassID.config.rawValue, slots: 0) { _ in }
    return .values
  }

  // MARK: Defaults

  private static func defaults(_ call: LuaCall) throws(Misuse) -> [String: BotValue] {
    var defaults: [String: BotValue] = [:]
    var problem: Misuse?
    call.forEachField(1) { key, value in
      do throws(Misuse) {
        guard let name = call.string(key), isName(name) else {
          throw Misuse(
            "uc.config: names of options are letters, digits and _, and begin with a letter; got "
              + (call.string(key).map { "'\(LogText.line(String($0.prefix(40))))'" } ?? call.type(key).name))
        }
        guard defaults.count < Limits.Lua.options else {
          throw Misuse("uc.config: a script may have \(Limits.Lua.options) options, not more")
        }
        defaults[name] = try self.value(call, value, of: name)
      } catch {
        problem = error
      }
      return problem == nil
    }
    if let problem { throw problem }
    return defaults
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= 64, !(48...57).contains(first), first != 95 else {
      return false
    }
    return name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
    }
  }

  private static func value(_ call: LuaCall, _ index: Int, of name: String) throws(Misuse) -> BotValue {
    if let scalar = scalar(call, index) { return scalar }
    guard call.type(index) == .table else {
      throw Misuse(
        "uc.config: the default of '\(name)' must be a boolean, a number, a string or a list of these, got "
          + call.type(index).name)
    }
    var items: [Int64: BotValue] = [:]
    var isList = true
    call.forEachField(index) { key, value in
      guard let position = call.integer(key), let item = scalar(call, value), items.count < Limits.Lua.optionItems
      else {
        isList = false
        return false
      }
      items[position] = item
      return true
    }
    let list = (0..<items.count).compactMap { items[Int64($0) + 1] }
    guard isList, list.count == items.count, list.allSatisfy({ $0.wanted == list[0].wanted }) else {
      throw Misuse(
        "uc.config: the default of '\(name)' must be a list of at most \(Limits.Lua.optionItems) items of one type: "
          + "booleans, integers, floats or strings")
    }
    return .list(list)
  }

  private static func scalar(_ call: LuaCall, _ index: Int) -> BotValue? {
    switch call.type(index) {
    case .boolean: return .boolean(call.boolean(index))
    case .string: return call.string(index).map { .string($0) }
    case .number:
      switch (try? call.plain(index, limit: 32))?.number {
      case .integer(let integer): return .integer(integer)
      case .float(let float): return .number(float)
      case nil: return nil
      }
    default: return nil
    }
  }
}
