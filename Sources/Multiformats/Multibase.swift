import Limits

/// Text forms of bytes whose first character names the base (multiformats/multibase).
public enum Multibase {
  /// Why a text is not multibase.
  public enum DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is longer than anything that is read here.
    case tooLong(length: Int, limit: Int)
    /// The first character names no base that is known here, or there is none.
    case unknownBase(String)
    /// The rest is not in the base that the first character names.
    case malformed(base: String)

    /// What was found and what was expected, in one line.
    public var description: String {
      switch self {
      case .tooLong(let length, let limit): "multibase text of \(length) characters, expected at most \(limit)"
      case .unknownBase(""): "empty text, expected a multibase prefix (b, z, f, k, u or m)"
      case .unknownBase(let prefix): "\(prefix) names no base known here, expected b, z, f, k, u or m"
      case .malformed(let base): "text after its prefix is not \(base)"
      }
    }
  }

  /// Reads base32 (`b`), base58btc (`z`), base16 (`f`), base36 (`k`), base64url (`u`) or base64 (`m`), without padding;
  /// the first, third and fourth in either case (`B`, `F`, `K`).
  public static func decode(_ text: String) throws(DecodingError) -> [UInt8] {
    try decode(utf8: text.utf8)
  }

  /// Reads multibase from the bytes of a text.
  package static func decode(
    utf8 text: some Collection<UInt8>, limit: Int = Limits.Multiaddr.text
  ) throws(DecodingError) -> [UInt8] {
    let length = text.count
    guard length <= limit else { throw .tooLong(length: length, limit: limit) }
    guard let prefix = text.first else { throw .unknownBase("") }
    let digits = text.dropFirst()
    let name: String
    let bytes: [UInt8]?
    switch prefix {
    case UInt8(ascii: "b"), UInt8(ascii: "B"): (name, bytes) = ("base32", BitGroups.base32.decode(digits))
    case UInt8(ascii: "f"), UInt8(ascii: "F"): (name, bytes) = ("base16", BitGroups.base16.decode(digits))
    case UInt8(ascii: "z"): (name, bytes) = ("base58", try? Base58.decode(utf8: digits, limit: limit))
    case UInt8(ascii: "k"), UInt8(ascii: "K"): (name, bytes) = ("base36", Base36.decode(digits))
    case UInt8(ascii: "u"): (name, bytes) = ("base64url", BitGroups.base64url.decode(digits))
    case UInt8(ascii: "m"): (name, bytes) = ("base64", BitGroups.base64.decode(digits))
    default: throw .unknownBase(Excerpt.quoted([prefix]))
    }
    guard let bytes else { throw .malformed(base: name) }
    return bytes
  }

  /// Writes base32 in lower case: `b…`, how CIDs are written.
  public static func encodeBase32(_ bytes: some Collection<UInt8>) -> String { "b" + BitGroups.base32.encode(bytes) }

  /// Writes base64url: `u…`, how certificate hashes are written.
  public static func encodeBase64URL(_ bytes: some Collection<UInt8>) -> String {
    "u" + BitGroups.base64url.encode(bytes)
  }
}
