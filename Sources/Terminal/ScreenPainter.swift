/// Turns pictures into the fewest bytes that make one of the other on a terminal.
public struct ScreenPainter: Sendable {
  /// Takes the terminal: the other screen, no wrapping at the right edge, pasted text marked as such.
  public static let enter = "\u{1B}[?1049h\u{1B}[?7l\u{1B}[?2004h\u{1B}[0m\u{1B}[2J"
  /// Gives it back as it was.
  public static let leave = "\u{1B}[?2004l\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

  /// What is on the terminal; nil: anything may be.
  private var shown: Canvas?
  private var style: Style?
  private var place: (column: Int, row: Int)?
  private var isCursorShown: Bool?
  private var output = ""

  /// Anything may be on the terminal.
  public init() {}

  /// Somebody else has written on the terminal, or it has another size.
  public mutating func forget() {
    shown = nil
    style = nil
    place = nil
    isCursorShown = nil
  }

  /// What is to be written so that the terminal shows a picture; empty: it does already.
  public mutating func paint(_ canvas: Canvas) -> String {
    output = ""
    let old: Canvas
    if let shown, shown.size == canvas.size {
      old = shown
    } else {
      forget()
      use(.plain)
      output += "\u{1B}[2J"
      old = Canvas(canvas.size)
    }
    if old.cells != canvas.cells {
      for row in 0..<canvas.size.rows { paint(row, of: canvas, over: old) }
    }
    setCursor(canvas.cursor)
    shown = canvas
    return output
  }

  // MARK: a row

  private mutating func paint(_ row: Int, of canvas: Canvas, over old: Canvas) {
    let new = Array(canvas.rowCells(row))
    let before = Array(old.rowCells(row))
    guard new != before else { return }
    // Where terminals differ in what a character takes, nothing of the row is where it should be: all of it is drawn,
    // each piece at its place.
    let isUncertain = Self.isUncertain(new) || Self.isUncertain(before)
    if isUncertain {
      move(to: 0, row)
      use(.plain)
      output += "\u{1B}[K"
    }
    let blank = isUncertain ? Array(repeating: Canvas.Cell.blank, count: new.count) : before
    let lastText = new.lastIndex { $0 != .blank } ?? -1
    var column = 0
    while column < new.count {
      // Both halves of a wide character count: one of them may have been covered.
      let width = column + 1 < new.count && new[column + 1].character == nil ? 2 : 1
      defer { column += width }
      guard new[column..<(column + width)] != blank[column..<(column + width)] else { continue }
      if column > lastText {
        move(to: column, row)
        use(.plain)
        output += "\u{1B}[K"
        return
      }
      guard let character = new[column].character else { continue }
      move(to: column, row, over: new)
      use(new[column].style)
      output.append(character)
      // At the right edge the cursor stays, whatever was written.
      let isKnown = column + width < new.count && CharacterWidth.isCertain(character)
      place = isKnown ? (column + width, row) : nil
    }
  }

  private static func isUncertain(_ cells: [Canvas.Cell]) -> Bool {
    cells.contains { cell in cell.character.map { !CharacterWidth.isCertain($0) } ?? false }
  }

  // MARK: the least that does it

  private mutating func move(to column: Int, _ row: Int, over cells: [Canvas.Cell]? = nil) {
    if let place, place.row == row {
      if place.column == column { return }
      let gap = column - place.column
      // What lies between is there already, and is written again where that is shorter than to jump over it.
      if let cells, gap > 0, gap <= 4,
        cells[place.column..<column].allSatisfy({ $0.style == style && $0.character?.isASCII == true })
      {
        output += String(cells[place.column..<column].compactMap(\.character))
        self.place = (column, row)
        return
      }
      if gap > 0 {
        output += gap == 1 ? "\u{1B}[C" : "\u{1B}[\(gap)C"
        self.place = (column, row)
        return
      }
    }
    output += column == 0 ? "\u{1B}[\(row + 1)H" : "\u{1B}[\(row + 1);\(column + 1)H"
    place = (column, row)
  }

  private mutating func use(_ new: Style) {
    guard new != style else { return }
    output += new == .plain ? "\u{1B}[m" : new.sequence
    style = new
  }

  private mutating func setCursor(_ cursor: (column: Int, row: Int)?) {
    if let cursor { move(to: cursor.column, cursor.row) }
    guard isCursorShown != (cursor != nil) else { return }
    output += cursor == nil ? "\u{1B}[?25l" : "\u{1B}[?25h"
    isCursorShown = cursor != nil
  }
}
