/// What `uc.command` was told about a command.
struct CommandSpec {
  /// Where a command may be given.
  enum Place: String, CaseIterable {
    case any
    case room
    case dm
  }

  /// How soon it may be given again, in seconds.
  struct Cooldown {
    var peer = 0.0
    var room = 0.0
    /// What those who are too early are told, with `{left}` for the seconds; nil: nothing.
    var message: String?
  }

  /// Words with one space between, in lower case.
  var name: String
  var help = ""
  var aliases: [String] = []
  var arguments: [CommandArgument] = []
  var cooldown = Cooldown()
  var isForAdmins = false
  /// Ids of the only peers that may; nil: all may.
  var allow: Set<String>?
  var deny: Set<String> = []
  var isHidden = false
  var place = Place.any

  var names: [String] { [name] + aliases }

  /// `!remind <when> <what…>`
  func usage(prefix: String) -> String {
    ([prefix + name] + arguments.map(\.usage)).joined(separator: " ")
  }

  /// Whether a peer may give it.
  func isAllowed(_ peer: String, isAdmin: Bool) -> Bool {
    if isForAdmins, !isAdmin { return false }
    if let allow, !allow.contains(peer), !isAdmin { return false }
    return !deny.contains(peer)
  }

  /// Reads the arguments that stand behind the name; fails with what to tell whoever wrote them.
  func read(
    _ line: CommandLine, from first: Int, prefix: String, peer: (String) -> BotPeer?
  ) -> Result<[(name: String, value: CommandValue)], CommandMistake> {
    func mistake(_ what: String) -> Result<[(name: String, value: CommandValue)], CommandMistake> {
      .failure(CommandMistake("\(what); usage: \(usage(prefix: prefix))"))
    }
    var values: [(name: String, value: CommandValue)] = []
    var position = first
    for argument in arguments {
      guard position < line.words.count else {
        if let fallback = argument.fallback { values.append((argument.name, fallback)) }
        if argument.isOptional { continue }
        return mistake("\(argument.name) is missing: \(argument.wanted)")
      }
      let text = argument.kind == .rest ? line.restText(from: position) : line.words[position].text
      guard let value = argument.value(text, peer: peer) else {
        return mistake("\(argument.name) must be \(argument.wanted), got \"\(CommandMistake.shown(text))\"")
      }
      values.append((argument.name, value))
      position = argument.kind == .rest ? line.words.count : position + 1
    }
    if position < line.words.count {
      return mistake("\"\(CommandMistake.shown(line.words[position].text))\" is too much")
    }
    return .success(values)
  }
}

/// What somebody is told who has written a command wrongly.
struct CommandMistake: Error, Equatable {
  var text: String

  init(_ text: String) { self.text = text }

  /// A stranger's text in ours: short, and nothing that a terminal would obey.
  static func shown(_ text: String) -> String {
    let short = text.prefix(32)
    return LogText.line(String(short)) + (short.endIndex < text.endIndex ? "…" : "")
  }
}
