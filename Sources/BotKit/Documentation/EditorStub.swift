/// The API for editors: a file of declarations with LuaCATS annotations, which lua-language-server and its kin read and
/// nobody runs.
public enum EditorStub {
  /// The whole file, `library/uc.lua`.
  public static var text: String {
    ([head] + aliases + API.sections.flatMap(\.shapes).map(shape) + classes + namespaces + functions + ["return uc"])
      .joined(separator: "\n\n") + "\n"
  }

  private static let head = """
    ---@meta uc

    -- The scripting API of uc-bot for editors: completion, types, and what is in docs/api.md as you type. Made by
    -- `uc-bot types`; changes would be lost.
    """

  // MARK: Names for sets of words

  private static var aliases: [String] {
    let events = EventName.allCases.map { "---| \"\($0.rawValue)\" # \(plain($0.summary))" }
    return ["---@alias uc.Event\n" + events.joined(separator: "\n")]
      + API.sections.flatMap(\.codes).map { codes in
        "---@alias \(codes.name)\n"
          + codes.codes.map { "---| \"\($0.code)\" # \(plain($0.why))" }.joined(separator: "\n")
      }
  }

  // MARK: Tables and objects

  private static func shape(_ shape: APIShape) -> String {
    let head = "--- \(plain(shape.summary))\n---@class \(shape.name)" + (shape.parent.map { ": \($0)" } ?? "")
    return ([head] + shape.fields.map { field($0.name, $0.type, $0.meaning) }).joined(separator: "\n")
  }

  private static func field(_ name: String, _ type: String, _ meaning: String) -> String {
    let isOptional = type.hasSuffix("?")
    let type = isOptional ? String(type.dropLast()) : type
    return "---@field \(name)\(isOptional ? "?" : "") \(type) \(plain(meaning))"
  }

  private static var classes: [String] {
    ClassID.allCases.map { id in
      let members = API.entries.filter { $0.owner == id.name }
      let fields = members.filter { $0.kind == .field }
      let methods = members.filter { $0.kind != .field }
      let head = ["---@class uc.\(id.name)"] + fields.map { field($0.lastName, $0.type, oneLine($0.text)) }
      // A class without methods needs no table to hold them.
      return (methods.isEmpty ? head : head + ["local \(id.name) = {}"]).joined(separator: "\n")
        + methods.flatMap { ["\n\n", function($0, as: $0.name)] }.joined()
    }
  }

  // MARK: `uc`

  /// `uc` and the tables in it, with their constants.
  private static var namespaces: [String] {
    let names = API.entries.filter { $0.owner == nil && $0.name.hasPrefix("uc.") }.map(\.name)
    var spaces = ["uc"]
    for name in names {
      let parts = name.split(separator: ".").dropLast()
      for count in 1...max(parts.count, 1) {
        let space = parts.prefix(count).joined(separator: ".")
        if !spaces.contains(space) { spaces.append(space) }
      }
    }
    return spaces.map { space in
      let constants = API.entries.filter { $0.kind == .constant && $0.name == "\(space).\($0.lastName)" }
      return
        (["---@class \(space == "uc" ? "uc" : "\(space)")"]
        + constants.map { field($0.lastName, $0.type, oneLine($0.text)) } + ["\(space) = {}"]).joined(separator: "\n")
    }
  }

  private static var functions: [String] {
    API.entries.filter { $0.kind != .constant && $0.owner == nil && $0.name.hasPrefix("uc.") }
      .map { function($0, as: $0.name) }
  }

  /// A function or a method with its annotations.
  private static func function(_ entry: APIEntry, as name: String) -> String {
    let types = entry.types.compactMap { text -> LuaType.Function? in
      if case .function(let function)? = try? LuaType(text) { function } else { nil }
    }
    guard let first = types.first else { return "" }
    var lines = plain(entry.text).split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.isEmpty ? "---" : "--- \($0)"
    }
    if first.isAsync { lines.append("---@async") }
    // Options that stand before something that is needed may be left out, and what follows moves up.
    let overloads = types.dropFirst().flatMap { [$0] + $0.withoutSkipped } + first.withoutSkipped
    for overload in overloads { lines.append("---@overload \(overload)") }
    for parameter in first.parameters {
      lines.append("---@param \(parameter.name)\(parameter.isOptional ? "?" : "") \(parameter.type)")
    }
    for result in first.results { lines.append("---@return \(result)") }
    let names = first.parameters.map(\.name).joined(separator: ", ")
    return (lines + ["function \(name)(\(names)) end"]).joined(separator: "\n")
  }

  // MARK: Texts

  /// Markdown without links that lead into the page.
  private static func plain(_ text: String) -> String {
    text.replacing(/\[([^\]]*)\]\(#[^)]*\)/) { String($0.output.1) }
  }

  /// A text where the annotation has one line.
  private static func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }
}

extension LuaType.Function {
  /// The ways to call it in which optional arguments before needed ones are left out.
  var withoutSkipped: [LuaType.Function] {
    guard let needed = parameters.lastIndex(where: { !$0.isOptional && $0.name != "..." }) else { return [] }
    guard let optional = parameters[..<needed].lastIndex(where: \.isOptional) else { return [] }
    var shorter = self
    shorter.parameters.remove(at: optional)
    return [shorter] + shorter.withoutSkipped
  }
}
