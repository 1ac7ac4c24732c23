/// The names of a script's world for luacheck: `.luacheckrc`.
public enum LuacheckStandard {
  /// The whole file.
  public static var text: String {
    var root = Node()
    for entry in API.entries where entry.owner == nil && entry.name.hasPrefix("uc.") {
      root.add(entry.name.split(separator: ".").map(String.init)[...], isObject: entry.isObject)
    }
    // Its tests have this beside them.
    root.add(["uc", "test"], isObject: false)
    for library in ScriptGlobals.libraries {
      for member in library.members { root.add([library.name, member], isObject: false) }
    }
    for name in ScriptGlobals.names { root.add([name], isObject: name == "_G") }
    return """
      -- What scripts of uc-bot find, for luacheck. Made by `uc-bot types`; changes would be lost.

      stds.uc_bot = {
        read_globals = {
      \(root.lines(indent: "    ").joined(separator: "\n"))
        },
      }

      std = "uc_bot"
      max_line_length = false

      """
  }

  /// A table and what is in it, in the order of their names.
  private struct Node {
    var children: [String: Node] = [:]
    var isObject = false

    mutating func add(_ path: ArraySlice<String>, isObject: Bool) {
      guard let first = path.first else {
        self.isObject = isObject
        return
      }
      children[first, default: Node()].add(path.dropFirst(), isObject: isObject)
    }

    func lines(indent: String) -> [String] {
      children.sorted { $0.key < $1.key }.flatMap { name, node -> [String] in
        if node.isObject { return ["\(indent)\(name) = { other_fields = true },"] }
        if node.children.isEmpty { return ["\(indent)\(name) = {},"] }
        return ["\(indent)\(name) = { fields = {"] + node.lines(indent: indent + "  ") + ["\(indent)} },"]
      }
    }
  }
}

extension APIEntry {
  /// Whether it is a constant with members of its own.
  fileprivate var isObject: Bool { kind == .constant && type.hasPrefix("uc.") }
}
