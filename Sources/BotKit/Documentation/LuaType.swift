/// A type as editors write it (LuaCATS): what `type:` of the API's table is read into.
indirect enum LuaType: Equatable, Sendable {
  /// A name, such as `uc.Peer` or `table<string, any>`.
  case named(String, [LuaType])
  /// `"skip"`, `5`.
  case literal(String)
  case union([LuaType])
  /// `T?`
  case optional(LuaType)
  /// `T[]`
  case list(LuaType)
  case function(Function)
  /// `{ a: T, b?: T }`
  case record([Function.Parameter])
  /// `...T`, as the last result: any number of them.
  case many(LuaType)

  /// `async fun(name?: T, ...: T): T, T`
  struct Function: Equatable, Sendable {
    var isAsync = false
    var parameters: [Parameter] = []
    var results: [LuaType] = []

    struct Parameter: Equatable, Sendable {
      /// `...` for those without names.
      var name: String
      var isOptional = false
      var type: LuaType
    }
  }

  /// Reads a type. What follows it is an error.
  init(_ text: String) throws(LuaTypeError) {
    var parser = LuaTypeParser(text)
    self = try parser.type()
    try parser.end()
  }

  /// All names in it.
  var names: [String] {
    switch self {
    case .named(let name, let arguments): [name] + arguments.flatMap(\.names)
    case .literal: []
    case .union(let types): types.flatMap(\.names)
    case .optional(let type), .list(let type), .many(let type): type.names
    case .record(let fields): fields.flatMap(\.type.names)
    case .function(let function):
      function.parameters.flatMap(\.type.names) + function.results.flatMap(\.names)
    }
  }

  /// Whether `nil` is one of its values.
  var isOptional: Bool {
    switch self {
    case .optional, .named("nil", _), .named("any", _): true
    case .union(let types): types.contains(where: \.isOptional)
    default: false
    }
  }

  /// It without the `nil`.
  var withoutNil: LuaType {
    switch self {
    case .optional(let type): type
    case .union(let types): .union(types.map(\.withoutNil))
    default: self
    }
  }

  /// The texts that it may be.
  var texts: [String] {
    switch self {
    case .literal(let text) where text.hasPrefix("\""): [String(text.dropFirst().dropLast())]
    case .union(let types): types.flatMap(\.texts)
    case .optional(let type): type.texts
    default: []
    }
  }
}

extension LuaType: CustomStringConvertible {
  var description: String {
    switch self {
    case .named(let name, let arguments):
      name + (arguments.isEmpty ? "" : "<" + arguments.map(\.description).joined(separator: ", ") + ">")
    case .literal(let text): text
    case .union(let types): types.map(\.inUnion).joined(separator: "|")
    case .optional(let type): type.asPart + "?"
    case .list(let type): type.asPart + "[]"
    case .many(let type): "...\(type)"
    case .record(let fields): "{ " + fields.map(\.description).joined(separator: ", ") + " }"
    case .function(let function): "\(function)"
    }
  }

  private var inUnion: String {
    if case .function = self { "(\(self))" } else { description }
  }

  private var asPart: String {
    switch self {
    case .union, .function: "(\(self))"
    default: description
    }
  }
}

extension LuaType.Function: CustomStringConvertible {
  var description: String {
    (isAsync ? "async " : "") + "fun(" + parameters.map(\.description).joined(separator: ", ") + ")"
      + (results.isEmpty ? "" : ": " + results.map(\.description).joined(separator: ", "))
  }
}

extension LuaType.Function.Parameter: CustomStringConvertible {
  var description: String {
    // Further parameters would look like further results of it.
    if case .function(let function) = type, !function.results.isEmpty { return "\(shownName): (\(type))" }
    return "\(shownName): \(type)"
  }

  private var shownName: String { name + (isOptional ? "?" : "") }
}

/// What is wrong with a type, and where.
struct LuaTypeError: Error, CustomStringConvertible {
  var description: String
}

/// Reads types, from left to right.
private struct LuaTypeParser {
  private let text: String
  private var rest: Substring

  init(_ text: String) {
    self.text = text
    rest = text[...]
  }

  /// A union, or what it consists of.
  mutating func type() throws(LuaTypeError) -> LuaType {
    var types = [try part()]
    while take("|") { types.append(try part()) }
    return types.count == 1 ? types[0] : .union(types)
  }

  mutating func end() throws(LuaTypeError) {
    skipSpaces()
    guard rest.isEmpty else { throw problem("'\(rest)' is too much") }
  }

  private mutating func part() throws(LuaTypeError) -> LuaType {
    var type = try first()
    while true {
      if take("[]") {
        type = .list(type)
      } else if take("?") {
        type = .optional(type)
      } else {
        return type
      }
    }
  }

  private mutating func first() throws(LuaTypeError) -> LuaType {
    if take("(") {
      let type = try type()
      guard take(")") else { throw problem("a ')' is missing") }
      return type
    }
    if take("...") { return .many(try part()) }
    if take("\"") {
      let word = rest.prefix { $0 != "\"" }
      rest = rest.dropFirst(word.count)
      guard take("\"") else { throw problem("a quote is missing") }
      return .literal("\"\(word)\"")
    }
    if take("{") {
      var fields: [LuaType.Function.Parameter] = []
      repeat { fields.append(try parameter()) } while take(",")
      guard take("}") else { throw problem("a '}' is missing") }
      return .record(fields)
    }
    let name = try name()
    if name == "async" {
      guard try self.name() == "fun" else { throw problem("'fun' is missing behind 'async'") }
      return .function(try function(isAsync: true))
    }
    if name == "fun" { return .function(try function(isAsync: false)) }
    if name.allSatisfy(\.isNumber) { return .literal(name) }
    var arguments: [LuaType] = []
    if take("<") {
      repeat { arguments.append(try type()) } while take(",")
      guard take(">") else { throw problem("a '>' is missing") }
    }
    return .named(name, arguments)
  }

  private mutating func function(isAsync: Bool) throws(LuaTypeError) -> LuaType.Function {
    var function = LuaType.Function(isAsync: isAsync)
    guard take("(") else { throw problem("a '(' is missing behind 'fun'") }
    if !take(")") {
      repeat { function.parameters.append(try parameter()) } while take(",")
      guard take(")") else { throw problem("a ')' is missing") }
    }
    if take(":") {
      repeat { function.results.append(try type()) } while take(",")
    }
    return function
  }

  private mutating func parameter() throws(LuaTypeError) -> LuaType.Function.Parameter {
    let name = take("...") ? "..." : try name()
    let isOptional = take("?")
    guard take(":") else { throw problem("'\(name)' has no type") }
    return .init(name: name, isOptional: isOptional, type: try type())
  }

  private mutating func name() throws(LuaTypeError) -> String {
    skipSpaces()
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
    guard !name.isEmpty else { throw problem("a name is missing before '\(rest)'") }
    rest = rest.dropFirst(name.count)
    return String(name)
  }

  private mutating func take(_ mark: String) -> Bool {
    skipSpaces()
    guard rest.hasPrefix(mark) else { return false }
    rest = rest.dropFirst(mark.count)
    return true
  }

  private mutating func skipSpaces() { rest = rest.drop { $0 == " " } }

  private func problem(_ what: String) -> LuaTypeError { LuaTypeError(description: "type '\(text)': \(what)") }
}
