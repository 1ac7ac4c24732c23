import LuaVM

/// Text, in linear time whatever it is.
enum TextFunctions {
  static let section = APISection("Text", entries: entries)

  static let entries = [
    APIEntry(
      "uc.trim", .function, "uc.trim(text) -> string", "The text without white space at its ends.",
      type: "fun(text: string|number): string",
      details: "In linear time, which the usual `text:match(\"^%s*(.-)%s*$\")` is not.", .function(trim))
  ]

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
