/// What the user has set for one bot, before it is known what the bot asks for.
///
/// Three places, each of which wins over those before it: a file, the environment, and the command line. What a script
/// declares by `uc.config` decides which names there are, and of what type.
public struct BotOptions: Sendable, Hashable {
  /// A value as somebody wrote it, and where.
  public struct Given: Sendable, Hashable {
    /// The value itself.
    public enum Content: Sendable, Hashable {
      /// Of a type of its own, as files have it.
      case value(BotValue)
      /// Text that is still to be read, as the environment and the command line have it.
      case text(String)
      /// Something that no option is, in words: `a table`.
      case other(String)
    }

    /// What was written.
    public var content: Content
    /// Where, for messages: `bots.toml:12: greeter.text`, `--set greeter.text`.
    public var place: String

    /// A value from a place.
    public init(_ content: Content, place: String) {
      self.content = content
      self.place = place
    }
  }

  /// From the file, by name.
  public var file: [String: Given] = [:]
  /// From the environment, by the name of the variable (`UC_BOT_GREETER_TEXT`).
  public var environment: [String: String] = [:]
  /// From the command line, by name.
  public var commandLine: [String: Given] = [:]
  /// What the names of the bot's variables begin with: `UC_BOT_GREETER_`.
  public let variablePrefix: String

  /// Nothing set so far for this bot.
  public init(bot: String) { variablePrefix = "UC_BOT_" + Self.variable(bot) + "_" }

  /// A name as variables have it: in capitals, and `_` for what is neither a letter nor a digit.
  public static func variable(_ name: String) -> String {
    String(
      decoding: name.utf8.map { byte in
        switch byte {
        case 0x61...0x7A: byte - 0x20
        case 0x30...0x39, 0x41...0x5A: byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }

  /// What is set for an option; nil: nothing.
  func given(_ name: String) -> Given? {
    if let given = commandLine[name] { return given }
    let variable = variablePrefix + Self.variable(name)
    if let text = environment[variable] { return Given(.text(text), place: variable) }
    return file[name]
  }
}
