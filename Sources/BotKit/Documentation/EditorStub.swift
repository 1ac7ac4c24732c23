/// The API for editors: a file of declarations with LuaCATS annotations, which lua-language-server and its kin read and
/// nobody runs.
public struct EditorStub {
  private let world: ScriptWorld
  private let module: String

  private init(_ world: ScriptWorld, module: String) {
    self.world = world
    self.module = module
  }

  /// What bots find, `library/uc.lua`.
  public static var text: String { EditorStub(.bot, module: "uc").text }

  /// What only their tests find, `library/uc-test.lua`: to be read beside the other.
  public static func tests(_ world: ScriptWorld) -> String { EditorStub(world, module: "uc-test").text }

  private var isWhole: Bool { module == "uc" }

  private var text: String {
    let own = isWhole ? namespaces : []
    return
      ([head] + aliases + world.sections.flatMap(\.shapes).map(shape) + classes + own + functions
      + (isWhole ? ["return uc"] : [])).joined(separator: "\n\n") + "\n"
  }

  private var head: String {
    """
    ---@meta \(module)

    -- The scripting API of uc-bot for editors: completion, types, and what is in docs/api.md as you type. Made by
    -- `uc-bot types`; changes would be lost.
    """
  }

  private var entries: [APIEntry] { world.sections.flatMap(\.entries) }

  // MARK: Names for sets of words

  private var aliases: [String] {
    let events = EventName.allCases.map { "---| \"\($0.rawValue)\" # \(plain($0.summary))" }
    return (isWhole ? ["---@alias uc.Event\n" + events.joined(separator: "\n")] : [])
      + world.sections.flatMap(\.codes).map { codes in
        "---@alias \(codes.name)\n"
          + codes.codes.map { "---| \"\($0.code)\" # \(plain($0.why))" }.joined(separator: "\n")
      }
  }

  // MARK: Tables and objects

  private func shape(_ shape: APIShape) -> String {
    let head = "--- \(plain(shape.summary))\n---@class \(shape.name)" + (shape.parent.map { ": \($0)" } ?? "")
    return ([head] + shape.fields.map { field($0.name, $0.type, $0.meaning) }).joined(separator: "\n")
  }

  private func field(_ name: String, _ type: String, _ meaning: String) -> String {
    let isOptional = type.hasSuffix("?")
    let type = isOptional ? String(type.dropLast()) : type
    return "---@field \(name)\(isOptional ? "?" : "") \(type) \(plain(meaning))"
  }

  private var classes: [String] {
    world.classes.map { className in
      let members = entries.filter { $0.owner == className }
      let fields = members.filter { $0.kind == .field }
      let methods = members.filter { $0.kind != .field }
      let head = ["---@class uc.\(className)"] + fields.map { field($0.lastName, $0.type, oneLine($0.text)) }
      // A class without methods needs no table to hold them.
      return (methods.isEmpty ? head : head + ["local \(className) = {}"]).joined(separator: "\n")
        + methods.flatMap { ["\n\n", function($0, as: $0.name)] }.joined()
    }
  }

  // MARK: `uc`

  /// `uc` and the tables in it, with their constants.
  private var namespaces: [String] {
    let names = entries.filter { $0.owner == nil && $0.name.hasPrefix("uc.") }.map(\.name)
    var spaces = ["uc"]
    for name in names {
      let parts = name.split(separator: ".").dropLast()
      for count in 1...max(parts.count, 1) {
        let space = parts.prefix(count).joined(separator: ".")
        if !spaces.contains(space) { spaces.append(space) }
      }
    }
    return spaces.map { space in
      let constants = entries.filter { $0.kind == .constant && $0.name == "\(space).\($0.lastName)" }
      return
        (["---@class \(space == "uc" ? "uc" : "\(space)")"]
        + constants.map { field($0.lastName, $0.type, oneLine($0.text)) } + ["\(space) = {}"]).joined(separator: "\n")
    }
  }

  private var functions: [String] {
    entries.filter { $0.kind != .constant && $0.owner == nil && $0.name.hasPrefix("uc.") }
      .map { function($0, as: $0.name) }
  }

  /// A function or a method with its annotations.
  private func function(_ entry: APIEntry, as name: String) -> String {
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
  private func plain(_ text: String) -> String {
    text.replacing(/\[([^\]]*)\]\(#[^)]*\)/) { String($0.output.1) }
  }

  /// A text where the annotation has one line.
  private func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }
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
