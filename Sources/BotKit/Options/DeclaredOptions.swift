import Limits
import LuaVM

/// What a script asks its user for: names, and defaults that say of what type the values are.
struct DeclaredOptions {
  /// The defaults by name.
  let defaults: [String: BotValue]

  /// What is wrong with what the user has set, in one line.
  struct Problem: Error, Equatable {
    var message: String
  }

  /// The value of each option: what the user has set, or the default.
  func values(from given: BotOptions) throws(Problem) -> [String: BotValue] {
    // Sorted, so that of several mistakes the same is told each time.
    for (name, value) in (Array(given.file) + Array(given.commandLine)).sorted(by: { $0.key < $1.key })
    where defaults[name] == nil {
      let near = NearestName.of(name, in: defaults.keys).map { " (did you mean '\($0)'?)" } ?? ""
      throw Problem(message: "\(value.place): the bot has no option '\(name)'\(near)")
    }
    var values = defaults
    for (name, standard) in defaults.sorted(by: { $0.key < $1.key }) {
      guard let given = given.given(name) else { continue }
      guard let value = standard.value(of: given.content) else {
        throw Problem(message: "\(given.place) must be \(standard.wanted), got \(given.content.description)")
      }
      values[name] = value
    }
    return values
  }
}

extension BotValue {
  /// What is given, as a value of this one's type; nil: it is none.
  func value(of content: BotOptions.Given.Content) -> BotValue? {
    switch content {
    case .value(let value): accepted(value)
    case .text(let text): read(text)
    case .other: nil
    }
  }

  private func accepted(_ value: BotValue) -> BotValue? {
    switch (self, value) {
    case (.boolean, .boolean), (.integer, .integer), (.number, .number), (.string, .string): return value
    // A whole number is a number, but not the other way round.
    case (.number, .integer(let integer)): return .number(Double(integer))
    case (.list(let standard), .list(let items)) where items.count <= Limits.Lua.optionItems:
      var accepted: [BotValue] = []
      for item in items {
        guard let item = (standard.first ?? .string("")).accepted(item) else { return nil }
        accepted.append(item)
      }
      return .list(accepted)
    default: return nil
    }
  }

  private func read(_ text: String) -> BotValue? {
    switch self {
    case .boolean:
      switch text.lowercased() {
      case "true", "yes", "on", "1": return .boolean(true)
      case "false", "no", "off", "0": return .boolean(false)
      default: return nil
      }
    case .integer: return Int64(text).map { .integer($0) }
    case .number: return Double(text).map { .number($0) }
    case .string: return .string(text)
    case .list(let standard):
      guard !text.isEmpty else { return .list([]) }
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      guard parts.count <= Limits.Lua.optionItems else { return nil }
      var items: [BotValue] = []
      for part in parts {
        guard let item = (standard.first ?? .string("")).read(Self.trimmed(part)) else { return nil }
        items.append(item)
      }
      return .list(items)
    }
  }

  private static func trimmed(_ part: Substring) -> String {
    var part = part
    while part.first == " " { part.removeFirst() }
    while part.last == " " { part.removeLast() }
    return String(part)
  }

  /// It on its way to a script.
  var plain: LuaPlain {
    switch self {
    case .boolean(let truth): LuaPlain(truth)
    case .integer(let integer): LuaPlain(.integer(integer))
    case .number(let number): LuaPlain(.float(number))
    case .string(let text): LuaPlain(string: Array(text.utf8))
    case .list(let items): LuaPlain(list: items.map(\.plain))
    }
  }

  /// The type, for messages.
  var wanted: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .list(let items):
      switch items.first {
      case .boolean: "a list of true and false"
      case .integer: "a list of integers"
      case .number: "a list of numbers"
      case .string, .list, nil: "a list of strings"
      }
    }
  }
}

extension BotOptions.Given.Content: CustomStringConvertible {
  /// As messages show it, cut where it is long.
  public var description: String {
    switch self {
    case .value(.boolean(let truth)): "\(truth)"
    case .value(.integer(let number)): "\(number)"
    case .value(.number(let number)): "\(number)"
    case .value(.string(let text)), .text(let text): "\"" + LogText.line(String(text.prefix(60))) + "\""
    case .value(.list): "a list"
    case .other(let words): words
    }
  }
}
