import LuaVM
import UniversalConnectivity

/// What a person means by a line.
enum TypedLine: Hashable, Sendable {
  /// Nothing.
  case blank
  /// Something to be said in the room.
  case say(String)
  /// Something that the program is to do.
  case command(ChatCommandCall)
  /// A command that does not exist, and the one that was probably meant.
  case unknown(String, near: String?)
  /// A command without what it needs; how it is used.
  case wrong(usage: String)

  /// Reads a line.
  ///
  /// What begins with a slash is a command, and `//` says what follows the first slash. The bare words that end the seed's
  /// chat end this one.
  init(_ line: String) {
    let text = line.trimmingWhitespace()
    guard !text.isEmpty else {
      self = .blank
      return
    }
    if ["quit", "exit", "q"].contains(text.lowercased()) {
      self = .command(.quit)
    } else if text.hasPrefix("//") {
      self = .say(String(text.dropFirst()))
    } else if text.hasPrefix("/") {
      self = Self.command(text)
    } else {
      self = .say(line)
    }
  }

  private static func command(_ text: String) -> TypedLine {
    let (word, rest) = text.splitAtFirstSpace()
    let name = word.lowercased()
    guard let entry = ChatCommandCall.table.first(where: { $0.names.contains(name) }) else {
      let names = ChatCommandCall.table.flatMap(\.names)
      return .unknown(word, near: NearestName.of(name, in: names))
    }
    return entry.read(rest).map { .command($0) } ?? .wrong(usage: entry.usage)
  }
}

/// A command of the chat, with what it needs.
enum ChatCommandCall: Hashable, Sendable {
  case help
  case peers
  case status
  case addresses
  case direct(to: String, text: String)
  case offer(path: String)
  case files
  case fetch(FileChoice, name: String?)
  case cancel
  case withdraw(String)
  case connect(String)
  case quit

  /// Which file.
  enum FileChoice: Hashable, Sendable {
    /// One that was announced, by its number in the list.
    case listed(Int)
    /// One that is known by its id, and who has it.
    case named(id: String, from: String)
  }

  /// One line of `/help`, and how the command is read.
  struct Entry: Sendable {
    /// The name, and others that mean the same.
    let names: [String]
    /// How it is written.
    let usage: String
    /// What it does.
    let summary: String
    /// Makes it of what stands behind the name; nil: something is missing.
    let read: @Sendable (String) -> ChatCommandCall?
  }

  /// All commands, in the order of `/help`.
  static let table: [Entry] = [
    Entry(names: ["/peers"], usage: "/peers", summary: "who is connected, and how far away") { _ in .peers },
    Entry(names: ["/status"], usage: "/status", summary: "who and where you are") { _ in .status },
    Entry(names: ["/multiaddr"], usage: "/multiaddr", summary: "the addresses that others can connect to") { _ in
      .addresses
    },
    Entry(names: ["/dm", "/msg"], usage: "/dm PEER TEXT", summary: "say something to one peer alone") { rest in
      let (peer, text) = rest.splitAtFirstSpace()
      return text.isEmpty ? nil : .direct(to: peer, text: text)
    },
    Entry(names: ["/file"], usage: "/file PATH", summary: "offer a file, and tell the room of it") { rest in
      rest.isEmpty ? nil : .offer(path: rest.unquoted)
    },
    Entry(names: ["/files"], usage: "/files", summary: "the files on offer, yours and those of others") { _ in .files },
    Entry(
      names: ["/get"], usage: "/get FILE [as NAME]",
      summary: "fetch a file that is on offer: its number, or a peer and the id that it told",
      read: fetch),
    Entry(names: ["/cancel"], usage: "/cancel", summary: "stop fetching") { _ in .cancel },
    Entry(names: ["/withdraw"], usage: "/withdraw ID", summary: "offer a file no longer") { rest in
      rest.isEmpty ? nil : .withdraw(rest)
    },
    Entry(names: ["/connect"], usage: "/connect ADDRESS", summary: "connect to a peer") { rest in
      rest.isEmpty ? nil : .connect(rest)
    },
    Entry(names: ["/help"], usage: "/help", summary: "this list") { _ in .help },
    Entry(names: ["/quit", "/exit", "/q"], usage: "/quit", summary: "leave; so do quit, exit, q and Ctrl-D") { _ in
      .quit
    },
  ]

  @Sendable private static func fetch(_ rest: String) -> ChatCommandCall? {
    var words = rest.split(whereSeparator: \.isWhitespace).map(String.init)
    var name: String?
    if let mark = words.lastIndex(of: "as"), mark > 0, mark < words.count - 1 {
      name = words[(mark + 1)...].joined(separator: " ").unquoted
      words = Array(words[..<mark])
    }
    switch words.count {
    case 1: return words.first.flatMap { Int($0) }.map { .fetch(.listed($0), name: name) }
    case 2...: return .fetch(.named(id: words.dropFirst().joined(separator: " "), from: words[0]), name: name)
    default: return nil
    }
  }
}

extension String {
  /// Without white space at both ends.
  func trimmingWhitespace() -> String {
    let start = drop(while: \.isWhitespace)
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }

  /// The first word, and what follows it.
  fileprivate func splitAtFirstSpace() -> (String, String) {
    guard let space = firstIndex(where: \.isWhitespace) else { return (self, "") }
    return (String(self[..<space]), String(self[space...]).trimmingWhitespace())
  }

  /// Without the quotes that stand around it, as a file manager puts them there.
  fileprivate var unquoted: String {
    for quote in ["'", "\""] where count >= 2 && hasPrefix(quote) && hasSuffix(quote) {
      return String(dropFirst().dropLast())
    }
    return self
  }
}
