import BotKit
import LuaVM
import UniversalConnectivity

/// Where the users' options of the bots come from; read at the start, and again when the file changes.
struct OptionSources: Sendable {
  /// The file of `--config`.
  var file: String?
  /// The variables that begin with `UC_BOT_`.
  var environment: [String: String] = [:]
  /// What `--set` says, by bot and option.
  var commandLine: [String: [String: BotOptions.Given]] = [:]

  init() {}

  /// - Parameters:
  ///   - file: The file of `--config`.
  ///   - settings: What stands behind `--set`.
  init(file: String?, settings: [String], environment: [String: String]) throws(UsageError) {
    self.file = file
    self.environment = environment.filter { $0.key.hasPrefix("UC_BOT_") }
    for setting in settings {
      guard let equals = setting.firstIndex(of: "="),
        let dot = setting[..<equals].lastIndex(of: "."), dot > setting.startIndex,
        setting.index(after: dot) < equals
      else {
        throw UsageError(
          "--set \(TerminalText.sanitized(setting, limit: 60)): wanted is name.key=value, such as greeter.text=hello")
      }
      let key = String(setting[setting.index(after: dot)..<equals])
      let name = String(setting[..<dot])
      commandLine[name, default: [:]][key] = BotOptions.Given(
        .text(String(setting[setting.index(after: equals)...])), place: "--set \(LogText.line("\(name).\(key)"))")
    }
  }

  /// Reads the file; nil: there is none to read.
  func read() throws(Failure) -> ConfigFile? {
    guard let file else { return nil }
    return try ConfigFile(path: file, problem: RunCommand.problem)
  }

  /// What is set for one bot.
  func options(of bot: String, file: ConfigFile?) -> BotOptions {
    var options = BotOptions(bot: bot)
    options.file = file?.bots[bot] ?? [:]
    options.environment = environment
    options.commandLine = commandLine[bot] ?? [:]
    return options
  }

  /// What was set in vain, each in one line.
  /// - Parameter bots: The bots that run, and the options that each has; nil: it asks for none.
  func unused(_ bots: [String: Set<String>?], file: ConfigFile?) -> [String] {
    var lines: [String] = []
    let given = (file?.bots ?? [:]).merging(commandLine) { $0.merging($1) { $1 } }
    for (name, options) in given.sorted(by: { $0.key < $1.key }) where bots[name].flatMap({ $0 }) == nil {
      let places = options.values.map(\.place).sorted().joined(separator: ", ")
      if bots[name] != nil {
        lines.append("\(places): the bot '\(LogText.line(name))' asks for no options")
      } else {
        let near = NearestName.of(name, in: bots.keys).map { " (did you mean '\($0)'?)" } ?? ""
        lines.append("\(places): no bot '\(LogText.line(name))' runs\(near)")
      }
    }
    var known: Set<String> = []
    for (name, options) in bots {
      let prefix = BotOptions(bot: name).variablePrefix
      for option in options ?? [] { known.insert(prefix + BotOptions.variable(option)) }
    }
    for variable in environment.keys.sorted() where !known.contains(variable) {
      let near = NearestName.of(variable, in: known).map { " (did you mean \($0)?)" } ?? ""
      lines.append("\(LogText.line(variable)): no bot that runs has this option\(near)")
    }
    return lines
  }
}
