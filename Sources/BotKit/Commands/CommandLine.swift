import Limits

/// What stands behind the prefix, in words. White space parts them; double quotes keep a word with spaces together.
struct CommandLine {
  struct Word {
    var text: String
    /// Where it begins, its quote included, as an offset into the message's bytes.
    var start: Int
  }

  private(set) var words: [Word] = []
  private let bytes: [UInt8]

  /// nil when the text does not begin with the prefix and a word right behind it.
  init?(_ text: String, prefix: String) {
    guard !prefix.isEmpty, text.utf8.starts(with: prefix.utf8) else { return nil }
    bytes = Array(text.utf8)
    var position = prefix.utf8.count
    guard position < bytes.count, !Self.isSpace(bytes[position]) else { return nil }
    while words.count < Limits.Lua.commandWords, let word = nextWord(&position) { words.append(word) }
  }

  /// What begins with word `index`, without spaces at its end; where it lies in the message.
  func rest(from index: Int) -> Range<Int> {
    guard words.indices.contains(index) else { return bytes.count..<bytes.count }
    var end = bytes.count
    while end > words[index].start, Self.isSpace(bytes[end - 1]) { end -= 1 }
    return words[index].start..<end
  }

  /// The same as text.
  func restText(from index: Int) -> String { String(decoding: bytes[rest(from: index)], as: UTF8.self) }

  private func nextWord(_ position: inout Int) -> Word? {
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    guard position < bytes.count else { return nil }
    let start = position
    if bytes[start] == UInt8(ascii: "\""), let end = closingQuote(after: start) {
      position = end + 1
      return Word(text: String(decoding: bytes[start + 1..<end], as: UTF8.self), start: start)
    }
    while position < bytes.count, !Self.isSpace(bytes[position]) { position += 1 }
    return Word(text: String(decoding: bytes[start..<position], as: UTF8.self), start: start)
  }

  /// The next quote that ends a word. One inside a word is a quote like any other.
  private func closingQuote(after start: Int) -> Int? {
    guard let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
    return end + 1 == bytes.count || Self.isSpace(bytes[end + 1]) ? end : nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
