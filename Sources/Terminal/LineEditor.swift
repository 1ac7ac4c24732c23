/// A line that is being written, with the keys that people know from their shells.
///
/// What was pasted may have line breaks in it; they stay, and the text is entered as a whole.
public struct LineEditor: Sendable {
  /// What a key did.
  public enum Outcome: Hashable, Sendable {
    /// The line or the cursor is another.
    case changed
    /// Nothing: there was nothing to be done, or no room for more.
    case refused
    /// The line was entered; it is empty now.
    case entered(String)
    /// The end of the input: Ctrl-D in an empty line.
    case ended
    /// The key means nothing to a line.
    case ignored
  }

  /// Most bytes in the line.
  public let limit: Int
  private var characters: [Character] = []
  /// The character in front of which the cursor stands.
  private var cursor = 0
  private var bytes = 0
  private var killed: [Character] = []
  private var history: LineHistory

  /// - Parameters:
  ///   - limit: Most bytes in the line.
  ///   - history: How many lines are remembered.
  public init(limit: Int, history: Int) {
    self.limit = limit
    self.history = LineHistory(limit: history)
  }

  /// What stands in the line.
  public var text: String { String(characters) }

  /// Whether nothing does.
  public var isEmpty: Bool { characters.isEmpty }

  /// What stands in front of the cursor.
  public var textBeforeCursor: String { String(characters[..<cursor]) }

  /// Takes a key.
  public mutating func handle(_ key: Key) -> Outcome {
    switch key {
    case .text(let text), .paste(let text): insert(text)
    case .control(let letter): control(letter)
    case .alt(let letter): alt(letter)
    case .named(let name, let held): named(name, isWord: !held.isDisjoint(with: [.alt, .control]))
    }
  }

  /// Takes a text at the cursor, or all of it not.
  public mutating func insert(_ text: String) -> Outcome {
    guard text.utf8.count <= limit - bytes else { return .refused }
    // A combining character joins the one before it, and may make one of it and the one behind it.
    let start = max(0, cursor - 1)
    let end = min(characters.count, cursor + 1)
    let behind = characters[cursor..<end]
    let joined = Array(String(characters[start..<cursor]) + text + String(behind))
    let wasBehind = characters.count - end
    characters.replaceSubrange(start..<end, with: joined)
    let isBehindWhole = behind.isEmpty || joined.last == behind.last
    cursor = characters.count - wasBehind - (isBehindWhole ? behind.count : 0)
    bytes += text.utf8.count
    return .changed
  }

  /// Puts another text in place of what stands in front of the cursor.
  public mutating func replaceBeforeCursor(with text: String) -> Outcome {
    let rest = String(characters[cursor...])
    guard text.utf8.count + rest.utf8.count <= limit else { return .refused }
    let front = Array(text)
    set(front + characters[cursor...], cursor: front.count)
    return .changed
  }

  // MARK: keys

  private mutating func control(_ letter: Character) -> Outcome {
    switch letter {
    case "a": return move(to: 0)
    case "e": return move(to: characters.count)
    case "b": return move(to: cursor - 1)
    case "f": return move(to: cursor + 1)
    case "d": return characters.isEmpty ? .ended : remove(cursor..<(cursor + 1))
    case "h": return remove((cursor - 1)..<cursor)
    case "k": return kill(cursor..<characters.count)
    case "u": return kill(0..<cursor)
    case "w": return kill(spaceBefore..<cursor)
    case "y": return insert(String(killed))
    case "t": return transpose()
    case "p": return older()
    case "n": return newer()
    default: return .ignored
    }
  }

  private mutating func alt(_ letter: Character) -> Outcome {
    switch letter {
    case "b": move(to: wordBefore)
    case "f": move(to: wordBehind)
    case "d": kill(cursor..<wordBehind)
    default: .ignored
    }
  }

