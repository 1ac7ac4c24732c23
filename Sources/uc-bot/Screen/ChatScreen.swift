import Limits
import Terminal
import UniversalConnectivity

/// What a person at a whole screen sees and does: a value that takes keys and news, and draws itself.
struct ChatScreen: Sendable {
  /// What a key asks for.
  enum Request: Hashable, Sendable {
    case deliver(ChatInput)
    /// Draw everything anew: somebody else has written on the terminal.
    case redraw
    /// Let the shell have the terminal for a while.
    case suspend
    /// The key could not do anything.
    case ring
  }

  let kind: TerminalKind
  private(set) var size: ScreenSize
  var roster: ChatRoster
  var transfer: ChatTransfer? { didSet { if (transfer == nil) != (oldValue == nil) { arrange() } } }
  private(set) var layout: ScreenLayout
  private(set) var editor = LineEditor(limit: Limits.Screen.line, history: Limits.Screen.history)
  var talk = ScrollBack(limit: Limits.Screen.talk)
  var system = ScrollBack(limit: Limits.Screen.system)
  /// Entries that did not come here in time, and were left out.
  private(set) var lost = 0

  /// - Parameters:
  ///   - nick: What the person is called.
  ///   - room: The topic.
  init(nick: String, room: String, size: ScreenSize, kind: TerminalKind) {
    self.kind = kind
    self.size = size
    roster = ChatRoster(nick: nick, id: "", room: room, addresses: [], peers: [])
    layout = ScreenLayout(size, hasTransfer: false)
    arrange()
  }

  // MARK: news

  /// The terminal has another size.
  mutating func resize(_ size: ScreenSize) {
    self.size = size
    arrange()
  }

  /// Adds an entry.
  mutating func add(_ entry: ChatEntry) {
    let entryText = EntryText(kind: kind, nick: roster.nick)
    if case .system = entry.content {
      system.append(entryText.text(entry))
    } else {
      talk.append(entryText.text(entry))
      // Who has entered something wants to see what comes of it.
      if case .saidByUs = entry.content { talk.follow() }
    }
  }

  /// So many entries had to be left out.
  mutating func noteLost(_ count: Int) {
    guard count > 0 else { return }
    lost += count
    system.append(StyledText("(\(count) entries left out: the terminal took nothing)"))
  }

  // MARK: keys

  /// Takes a key; nil: nothing but the screen changes.
  mutating func handle(_ key: Key) -> Request? {
    switch key {
    case .control("c"), .control("q"): return .deliver(.interrupted)
    case .control("z"): return .suspend
    case .control("l"): return .redraw
    case .named(.pageUp, let held): scroll(held) { $0.page(up: true) }
    case .named(.pageDown, let held): scroll(held) { $0.page(up: false) }
    case .named(.up, let held) where !held.isEmpty: scroll(held) { $0.scrollUp(1) }
    case .named(.down, let held) where !held.isEmpty: scroll(held) { $0.scrollUp(-1) }
    case .named(.home, .control): talk.scrollToTop()
    case .named(.end, .control), .named(.escape, _): follow()
    case .named(.tab, _): return complete() ? nil : .ring
    default: return edit(key)
    }
    return nil
  }

  private mutating func edit(_ key: Key) -> Request? {
    switch editor.handle(key) {
    case .changed, .ignored: return nil
    case .refused: return .ring
    case .ended: return .deliver(.ended)
    case .entered(let line):
      talk.follow()
      let text = Self.withoutLastBreak(line)
      let bytes = text.utf8.count
      if text.isEmpty { return nil }
      return .deliver(bytes > Limits.Chat.publish ? .tooLong(bytes: bytes) : .line(text))
    }
  }

  /// With Alt the lines of the system are scrolled, otherwise the talk.
  private mutating func scroll(_ held: Key.Modifiers, _ body: (inout ScrollBack) -> Void) {
    if held.contains(.alt) { body(&system) } else { body(&talk) }
  }

  private mutating func follow() {
    talk.follow()
    system.follow()
  }

  /// Completes a command, or the name of a peer behind one.
  private mutating func complete() -> Bool {
    let before = editor.textBeforeCursor
    guard before.hasPrefix("/") else { return false }
    let words = before.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let candidates: [String]
    switch words.count {
    case 1: candidates = ChatCommandCall.table.flatMap(\.names)
    case 2: candidates = roster.peers.map { String($0.id.suffix(8)) }
    default: return false
    }
    let begun = words.last ?? ""
    let matches = candidates.filter { $0.lowercased().hasPrefix(begun.lowercased()) }
    guard let first = matches.first else { return false }
    let common = matches.dropFirst().reduce(first) { Self.commonBeginning($0, $1) }
    guard matches.count == 1 || common.count > begun.count else { return false }
    let completed = words.dropLast() + [matches.count == 1 ? common + " " : common]
    return editor.replaceBeforeCursor(with: completed.joined(separator: " ")) == .changed
  }

  private static func commonBeginning(_ one: String, _ other: String) -> String {
    String(zip(one, other).prefix { $0 == $1 }.map(\.0))
  }

  /// Who copies a line often copies its end, too.
  private static func withoutLastBreak(_ line: String) -> String {
    let end = line.lastIndex { $0 != "\n" }
    return end.map { String(line[...$0]) } ?? ""
  }

  // MARK: places

  private mutating func arrange() {
    layout = ScreenLayout(size, hasTransfer: transfer != nil)
    let inside = layout.talk.inside
    talk.resize(columns: inside.columns, height: inside.rows)
    if let inside = layout.system?.inside { system.resize(columns: inside.columns, height: inside.rows) }
  }
}
