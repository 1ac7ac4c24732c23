/// The bases whose digits are whole groups of bits: base16, base32 and base64 in their several alphabets (RFC 4648).
struct BitGroups: Sendable {
  let bitsPerDigit: Int
  private let digits: [UInt8]
  /// The value of every byte as a digit; 255 for a byte that is none.
  private let values: [UInt8]

  /// - Parameters:
  ///   - alphabet: the digits in order of value, a power of two of them, all ASCII.
  ///   - ignoresCase: reads upper and lower case alike; what is written is as in `alphabet`.
  init(_ alphabet: String, ignoresCase: Bool) {
    digits = Array(alphabet.utf8)
    bitsPerDigit = digits.count.trailingZeroBitCount
    var table = [UInt8](repeating: 255, count: 256)
    for (value, digit) in digits.enumerated() {
      table[Int(digit)] = UInt8(truncatingIfNeeded: value)
      let isLetter = (digit | 0x20) >= UInt8(ascii: "a") && (digit | 0x20) <= UInt8(ascii: "z")
      if ignoresCase, isLetter { table[Int(digit ^ 0x20)] = UInt8(truncatingIfNeeded: value) }
    }
    values = table
  }

  static let base16 = BitGroups("0123456789abcdef", ignoresCase: true)
  static let base32 = BitGroups("abcdefghijklmnopqrstuvwxyz234567", ignoresCase: true)
  static let base64 = BitGroups(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", ignoresCase: false)
  static let base64url = BitGroups(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", ignoresCase: false)
  /// I2P's own alphabet for destinations (`/garlic64`).
  static let base64i2p = BitGroups(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~", ignoresCase: false)

  /// Writes bytes without padding.
  func encode(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + bitsPerDigit - 1) / bitsPerDigit)
    let mask = UInt32(digits.count - 1)
    var pending: UInt32 = 0
    var bits = 0
    for byte in bytes {
      pending = (pending << 8 | UInt32(byte)) & 0xffff
      bits += 8
      while bits >= bitsPerDigit {
        bits -= bitsPerDigit
        text.append(digits[Int(pending >> UInt32(bits) & mask)])
      }
    }
    if bits > 0 { text.append(digits[Int(pending << UInt32(bitsPerDigit - bits) & mask)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads text without padding; `nil` if it has a byte that is no digit, a length that no bytes lead to, or (unless
  /// `lenient`) a last digit with bits that mean nothing.
  func decode(_ text: some Collection<UInt8>, lenient: Bool = false) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * bitsPerDigit / 8)
    var pending: UInt32 = 0
    var bits = 0
    for character in text {
      let value = values[Int(character)]
      guard value != 255 else { return nil }
      pending = (pending << UInt32(bitsPerDigit) | UInt32(value)) & 0xffff
      bits += bitsPerDigit
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
      }
    }
    // A whole digit left over, or more, means that the text was cut.
    guard bits < bitsPerDigit else { return nil }
    guard lenient || pending & (1 << UInt32(bits) - 1) == 0 else { return nil }
    return bytes
  }
}