  private mutating func named(_ name: Key.Name, isWord: Bool) -> Outcome {
    switch name {
    case .enter: enter()
    case .left: move(to: isWord ? wordBefore : cursor - 1)
    case .right: move(to: isWord ? wordBehind : cursor + 1)
    case .home: move(to: 0)
    case .end: move(to: characters.count)
    case .backspace: isWord ? kill(wordBefore..<cursor) : remove((cursor - 1)..<cursor)
    case .delete: isWord ? kill(cursor..<wordBehind) : remove(cursor..<(cursor + 1))
    case .up: older()
    case .down: newer()
    case .tab, .escape, .pageUp, .pageDown, .insert: .ignored
    }
  }

  private mutating func enter() -> Outcome {
    let line = text
    history.add(line)
    set([])
    return .entered(line)
  }

  private mutating func older() -> Outcome { recall(history.older(than: text)) }
  private mutating func newer() -> Outcome { recall(history.newer()) }

  private mutating func recall(_ line: String?) -> Outcome {
    guard let line else { return .refused }
    set(Array(line))
    return .changed
  }

  private mutating func transpose() -> Outcome {
    guard characters.count > 1, cursor > 0 else { return .refused }
    let behind = min(cursor, characters.count - 1)
    characters.swapAt(behind - 1, behind)
    cursor = behind + 1
    return .changed
  }

  // MARK: changes

  private mutating func set(_ new: [Character], cursor: Int? = nil) {
    characters = new
    self.cursor = cursor ?? new.count
    bytes = String(new).utf8.count
  }

  private mutating func move(to place: Int) -> Outcome {
    guard place >= 0, place <= characters.count, place != cursor else { return .refused }
    cursor = place
    return .changed
  }

  private mutating func remove(_ range: Range<Int>) -> Outcome {
    guard range.lowerBound >= 0, range.upperBound <= characters.count, !range.isEmpty else { return .refused }
    bytes -= String(characters[range]).utf8.count
    characters.removeSubrange(range)
    cursor = range.lowerBound
    return .changed
  }

  private mutating func kill(_ range: Range<Int>) -> Outcome {
    guard !range.isEmpty else { return .refused }
    killed = Array(characters[range])
    return remove(range)
  }

  // MARK: words

  private var wordBefore: Int {
    var place = cursor
    while place > 0, !Self.isWord(characters[place - 1]) { place -= 1 }
    while place > 0, Self.isWord(characters[place - 1]) { place -= 1 }
    return place
  }

  private var wordBehind: Int {
    var place = cursor
    while place < characters.count, !Self.isWord(characters[place]) { place += 1 }
    while place < characters.count, Self.isWord(characters[place]) { place += 1 }
    return place
  }

  private var spaceBefore: Int {
    var place = cursor
    while place > 0, characters[place - 1].isWhitespace { place -= 1 }
    while place > 0, !characters[place - 1].isWhitespace { place -= 1 }
    return place
  }

  private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  // MARK: how it is shown

  /// The part of the line that fits, and where in it the cursor stands.
  /// - Parameters:
  ///   - columns: How much room there is.
  ///   - shown: How a character is written, for those that cannot be written as they are.
  public func view(columns: Int, shown: (Character) -> String) -> (text: String, cursor: Int) {
    let pieces = characters.map(shown)
    let widths = pieces.map { CharacterWidth.of($0) }
    let position = widths[..<cursor].reduce(0, +)
    // The line moves by half of the room at a time: then the eye finds it again. A column is kept for the cursor.
    let room = max(1, columns)
    let step = max(1, room / 2)
    let hidden = position < room ? 0 : (position - room) / step * step + step
    var column = 0
    var text = ""
    for (piece, width) in zip(pieces, widths) {
      if column >= hidden, column + width - hidden <= room {
        // A wide character that is cut by the left edge leaves half of its place.
        if text.isEmpty, column > hidden { text = String(repeating: " ", count: column - hidden) }
        text += piece
      } else if column >= hidden {
        break
      }
      column += width
    }
    return (text, min(position - hidden, room - 1))
  }
}
