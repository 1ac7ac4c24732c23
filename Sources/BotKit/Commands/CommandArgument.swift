/// One argument of a command: what it is called, and what it takes.
struct CommandArgument {
  enum Kind: String, CaseIterable {
    case string
    case number
    case integer
    case bool
    case `enum`
    case peer
    case duration
    /// Everything that is left, spaces and all.
    case rest
  }

  var name: String
  var kind = Kind.string
  var isOptional = false
  var fallback: CommandValue?
  /// The words that an `enum` may be.
  var choices: [String] = []
  var least: Double?
  var most: Double?

  /// For the usage: `<when>`, `[count]`, `<what…>`, `<on|off>`.
  var usage: String {
    var inside = kind == .enum ? choices.joined(separator: "|") : name
    if kind == .rest { inside += "…" }
    return isOptional ? "[\(inside)]" : "<\(inside)>"
  }

  /// What it takes, in words.
  var wanted: String {
    switch kind {
    case .string, .rest: "a text"
    case .number: "a number" + range
    case .integer: "a whole number" + range
    case .bool: "yes or no"
    case .enum: "one of \(choices.joined(separator: ", "))"
    case .peer: "a peer's id or the last eight characters of one"
    case .duration: "a duration such as 90, 10m or 1h30m" + range
    }
  }

  private var range: String {
    func written(_ value: Double) -> String { Int64(exactly: value).map { "\($0)" } ?? "\(value)" }
    switch (least, most) {
    case (let least?, let most?): return " from \(written(least)) to \(written(most))"
    case (let least?, nil): return " of at least \(written(least))"
    case (nil, let most?): return " of at most \(written(most))"
    case (nil, nil): return ""
    }
  }

  /// The value that a word stands for; nil when it stands for none.
  func value(_ text: String, peer: (String) -> BotPeer?) -> CommandValue? {
    switch kind {
    case .string, .rest: return .string(text)
    case .number: return PlainNumber.double(text).flatMap { inRange($0) ? .number($0) : nil }
    case .integer: return Int64(text).flatMap { inRange(Double($0)) ? .integer($0) : nil }
    case .duration: return WrittenDuration.seconds(text).flatMap { inRange($0) ? .number($0) : nil }
    case .peer: return peer(text.first == "@" ? String(text.dropFirst()) : text).map { .peer($0) }
    case .enum:
      let text = text.lowercased()
      return choices.first { $0.lowercased() == text }.map { .string($0) }
    case .bool:
      switch text.lowercased() {
      case "yes", "y", "true", "on", "1": return .boolean(true)
      case "no", "n", "false", "off", "0": return .boolean(false)
      default: return nil
      }
    }
  }

  private func inRange(_ value: Double) -> Bool {
    (least.map { value >= $0 } ?? true) && (most.map { value <= $0 } ?? true)
  }
}

/// What a command is given for an argument.
enum CommandValue: Equatable, Sendable {
  case string(String)
  case number(Double)
  case integer(Int64)
  case boolean(Bool)
  case peer(BotPeer)
}
