import LuaVM

/// Text, in linear time whatever it is.
enum TextFunctions {
  static let entries = [
    APIEntry(
      "uc.trim", .function, "uc.trim(text) -> string", "The text without white space at its ends.", .function(trim))
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
    var start = bytes.startIndex
    var end = bytes.endIndex
    while start < end, isSpace(bytes[start]) { start += 1 }
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
