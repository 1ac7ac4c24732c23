import Limits
import LuaVM

/// Text, in linear time whatever it is.
enum TextFunctions {
  static let section = APISection("Text", entries: entries)

  static let entries = [
    APIEntry(
      "uc.trim", .function, "uc.trim(text) -> string", "The text without white space at its ends.",
      type: "fun(text: string|number): string",
      details: "In linear time, which the usual `text:match(\"^%s*(.-)%s*$\")` is not.", .function(trim)),
    APIEntry(
      "uc.clip", .function, "uc.clip(text, bytes, [ending]) -> string",
      "The text, cut where it has more bytes than that.",
      type: "fun(text: string|number, bytes: integer, ending?: string): string",
      details: """
        No character is cut in two. The ending, `…` by default, stands behind what is left of a text that was cut, and \
        counts; when it does not fit itself it is left out. In linear time.
        """, .function(clip)),
    APIEntry(
      "uc.split", .function, "uc.split(text, [separator], [pieces]) -> list",
      "The parts of a text between separators.",
      type: "fun(text: string|number, separator?: string, pieces?: integer): string[]",
      details: """
        The separator is plain text and no pattern. Without one the text is parted by white space of any length, and no \
        part is empty. With `pieces` there are so many at most, and the last one has the rest; more than \
        \(Limits.Lua.pieces) there never are. In linear time.

        ```lua
        for _, name in ipairs(uc.split("tea, coffee, milk", ",")) do print(uc.trim(name)) end
        ```
        """, .function(split)),
  ]

  private static func clip(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let text = try call.requireText(1, "text", of: "uc.clip")
    guard let limit = call.integer(2), limit >= 0 else {
      let got = call.number(2).map { "\($0)" } ?? call.type(2).name
      throw Misuse("uc.clip: argument 2 (bytes) must be a whole number from 0 on, got \(got)")
    }
    let ending = [.none, .null].contains(call.type(3)) ? "…" : try call.requireString(3, "ending", of: "uc.clip")
    call.results.string(clipped(text, Int(clamping: limit), ending: ending))
    return .values
  }

  /// At most `limit` bytes of a text, with `ending` behind it when it was cut.
  static func clipped(_ text: String, _ limit: Int, ending: String) -> String {
    guard text.utf8.count > limit else { return text }
    let ending = ending.utf8.count <= limit ? ending : ""
    let bytes = text.utf8
    var end = bytes.index(bytes.startIndex, offsetBy: limit - ending.utf8.count)
    // Not in the middle of a character: a scalar has four bytes at most, and the first of them is none that continues.
    while end > bytes.startIndex, bytes[end] & 0xC0 == 0x80 { end = bytes.index(before: end) }
    return text[..<end] + ending
  }

  private static func split(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let function = "uc.split"
    var separator: [UInt8] = []
    if ![.none, .null].contains(call.type(2)) {
      _ = try call.requireString(2, "separator", of: function)
      // Each byte of the text may be compared with all of it.
      guard let bytes = call.bytes(2), (1...Limits.Lua.separator).contains(bytes.count) else {
        throw Misuse(
          "\(function): argument 2 (separator) must have 1 to \(Limits.Lua.separator) bytes; without one the text is "
            + "parted by white space")
      }
      separator = Array(bytes)
    }
    var most = Limits.Lua.pieces
    if ![.none, .null].contains(call.type(3)) {
      guard let number = call.integer(3), number >= 1 else {
        let got = call.number(3).map { "\($0)" } ?? call.type(3).name
        throw Misuse("\(function): argument 3 (pieces) must be a whole number from 1 on, got \(got)")
      }
      most = min(most, Int(clamping: number))
    }
    let found: [[UInt8]]
    if let bytes = call.bytes(1) {
      found = pieces(of: bytes, at: separator, most: most)
    } else {
      let text = Array(try call.requireText(1, "text", of: function).utf8)
      found = text.withUnsafeBytes { pieces(of: $0, at: separator, most: most) }
    }
    call.results.plain(LuaPlain(list: found.map { LuaPlain(string: $0) }))
    return .values
  }

  /// The parts of a text; an empty separator stands for white space.
  static func pieces(of text: UnsafeRawBufferPointer, at separator: [UInt8], most: Int) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    guard let first = separator.first else {
      while true {
        while start < text.count, isSpace(text[start]) { start += 1 }
        guard start < text.count else { return pieces }
        var end = start
        while end < text.count, pieces.count == most - 1 || !isSpace(text[end]) { end += 1 }
        pieces.append(Array(text[trimmed(text, start..<end)]))
        start = end
      }
    }
    var at = 0
    while pieces.count < most - 1, at <= text.count - separator.count {
      if text[at] == first, text[at..<at + separator.count].elementsEqual(separator) {
        pieces.append(Array(text[start..<at]))
        at += separator.count
        start = at
      } else {
        at += 1
      }
    }
    pieces.append(Array(text[start...]))
    return pieces
  }

  private static func trim(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    if let bytes = call.bytes(1) {
      call.results.bytes(trimmed(bytes))
    } else {
      call.results.string(try call.requireText(1, "text", of: "uc.trim"))
    }
    return .values
  }

  /// What lies between the white space at both ends (that of `%s`).
  static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[trimmed(bytes, 0..<bytes.count)])
  }

  /// The same for a part of the bytes, by its offsets.
  static func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
    var range = range.clamped(to: 0..<bytes.count)
    while let first = range.first, isSpace(bytes[first]) { range = first + 1..<range.upperBound }
    while let last = range.last, isSpace(bytes[last]) { range = range.lowerBound..<last }
    return range
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
