/// Reads the few ASN.1 structures that keys are made of, in DER, and nothing more of it.
///
/// OpenSSL reads them too; this looks first, so that sizes are known before anybody does arithmetic with them. A length
/// is compared with what is there before it is used (CVE-2026-110789), and has to be in its shortest form.
struct DERReader {
  enum Tag {
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let sequence: UInt8 = 0x30
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  /// The contents of the next element, if it has this tag and is whole; `nil` otherwise.
  mutating func element(_ tag: UInt8) -> ArraySlice<UInt8>? {
    guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      // 0x80 alone is the indefinite form, which DER has not; nothing read here is longer than two bytes can say.
      let count = Int(first & 0x7f)
      guard count == 1 || count == 2, rest.count >= count else { return nil }
      length = 0
      for _ in 0..<count { length = length << 8 | Int(rest.popFirst() ?? 0) }
      guard length >= (count == 1 ? 0x80 : 0x100) else { return nil }
    }
    guard length <= rest.count else { return nil }
    let contents = rest.prefix(length)
    rest = rest.dropFirst(length)
    return contents
  }

  /// The bytes of the next element, a positive integer, without leading zero; `nil` if it is anything else.
  mutating func positiveInteger() -> ArraySlice<UInt8>? {
    guard let contents = element(Tag.integer), let first = contents.first, first < 0x80 else { return nil }
    guard first == 0 else { return contents }
    // A zero in front is there only to keep the number from being negative.
    let number = contents.dropFirst()
    guard let second = number.first, second >= 0x80 else { return nil }
    return number
  }
}
