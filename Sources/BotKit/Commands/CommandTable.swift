/// The commands of a script, found by the longest name that a line begins with.
struct CommandTable {
  private var byName: [String: Subscription] = [:]
  /// Words of the longest name.
  private var longest = 0

  var isEmpty: Bool { byName.isEmpty }

  subscript(name: String) -> Subscription? { byName[name] }

  mutating func add(_ subscription: Subscription, names: [String]) {
    for name in names {
      byName[name] = subscription
      longest = max(longest, name.split(separator: " ").count)
    }
  }

  mutating func remove(names: [String]) {
    for name in names { byName[name] = nil }
  }

  /// The command that a line gives, and of how many words its name is.
  func find(_ line: CommandLine) -> (command: Subscription, words: Int)? {
    let words = line.words.prefix(longest).map { $0.text.lowercased() }
    for count in stride(from: words.count, to: 0, by: -1) {
      if let found = byName[words[..<count].joined(separator: " ")] { return (found, count) }
    }
    return nil
  }

  /// All commands by their first name, those whose name begins with `group` and a space only if it is given.
  func all(in group: String? = nil) -> [CommandSpec] {
    var specs: [CommandSpec] = []
    for (name, subscription) in byName {
      guard let spec = subscription.command, spec.name == name else { continue }
      if let group, !name.hasPrefix(group + " ") { continue }
      specs.append(spec)
    }
    return specs.sorted { $0.name < $1.name }
  }
}
