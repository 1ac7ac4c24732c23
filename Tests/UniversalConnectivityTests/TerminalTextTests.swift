import Testing

@testable import UniversalConnectivity

@Suite("Text for terminals and logs")
struct TerminalTextTests {
  @Test(
    "shows what could act on a terminal",
    arguments: [
      ("\u{1b}[2J\u{1b}]0;owned\u{07}", "␛[2J␛]0;owned␇"),
      ("one\ntwo\r\n", "one␊two␍␊"),
      ("tab\tnul\u{0}del\u{7f}", "tab␉nul␀del␡"),
      ("\u{9b}31m", "\\u{9b}31m"),
      ("abc\u{202e}fdp.exe", "abc\\u{202e}fdp.exe"),
      ("a\u{2028}b\u{2066}c\u{061c}d", "a\\u{2028}b\\u{2066}c\\u{61c}d"),
    ])
  func shows(text: String, visible: String) {
    #expect(TerminalText.sanitized(text) == visible)
  }

  @Test(
    "leaves every other text alone",
    arguments: ["", "hello", "Grüße, Žluťoučký", "日本語", "👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "€ — “quoted”…", "שלום", "é e\u{301}"])
  func leaves(text: String) {
    #expect(Array(TerminalText.sanitized(text).utf8) == Array(text.utf8))
  }

  @Test("leaves no control scalar behind, whatever the text")
  func everyScalar() {
    for value in UInt32(0)...0x30FF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let visible = TerminalText.sanitized(String(Character(scalar)))
      #expect(!visible.isEmpty)
      for left in visible.unicodeScalars {
        #expect(!TerminalText.isDangerous(left), "U+\(String(value, radix: 16))")
        #expect(left.properties.generalCategory != .control, "U+\(String(value, radix: 16))")
      }
    }
  }

  @Test("keeps to a limit, marks the cut, and never splits a scalar")
  func limit() {
    #expect(TerminalText.sanitized("short", limit: 5) == "short")
    #expect(TerminalText.sanitized("longer", limit: 5) == "lo…")
    #expect(TerminalText.sanitized("ääää", limit: 7) == "ää…")
    let flood = String(repeating: "\u{1b}", count: 10_000)
    #expect(TerminalText.sanitized(flood, limit: 100).utf8.count <= 100)
  }
}

@Suite("Text out of bytes")
struct UTF8TextTests {
  @Test("is kept when it is UTF-8 and short enough")
  func valid() {
    let read = read(Array("Grüße 👋".utf8), limit: 100)
    #expect(read.text == "Grüße 👋")
    #expect(read.isValid && !read.isCut)
  }

  @Test("is repaired when it is not UTF-8")
  func repaired() {
    let read = read([0x61, 0xFF, 0x62, 0xE2, 0x82], limit: 100)
    #expect(read.text == "a\u{FFFD}b\u{FFFD}")
    #expect(!read.isValid && !read.isCut)
  }

  @Test("is cut between two scalars, at every limit")
  func cut() {
    let text = "aä€👋z"
    let bytes = Array(text.utf8)
    for limit in 0...bytes.count {
      let read = read(bytes, limit: limit)
      #expect(read.text.utf8.count <= limit)
      #expect(text.hasPrefix(read.text) || read.text.isEmpty)
      #expect(read.isValid, "limit \(limit)")
      #expect(read.isCut == (limit < bytes.count))
      #expect(limit - read.text.utf8.count < 4)
    }
  }

  @Test("stays under the limit although repair makes it longer")
  func grows() {
    let read = read([UInt8](repeating: 0xFF, count: 4_096), limit: 4_096)
    #expect(read.text.utf8.count == 4_095)
    #expect(read.isCut && !read.isValid)
  }

  @Test("says that bytes are invalid when they are cut, too")
  func cutAndInvalid() {
    let read = read([0x61, 0xFF] + [UInt8](repeating: 0x62, count: 50), limit: 10)
    #expect(read.isCut && !read.isValid)
  }

  @Test("costs no more for a message of a megabyte than for what is kept of it")
  func bounded() {
    let read = read([UInt8](repeating: 0xF0, count: 1_048_576), limit: 4_096)
    #expect(read.text.utf8.count <= 4_096)
  }

  @Test("is an empty text for no bytes")
  func empty() {
    let read = read([], limit: 10)
    #expect(read.text.isEmpty && read.isValid && !read.isCut)
  }

  private func read(_ bytes: [UInt8], limit: Int) -> UTF8Text {
    bytes.withUnsafeBufferPointer { UTF8Text($0, limit: limit) }
  }
}
