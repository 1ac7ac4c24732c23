/// Cuts a stream of bytes into lines, holding at most one line of bounded length.
struct LineSplitter {
  /// A line of the input, or what remains of one that is too long.
  enum Line: Hashable, Sendable {
    case text(String)
    /// The line had more bytes than allowed and is left out.
    case tooLong(bytes: Int)
  }

  private let limit: Int
  private var pending: [UInt8] = []
  /// Bytes of the current line, those left out included.
  private var length = 0

  /// - Parameter limit: Longest line in bytes, without its line break.
  init(limit: Int) {
    self.limit = limit
  }

  /// Takes bytes as they were read and returns the lines that they complete. `\n` and `\r\n` end a line; bytes that are
  /// not UTF-8 become U+FFFD.
  mutating func feed(_ bytes: some Sequence<UInt8>) -> [Line] {
    var lines: [Line] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        lines.append(takeLine())
      } else {
        length += 1
        // One more than the limit, for a carriage return that does not count.
        if pending.count <= limit { pending.append(byte) }
      }
    }
    return lines
  }

  /// The input ended. Returns the last line if it has no line break.
  mutating func finish() -> Line? {
    length > 0 ? takeLine() : nil
  }

  private mutating func takeLine() -> Line {
    defer {
      pending.removeAll(keepingCapacity: true)
      length = 0
    }
    if pending.last == UInt8(ascii: "\r"), pending.count == length {
      pending.removeLast()
      length -= 1
    }
    return length > limit ? .tooLong(bytes: length) : .text(String(decoding: pending, as: UTF8.self))
  }
}
