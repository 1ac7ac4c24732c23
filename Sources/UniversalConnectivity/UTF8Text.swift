/// Text out of bytes that may be anything: repaired where it is not UTF-8, and cut where it is too long.
public struct UTF8Text: Sendable, Hashable {
  /// Valid UTF-8, at most `limit` bytes of it; what was invalid is U+FFFD.
  public let text: String
  /// Whether all the bytes that were looked at were valid.
  public let isValid: Bool
  /// Whether something was cut off.
  public let isCut: Bool

  /// Reads `bytes`, of which at most `limit` bytes of text are kept, cut between two Unicode scalars.
  ///
  /// Work and memory are bounded by `limit` however long `bytes` is.
  public init(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
    // Repair never makes text shorter, and an unfinished scalar is at most three bytes: with four bytes more than
    // the limit, what the cut does to the last scalar lies behind the limit.
    let tooLong = bytes.count > limit
    let window = tooLong ? UnsafeBufferPointer(rebasing: bytes.prefix(limit + 4)) : bytes
    var valid = true
    let decoded: String
    if let exact = String(validating: window, as: UTF8.self) {
      decoded = exact
    } else {
      decoded = String(decoding: window, as: UTF8.self)
      // The scalar that the window cut through is no fault of the text.
      valid = tooLong && Self.isOnlyCutAtEnd(window)
    }
    let cut = tooLong || decoded.utf8.count > limit
    text = cut ? Self.prefix(of: decoded, limit: limit) : decoded
    isValid = valid
    isCut = cut
  }

  /// The longest prefix of `text` that is at most `limit` bytes of UTF-8 and ends between two scalars.
  public static func prefix(of text: String, limit: Int) -> String {
    guard limit > 0 else { return "" }
    let utf8 = text.utf8
    guard var end = utf8.index(utf8.startIndex, offsetBy: limit, limitedBy: utf8.endIndex), end < utf8.endIndex else {
      return text
    }
    while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return String(text[..<end])
  }

  /// Whether the bytes are valid but for an unfinished scalar at their end.
  private static func isOnlyCutAtEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    (1...3).contains { dropped in
      bytes.count > dropped
        && String(validating: UnsafeBufferPointer(rebasing: bytes.dropLast(dropped)), as: UTF8.self) != nil
        && bytes[bytes.count - dropped] >= 0xC0
    }
  }
}
