import Limits

/// Base58 with Bitcoin's alphabet: how peer ids are written for people.
///
/// The work grows with the square of the length; `decode` therefore refuses long texts before it begins.
public enum Base58 {
  /// Why a text is not base58.
  public enum DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text has more bytes than the reader takes.
    case tooLong(length: Int, limit: Int)
    /// There is a byte at this offset that is not a digit of the alphabet.
    case invalidCharacter(offset: Int)

    /// What was found and what was expected, in one line.
    public var description: String {
      switch self {
      case .tooLong(let length, let limit): "base58 text of \(length) characters, expected at most \(limit)"
      case .invalidCharacter(let offset):
        "character \(offset + 1) is not base58 (digits and letters without 0, O, I and l)"
      }
    }
  }

  private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
  private static let zero = UInt8(ascii: "1")

  /// The value of every byte as a digit; 255 for a byte that is none.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, digit) in alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
    return table
  }()

  /// Five digits at a time: 58^5 fits 30 bits, so that a limb times it plus a carry fits 64.
  private static let digitsPerLimb = 5
  private static let limbBase: UInt64 = 58 * 58 * 58 * 58 * 58

  /// Writes bytes as base58; each leading zero byte becomes a `1`.
  public static func encode(_ bytes: [UInt8]) -> String {
    let zeros = bytes.prefix { $0 == 0 }.count
    // Little-endian limbs of base 58^5.
    var limbs: [UInt32] = []
    limbs.reserveCapacity((bytes.count - zeros) * 3 / 10 + 1)
    for byte in bytes[zeros...] {
      var carry = UInt64(byte)
      for i in limbs.indices {
        carry += UInt64(limbs[i]) << 8
        limbs[i] = UInt32(truncatingIfNeeded: carry % limbBase)
        carry /= limbBase
      }
      if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
    }
    var digits: [UInt8] = []
    digits.reserveCapacity(limbs.count * digitsPerLimb + zeros)
    for (i, limb) in limbs.enumerated() {
      var rest = limb
      for _ in 0..<digitsPerLimb {
        // The most significant limb has no digits beyond its own.
        if i == limbs.count - 1, rest == 0 { break }
        digits.append(alphabet[Int(rest % 58)])
        rest /= 58
      }
    }
    digits.append(contentsOf: repeatElement(zero, count: zeros))
    return String(decoding: digits.reversed(), as: UTF8.self)
  }

  /// Reads base58.
  ///
  /// - Throws: `DecodingError`; a text that is too long is refused without being looked at.
  public static func decode(_ text: String) throws(DecodingError) -> [UInt8] {
    try decode(utf8: text.utf8)
  }

  /// Reads base58 from the bytes of a text.
  package static func decode(
    utf8 text: some Collection<UInt8>, limit: Int = Limits.Multiaddr.text
  ) throws(DecodingError) -> [UInt8] {
    let length = text.count
    guard length <= limit else { throw .tooLong(length: length, limit: limit) }
    // Little-endian limbs of 32 bits.
    var limbs: [UInt32] = []
    limbs.reserveCapacity(length / 5 + 1)
    var zeros = 0
    var leading = true
    var chunk: UInt64 = 0
    var scale: UInt64 = 1
    func fold(_ limbs: inout [UInt32], _ chunk: UInt64, _ scale: UInt64) {
      var carry = chunk
      for i in limbs.indices {
        carry += UInt64(limbs[i]) * scale
        limbs[i] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
    }
    for (offset, character) in text.enumerated() {
      let value = values[Int(character)]
      guard value != 255 else { throw .invalidCharacter(offset: offset) }
      if leading, value == 0 {
        zeros += 1
        continue
      }
      leading = false
      chunk = chunk * 58 + UInt64(value)
      scale *= 58
      if scale == limbBase {
        fold(&limbs, chunk, scale)
        chunk = 0
        scale = 1
      }
    }
    if scale > 1 { fold(&limbs, chunk, scale) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(limbs.count * 4 + zeros)
    for limb in limbs {
      for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: limb >> shift)) }
    }
    while bytes.last == 0 { bytes.removeLast() }
    bytes.append(contentsOf: repeatElement(0, count: zeros))
    bytes.reverse()
    return bytes
  }
}
