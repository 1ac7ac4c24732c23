import Terminal
import Testing

@Suite struct LineEditorTests {
  private func editor(_ keys: Key...) -> LineEditor {
    var editor = LineEditor(limit: 1_000, history: 3)
    for key in keys { _ = editor.handle(key) }
    return editor
  }

  @Test("text goes where the cursor is") func textGoesWhereTheCursorIs() {
    #expect(editor(.text("helo"), .named(.left), .text("l")).text == "hello")
    #expect(editor(.text("world"), .control("a"), .text("hello "), .control("e"), .text("!")).text == "hello world!")
  }

  @Test("a character of several scalars is one") func aCharacterOfSeveralScalarsIsOne() {
    #expect(editor(.text("e"), .text("\u{301}"), .named(.backspace)).text.isEmpty)
    #expect(editor(.text("x👨‍👩‍👧‍👦🇩🇪"), .named(.backspace), .named(.backspace)).text == "x")
    // A flag, letter by letter.
    #expect(editor(.text("\u{1F1E9}"), .text("\u{1F1EA}"), .named(.left), .text("a")).text == "a🇩🇪")
    // A joiner between two people that are there makes one of them.
    var joined = editor(.text("👩👧"), .named(.left), .text("\u{200D}"))
    #expect(joined.text == "👩‍👧")
    #expect(joined.handle(.text("!")) == .changed)
    #expect(joined.text == "👩‍👧!")
  }

  @Test("words are jumped over and killed") func wordsAreJumpedOverAndKilled() {
    #expect(editor(.text("one two-three"), .alt("b"), .text("|")).text == "one two-|three")
    #expect(editor(.text("one two-three"), .control("w")).text == "one ")
    #expect(editor(.text("one two-three"), .named(.backspace, .alt)).text == "one two-")
    #expect(editor(.text("one two"), .control("a"), .named(.right, .control), .text("|")).text == "one| two")
    #expect(editor(.text("one two"), .control("a"), .alt("d")).text == " two")
  }

  @Test("what was killed comes back") func whatWasKilledComesBack() {
    #expect(editor(.text("abc def"), .control("w"), .control("a"), .control("y"), .text(" ")).text == "def abc ")
    #expect(editor(.text("abc"), .control("u"), .control("y"), .control("y")).text == "abcabc")
    #expect(editor(.text("abc"), .control("b"), .control("k")).text == "ab")
    #expect(editor(.text("abc"), .control("b"), .control("t")).text == "acb")
  }

  @Test("the history keeps the line that is being written") func theHistoryKeepsTheLineThatIsBeingWritten() {
    var editor = editor(.text("one"), .named(.enter), .text("two"), .named(.enter), .text("thr"))
    _ = editor.handle(.named(.up))
    #expect(editor.text == "two")
    _ = editor.handle(.control("p"))
    #expect(editor.text == "one")
    #expect(editor.handle(.named(.up)) == .refused)
    _ = editor.handle(.named(.down))
    _ = editor.handle(.named(.down))
    #expect(editor.text == "thr")
    #expect(editor.handle(.named(.down)) == .refused)
  }

  @Test("the history is bounded") func theHistoryIsBounded() {
    var editor = editor()
    for text in ["one", "two", "two", "three", "four"] {
      _ = editor.handle(.text(text))
      #expect(editor.handle(.named(.enter)) == .entered(text))
    }
    for text in ["four", "three", "two", "two"] {
      _ = editor.handle(.named(.up))
      #expect(editor.text == text)
    }
  }

  @Test("the line is bounded") func theLineIsBounded() {
    var editor = LineEditor(limit: 10, history: 1)
    #expect(editor.handle(.paste("12345678")) == .changed)
    #expect(editor.handle(.text("你")) == .refused)
    #expect(editor.handle(.text("90")) == .changed)
    #expect(editor.handle(.text("x")) == .refused)
    #expect(editor.handle(.named(.backspace)) == .changed)
    #expect(editor.handle(.text("x")) == .changed)
  }

  @Test("Ctrl-D ends an empty line only") func controlDEndsAnEmptyLineOnly() {
    var editor = editor(.text("ab"), .control("a"))
    #expect(editor.handle(.control("d")) == .changed)
    #expect(editor.handle(.control("d")) == .changed)
    #expect(editor.handle(.control("d")) == .ended)
  }

  @Test("what does not fit moves out of sight") func whatDoesNotFitMovesOutOfSight() {
    var editor = editor(.text("abcdefghij"))
    #expect(editor.view(columns: 20) { String($0) } == ("abcdefghij", 10))
    #expect(editor.view(columns: 10) { String($0) } == ("fghij", 5))
    _ = editor.handle(.control("a"))
    #expect(editor.view(columns: 4) { String($0) } == ("abcd", 0))
    for width in 1...12 {
      for _ in 0...10 {
        let view = editor.view(columns: width) { String($0) }
        #expect((0..<width).contains(view.cursor) && CharacterWidth.of(view.text) <= width)
        _ = editor.handle(.named(.right))
      }
      _ = editor.handle(.control("a"))
    }
  }

  @Test("wide characters keep their places") func wideCharactersKeepTheirPlaces() {
    let editor = editor(.text("你好你好你好"))
    let view = editor.view(columns: 7) { String($0) }
    #expect(view.cursor < 7 && CharacterWidth.of(view.text) == view.cursor)
    let broken = self.editor(.paste("a\nb")).view(columns: 10) { $0 == "\n" ? "␊" : String($0) }
    #expect(broken == ("a␊b", 3))
  }
}
