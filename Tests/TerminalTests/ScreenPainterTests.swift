import Limits
import Terminal
import TestSupport
import Testing

@Suite struct ScreenPainterTests {
  private func canvas(_ lines: String..., columns: Int = 20, rows: Int = 4) -> Canvas {
    var canvas = Canvas(ScreenSize(columns: columns, rows: rows))
    for (row, line) in lines.enumerated() { canvas.write(line, column: 0, row: row) }
    return canvas
  }

  @Test("an unchanged picture costs nothing") func anUnchangedPictureCostsNothing() {
    var painter = ScreenPainter()
    #expect(!painter.paint(canvas("hello")).isEmpty)
    #expect(painter.paint(canvas("hello")).isEmpty)
  }

  @Test("only what changed is written") func onlyWhatChangedIsWritten() {
    var painter = ScreenPainter()
    _ = painter.paint(canvas("hello world", "second"))
    #expect(painter.paint(canvas("hello World", "second")) == "\u{1B}[1;7HW")
    // What lies between two changes is written again where that is shorter than to jump.
    #expect(painter.paint(canvas("hexlo Woxld", "second")) == "\u{1B}[1;3Hx\u{1B}[5Cx")
    #expect(painter.paint(canvas("hexyo yoxld", "second")) == "\u{1B}[1;4Hyo y")
    // The rest of a row goes at once.
    #expect(painter.paint(canvas("he", "second")) == "\u{1B}[1;3H\u{1B}[K")
  }

  @Test("the cursor is placed and hidden") func theCursorIsPlacedAndHidden() {
    var painter = ScreenPainter()
    var picture = canvas("x")
    picture.cursor = (3, 2)
    #expect(painter.paint(picture).hasSuffix("\u{1B}[3;4H\u{1B}[?25h"))
    #expect(painter.paint(picture).isEmpty)
    picture.cursor = (99, 99)
    #expect(painter.paint(picture) == "\u{1B}[4;20H")
    picture.cursor = nil
    #expect(painter.paint(picture) == "\u{1B}[?25l")
  }

  @Test("another size or a strangers text is drawn anew") func anotherSizeOrAStrangersTextIsDrawnAnew() {
    var painter = ScreenPainter()
    _ = painter.paint(canvas("hello"))
    #expect(painter.paint(canvas("hello", columns: 10)).contains("\u{1B}[2J"))
    painter.forget()
    #expect(painter.paint(canvas("hello", columns: 10)).contains("hello"))
  }

  @Test("controls are never written") func controlsAreNeverWritten() {
    let evil = "a\u{1B}[2Jb\u{9B}c\nd\u{7}\u{2028}e\u{8}"
    var painter = ScreenPainter()
    let output = painter.paint(canvas(evil))
    #expect(output.unicodeScalars.filter { $0 == "\u{1B}" }.count == output.components("\u{1B}[") - 1)
    #expect(!output.unicodeScalars.contains { $0.value == 0x9B || $0 == "\n" || $0.value == 7 || $0.value == 0x2028 })
    #expect(canvas(evil).text(row: 0) == "a�[2Jb�c�d��e�")
  }

  @Test("a tower of marks is cut") func aTowerOfMarksIsCut() {
    let tower = "e" + String(repeating: "\u{301}", count: 5_000)
    let text = canvas(tower + "x").text(row: 0)
    #expect(text.unicodeScalars.count <= Limits.Screen.marks + 1 && text.hasSuffix("x"))
  }

  @Test("huge and tiny sizes are taken as the nearest possible") func hugeAndTinySizesAreTakenAsTheNearestPossible() {
    #expect(ScreenSize(columns: 0, rows: -3) == ScreenSize(columns: 1, rows: 1))
    #expect(ScreenSize(columns: 65_535, rows: 65_535).columns == Limits.Screen.columns)
    #expect(ScreenSize(columns: 65_535, rows: 65_535).rows == Limits.Screen.rows)
    var one = Canvas(ScreenSize(columns: 1, rows: 1))
    one.write("你", column: 0, row: 0)
    one.write("x", column: -1, row: 5)
    #expect(one.text(row: 0).isEmpty)
  }

  /// Pictures of all kinds of text, one after the other: what the bytes make is what was drawn, also on a terminal that
  /// takes pictures of several scalars to be wider than we do.
  @Test("the terminal shows what was drawn", arguments: [false, true]) func theTerminalShowsWhatWasDrawn(
    _ hasOwnWidths: Bool
  ) {
    var random = SplitMix64(seed: 7)
    let pieces = ["a", "B", " ", "  ", "你", "好", "é", "e\u{301}", "👍", "👨‍👩‍👧", "❤️", "│", "─", "🇩🇪", "hello", "     "]
    let styles = [Style.plain, Style(colour: 3), Style(colour: 200, isBold: true), Style(isReverse: true)]
    let size = ScreenSize(columns: 17, rows: 5)
    var painter = ScreenPainter()
    var terminal = PaintedTerminal(columns: size.columns, rows: size.rows) { character in
      hasOwnWidths && character.unicodeScalars.count > 1
        ? character.unicodeScalars.count == 2 ? 1 : 4 : CharacterWidth.of(character)
    }
    var picture = Canvas(size)
    for step in 0..<600 {
      if step % 10 == 0 { picture = Canvas(size) }
      let column = Int.random(in: 0..<size.columns, using: &random)
      let row = Int.random(in: 0..<size.rows, using: &random)
      let text = (0..<4).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      // As the screens are: what is drawn never cuts a wide character that is there.
      if column == 0 || step % 10 == 0 {
        picture.write(String(repeating: " ", count: size.columns), column: 0, row: row)
        picture.write(text, styles.randomElement(using: &random) ?? .plain, column: column, row: row)
      }
      picture.cursor = (column, row)
      terminal.take(painter.paint(picture))
      #expect(terminal.unknown.isEmpty)
      #expect((terminal.column, terminal.row) == (column, row))
      for row in 0..<size.rows where !hasOwnWidths {
        let shown = String(terminal.rows[row].filter { $0 != "\0" })
        #expect(shown.trimmed == picture.text(row: row))
      }
      if hasOwnWidths {
        // Whatever such characters do to their neighbours, rows without any are right.
        for row in 0..<size.rows where picture.text(row: row).allSatisfy({ $0.unicodeScalars.count == 1 }) {
          #expect(String(terminal.rows[row].filter { $0 != "\0" }).trimmed == picture.text(row: row))
        }
      }
    }
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count + 1 }
  fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}
