import LuaVM

/// The API as what checks a script looks names up in: each type with its members.
struct APIKnowledge: Sendable {
  /// A member of a type, or of `uc` and the tables in it.
  struct Member: Sendable {
    /// As people know it: `uc.say`, `message:reply`.
    var name: String
    /// One for most; for functions of events one for each.
    var types: [LuaType]
    var isMethod = false
  }

  /// What a type is to people: `uc`, "a Peer", "a peer_connect event".
  struct TypeInfo: Sendable {
    var title: String
    var members: [String: Member] = [:]
    var parent: String?
    /// Whether scripts may put fields of their own into it.
    var isPlainTable = false
    /// Whether it is `uc`, a table in it, or a library.
    var isNamespace = false
  }

  private(set) var types: [String: TypeInfo] = [:]
  /// Sets of words by the name of their alias.
  private var aliases: [String: [String]] = ["uc.Event": EventName.allCases.map(\.rawValue)]

  /// The type of a library of Lua; `string` and `table` are other types too.
  static func libraryType(_ name: String) -> String { "library \(name)" }

  init(sections: [APISection], classes: [String]) {
    for name in classes { types["uc.\(name)"] = TypeInfo(title: "a \(name)") }
    for entry in sections.flatMap(\.entries) {
      let read = entry.types.compactMap { try? LuaType($0) }
      if let owner = entry.owner {
        let isMethod = entry.kind != .field
        types["uc.\(owner)"]?.members[entry.lastName] = Member(name: entry.shownName, types: read, isMethod: isMethod)
      } else if entry.name.hasPrefix("uc.") {
        add(entry.name.split(separator: ".").map(String.init), Member(name: entry.name, types: read))
      }
    }
    for shape in sections.flatMap(\.shapes) {
      var info = TypeInfo(title: shape.summary, parent: shape.parent, isPlainTable: true)
      for field in shape.fields {
        guard let type = try? LuaType(field.type) else { continue }
        info.members[field.name] = Member(name: field.name, types: [type])
      }
      types[shape.name] = info
    }
    for codes in sections.flatMap(\.codes) { aliases[codes.name] = codes.codes.map(\.code) }
    for library in ScriptGlobals.libraries {
      var info = TypeInfo(title: library.name, isNamespace: true)
      for member in library.members { info.members[member] = Member(name: "\(library.name).\(member)", types: []) }
      types[Self.libraryType(library.name)] = info
    }
  }

  /// Adds `uc.log.info` and, on the way, `uc.log`.
  private mutating func add(_ path: [String], _ member: Member) {
    var space = path[0]
    for (index, part) in path.enumerated().dropFirst() {
      var info = types[space] ?? TypeInfo(title: space, isNamespace: true)
      let inner = "\(space).\(part)"
      if index == path.count - 1 {
        info.members[part] = member
      } else if info.members[part] == nil {
        info.members[part] = Member(name: inner, types: [.named(inner, [])])
      }
      types[space] = info
      space = inner
    }
  }

  /// A member, looked for in the type and its parents.
  func member(_ name: String, of type: String) -> Member? {
    var type: String? = type
    while let here = type, let info = types[here] {
      if let member = info.members[name] { return member }
      type = info.parent
    }
    return nil
  }

  /// The names of all members.
  func memberNames(of type: String) -> [String] {
    var names: [String] = []
    var type: String? = type
    while let here = type, let info = types[here] {
      names += info.members.keys
      type = info.parent
    }
    return names.sorted()
  }

  /// The words that a type consists of; nil when it is something else too.
  func words(of type: LuaType) -> [String]? {
    switch type {
    case .literal(let text) where text.hasPrefix("\""): [String(text.dropFirst().dropLast())]
    case .named(let name, _): aliases[name]
    case .optional(let type): words(of: type)
    case .union(let types):
      types.reduce([String]()) { words, type in
        guard let words, let more = self.words(of: type) else { return nil }
        return words + more
      }
    default: nil
    }
  }

  /// The plain tables that a type allows.
  func shapes(of type: LuaType) -> [String] {
    switch type {
    case .named(let name, _): types[name]?.isPlainTable == true ? [name] : []
    case .optional(let type): shapes(of: type)
    case .union(let types): types.flatMap { shapes(of: $0) }
    default: []
    }
  }

  /// The fields of tables that a type writes down itself.
  func fields(of type: LuaType) -> [LuaType.Function.Parameter] {
    switch type {
    case .record(let fields): fields
    case .optional(let type): self.fields(of: type)
    case .union(let types): types.flatMap { self.fields(of: $0) }
    default: []
    }
  }

  /// What the items of a list are, if the type allows one.
  func items(of type: LuaType) -> LuaType? {
    switch type {
    case .list(let item): item
    case .optional(let type): items(of: type)
    case .union(let types): types.lazy.compactMap { self.items(of: $0) }.first
    default: nil
    }
  }

  /// Whether a table that is written down may be it without being one of ours.
  func allowsAnyTable(_ type: LuaType) -> Bool {
    switch type {
    case .named(let name, _): ["any", "table"].contains(name)
    case .optional(let type): allowsAnyTable(type)
    case .union(let types): types.contains { allowsAnyTable($0) }
    default: false
    }
  }
}
