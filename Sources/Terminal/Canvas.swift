import Limits

/// What a screen is to show: a rectangle of characters, drawn anew for each picture.
///
/// Nothing that acts on a terminal can be drawn: control characters become `�`.
public struct Canvas: Hashable, Sendable {
  /// One column of a row.
  struct Cell: Hashable, Sendable {
    /// Nil: the right half of the wide character before it.
    var character: Character?
    var style: Style

    static let blank = Cell(character: " ", style: .plain)
  }

  /// In columns and rows; at least one each.
  public let size: ScreenSize
  private(set) var cells: [Cell]
  /// Where the cursor is to stand; nil: nowhere.
  public var cursor: (column: Int, row: Int)? {
    get { place.map { ($0 % size.columns, $0 / size.columns) } }
    set {
      place = newValue.map {
        min(max(0, $0.row), size.rows - 1) * size.columns + min(max(0, $0.column), size.columns - 1)
      }
    }
  }
  private var place: Int?

  /// An empty one.
  public init(_ size: ScreenSize) {
    self.size = size
    cells = Array(repeating: .blank, count: size.columns * size.rows)
  }

  /// Writes text from a place to the right, up to the edge or up to `width` columns; what is outside is left out.
  /// - Returns: How many columns were written.
  @discardableResult
  public mutating func write(_ text: String, _ style: Style = .plain, column: Int, row: Int, width: Int = .max) -> Int {
    guard row >= 0, row < size.rows, column >= 0, column < size.columns else { return 0 }
    let start = row * size.columns
    let room = min(width, size.columns - column)
    var used = 0
    for character in text {
      let glyph = Self.drawable(character)
      let columns = CharacterWidth.of(glyph)
      if columns == 0 { continue }
      guard used + columns <= room else { break }
      cells[start + column + used] = Cell(character: glyph, style: style)
      if columns == 2 { cells[start + column + used + 1] = Cell(character: nil, style: style) }
      used += columns
    }
    return used
  }

  /// Writes text whose pieces have their own looks.
  @discardableResult
  public mutating func write(_ text: StyledText, column: Int, row: Int, width: Int = .max) -> Int {
    var used = 0
    for run in text.runs where used < width {
      used += write(run.text, run.style, column: column + used, row: row, width: width - used)
    }
    return used
  }

  /// The text of a row, without the spaces at its end.
  public func text(row: Int) -> String {
    guard row >= 0, row < size.rows else { return "" }
    let text = String(rowCells(row).compactMap(\.character))
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  func rowCells(_ row: Int) -> ArraySlice<Cell> {
    cells[(row * size.columns)..<((row + 1) * size.columns)]
  }

  /// A character as it can be drawn: no control, and not a tower of marks.
  private static func drawable(_ character: Character) -> Character {
    if character.isASCII {
      return character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? "�" : character
    }
    var count = 0
    for scalar in character.unicodeScalars {
      count += 1
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: return "�"
      default: break
      }
    }
    guard count > Limits.Screen.marks else {
      // A mark with nothing to stand on gets a place of its own.
      return CharacterWidth.of(character) == 0 && isMark(character) ? Character("\u{25CC}\(character)") : character
    }
    var cut = String.UnicodeScalarView()
    cut.append(contentsOf: character.unicodeScalars.prefix(Limits.Screen.marks))
    return String(cut).first ?? "�"
  }

  private static func isMark(_ character: Character) -> Bool {
    switch character.unicodeScalars.first?.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: false
    }
  }
}

/// The size of a screen.
public struct ScreenSize: Hashable, Sendable {
  /// At least 1.
  public let columns: Int
  /// At least 1.
  public let rows: Int

  /// - Parameters: As the terminal tells them; impossible ones are taken as the nearest possible.
  public init(columns: Int, rows: Int) {
    self.columns = min(max(1, columns), Limits.Screen.columns)
    self.rows = min(max(1, rows), Limits.Screen.rows)
  }
}
