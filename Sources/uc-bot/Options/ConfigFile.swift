import BotKit
import Limits
import LuaVM
import TOMLKit
import UniversalConnectivity

/// The file of `--config`: options of the command in the table `[uc-bot]`, those of each bot in a table of its name.
struct ConfigFile: Sendable {
  /// The scripts that it wants to run.
  private(set) var scripts: [String] = []
  /// The other options of the command, as they stand on a command line.
  private(set) var arguments: [String] = []
  /// What is set for bots, by bot and option.
  private(set) var bots: [String: [String: BotOptions.Given]] = [:]

  /// The table with the options of the command.
  static let commandTable = "uc-bot"

  /// Reads the file.
  /// - Parameter problem: what is wrong with an argument of the command line; nil: nothing.
  /// - Throws: ``Failure`` that names the file, and the line where it is known.
  init(path: String, problem: (_ argument: String) -> String?) throws(Failure) {
    let text: String
    do throws(BotError) {
      text = try ScriptFile(path: path).text()
    } catch {
      // The reader says "script" of everything.
      if case .unreadable(_, let reason) = error {
        throw Failure(.noInput, "cannot read configuration \(path): \(reason)")
      }
      throw Failure(error)
    }
    try self.init(text: text, path: path, problem: problem)
  }

  /// The same with the file's text.
  init(text: String, path: String, problem: (_ argument: String) -> String?) throws(Failure) {
    guard text.utf8.count <= Limits.Lua.configFile else {
      throw Failure(.data, "\(path): a configuration has at most \(Limits.Lua.configFile) bytes")
    }
    let lines = TOMLLines(text)
    let root: TOMLTable
    do {
      root = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw Failure(.data, "\(path):\(error.source.begin.line): \(LogText.line(error.description))")
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
    for name in root.keys.sorted() {
      guard let table = root[name]?.table else {
        throw Failure(
          .data,
          "\(path):\(lines.suffix(table: nil, key: name)) '\(LogText.line(name))' stands in no table: options of the "
            + "command belong in [\(Self.commandTable)], those of a bot in a table of its name")
      }
      for key in table.keys.sorted() {
        guard let value = table[key] else { continue }
        let place = "\(path):\(lines.suffix(table: name, key: key)) \(LogText.line("\(name).\(key)"))"
        if name == Self.commandTable {
          try add(key, value, place: place, folder: Self.folder(of: path), problem: problem)
        } else {
          bots[name, default: [:]][key] = BotOptions.Given(Self.content(value), place: place)
        }
      }
    }
  }

  // MARK: Options of the command

  /// Names of files in the configuration are as seen from it, so that a service may start anywhere.
  private static let paths: Set<String> = ["scripts", "identity", "store", "files", "peers", "system-log"]
  /// What makes no sense in a file.
  private static let excluded: Set<String> = ["config", "set", "help", "version"]

  private mutating func add(
    _ key: String, _ value: any TOMLValueConvertible, place: String, folder: String, problem: (String) -> String?
  ) throws(Failure) {
    guard !Self.excluded.contains(key), key.utf8.allSatisfy({ (97...122).contains($0) || $0 == 45 }) else {
      throw Failure(.data, "\(place): the command has no such option in a file")
    }
    for text in try Self.texts(value, place: place) {
      let text = Self.paths.contains(key) && !text.hasPrefix("/") ? folder + text : text
      if key == "scripts" {
        scripts.append(text)
        continue
      }
      var argument = "--\(key)=\(text)"
      // A flag takes no value; one that is off is left out.
      if case .bool = value.type {
        if text == "false" { continue }
        argument = "--\(key)"
      }
      if let problem = problem(argument) { throw Failure(.data, "\(place): \(problem)") }
      arguments.append(argument)
    }
  }

  private static func texts(_ value: any TOMLValueConvertible, place: String) throws(Failure) -> [String] {
    func text(_ value: BotValue) -> String? {
      switch value {
      case .boolean(let truth): "\(truth)"
      case .integer(let number): "\(number)"
      case .number(let number): "\(number)"
      case .string(let text): text
      case .list: nil
      }
    }
    switch content(value) {
    case .value(.list(let items)): return items.compactMap(text)
    case .value(let value): return [text(value) ?? ""]
    case .other(let words): throw Failure(.data, "\(place): no option of the command is \(words)")
    case .text: return []
    }
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  // MARK: Values

  private static func content(_ value: any TOMLValueConvertible) -> BotOptions.Given.Content {
    switch value.type {
    case .date, .time, .dateTime: return .other("a date or time")
    case .table: return .other("a table")
    case .array:
      var items: [BotValue] = []
      for item in value.array ?? TOMLArray() {
        guard case .value(let item) = content(item) else { return .other("a list of lists, tables or dates") }
        if case .list = item { return .other("a list of lists, tables or dates") }
        items.append(item)
      }
      return .value(.list(items))
    case .bool, .int, .double, .string:
      if let truth = value.bool { return .value(.boolean(truth)) }
      if let number = value.int { return .value(.integer(Int64(number))) }
      if let number = value.double { return .value(.number(number)) }
      return .value(.string(value.string ?? ""))
    }
  }
}

/// Where keys stand in a text of TOML, for messages: the reader of the values does not tell.
private struct TOMLLines {
  private var lines: [[String]: Int] = [:]

  init(_ text: String) {
    var table: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.hasPrefix("[") {
        let name = line.dropFirst().prefix { $0 != "]" }
        table = [Self.bare(name)]
        lines[table] = lines[table] ?? index + 1
      } else if let equals = line.firstIndex(of: "=") {
        let key = table + [Self.bare(line[..<equals])]
        lines[key] = lines[key] ?? index + 1
      }
    }
  }

  /// `12:`, or nothing where it is not known, as in a key written in an unusual way.
  func suffix(table: String?, key: String) -> String {
    lines[(table.map { [$0] } ?? []) + [key]].map { "\($0):" } ?? ""
  }

  private static func bare(_ text: Substring) -> String {
    String(text.filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" })
  }
}
