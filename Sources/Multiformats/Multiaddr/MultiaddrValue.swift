import Limits

/// Values of protocols: from text to bytes, from bytes to text, and which bytes are allowed.
///
/// Every value that is accepted, in whichever form, can be written in the other and read again.
enum MultiaddrValue {
  /// What was wrong with a value and what was expected instead.
  struct Problem: Error {
    let problem: String
    let expected: String
  }

  /// Reads a value from its text, without the slashes around it (a path: with its first).
  static func bytes(
    _ proto: MultiaddrProtocol, text: ArraySlice<UInt8>
  ) throws(Problem) -> [UInt8] {
    let bytes: [UInt8]?
    switch proto {
    case .ip4: bytes = IPText.parseIP4(text)
    case .ip6: bytes = IPText.parseIP6(text)
    case .ipcidr: bytes = IPText.decimal(text, maximum: 255).map { [UInt8(truncatingIfNeeded: $0)] }
    case .tcp, .udp, .dccp, .sctp: bytes = IPText.decimal(text, maximum: 65_535).map { bigEndian($0, count: 2) }
    case .memory: bytes = IPText.decimal(text, maximum: .max).map { bigEndian($0, count: 8) }
    case .onion: bytes = onion(text, digits: 16)
    case .onion3: bytes = onion(text, digits: 56)
    case .garlic64: bytes = garlic64(text)
    // An encrypted lease set's name may end in bits that mean nothing.
    case .garlic32: bytes = BitGroups.base32.decode(text, lenient: true)
    case .httpPath: bytes = PercentEncoding.decode(text)
    case .certhash: bytes = try? Multibase.decode(utf8: text)
    case .p2p:
      do { return try PeerIDCoding.decode(utf8: text) } catch {
        throw Problem(problem: error.description, expected: expectation(.p2p))
      }
    default: bytes = Array(text)
    }
    guard let bytes else {
      throw Problem(problem: "\(Excerpt.quoted(text)) is no value of /\(proto.name)", expected: expectation(proto))
    }
    try validate(proto, bytes)
    return bytes
  }

  /// Checks the bytes of a value whose size is already right where it is fixed.
  static func validate(_ proto: MultiaddrProtocol, _ bytes: [UInt8]) throws(Problem) {
    let allowed: Bool
    switch proto {
    case .onion, .onion3: allowed = bytes.suffix(2).contains { $0 != 0 }
    case .garlic64: allowed = bytes.count >= 386
    case .garlic32: allowed = bytes.count == 32 || bytes.count >= 35
    case .httpPath: allowed = !bytes.isEmpty
    case .certhash: allowed = (try? Multihash(bytes: bytes)) != nil
    case .dns, .dns4, .dns6, .dnsaddr, .sni, .ip6zone:
      allowed = !bytes.isEmpty && !bytes.contains(UInt8(ascii: "/")) && isText(bytes)
    case .unix:
      allowed =
        bytes.count >= 2 && bytes.first == UInt8(ascii: "/") && bytes.last != UInt8(ascii: "/")
        && isText(bytes)
    case .p2p:
      do { try PeerIDCoding.validate(bytes) } catch {
        throw Problem(problem: error.description, expected: expectation(.p2p))
      }
      return
    default: return
    }
    guard allowed else {
      throw Problem(problem: "\(Excerpt.quoted(bytes)) is no value of /\(proto.name)", expected: expectation(proto))
    }
  }

  /// Writes the bytes of a valid value as text.
  static func text(_ proto: MultiaddrProtocol, _ bytes: [UInt8]) -> String {
    switch proto {
    case .ip4: IPText.ip4(bytes)
    case .ip6: IPText.ip6(bytes)
    case .ipcidr, .tcp, .udp, .dccp, .sctp, .memory: String(number(bytes))
    case .onion, .onion3: BitGroups.base32.encode(bytes.dropLast(2)) + ":" + String(number(bytes.suffix(2)))
    case .garlic64:
      BitGroups.base64i2p.encode(bytes) + String(repeating: "=", count: (3 - bytes.count % 3) % 3)
    case .garlic32: BitGroups.base32.encode(bytes)
    case .httpPath: PercentEncoding.encode(bytes)
    case .certhash: Multibase.encodeBase64URL(bytes)
    case .p2p: Base58.encode(bytes)
    default: String(decoding: bytes, as: UTF8.self)
    }
  }

  /// What a protocol's value looks like, for error messages.
  static func expectation(_ proto: MultiaddrProtocol) -> String {
    switch proto {
    case .ip4: "four numbers from 0 to 255, such as 127.0.0.1"
    case .ip6: "an IPv6 address without zone, such as ::1"
    case .ipcidr: "a number from 0 to 255"
    case .tcp, .udp, .dccp, .sctp: "a port from 0 to 65535"
    case .memory: "a number of at most 64 bits"
    case .onion: "16 base32 digits, a colon and a port from 1 to 65535"
    case .onion3: "56 base32 digits, a colon and a port from 1 to 65535"
    case .garlic64: "at least 386 bytes in I2P's base64"
    case .garlic32: "32 bytes, or 35 and more, in base32"
    case .httpPath: "a percent-encoded path"
    case .certhash: "a multihash in multibase"
    case .unix: "an absolute path"
    case .p2p: "a peer id"
    case .dns, .dns4, .dns6, .dnsaddr, .sni: "a domain name"
    case .ip6zone: "the name of a zone"
    default: "no value"
    }
  }

  /// Names are shown and logged: they have to be UTF-8 without control characters.
  private static func isText(_ bytes: some Collection<UInt8>) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    return text.unicodeScalars.allSatisfy(Excerpt.isPrintable)
  }

  private static func onion(_ text: ArraySlice<UInt8>, digits: Int) -> [UInt8]? {
    let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == digits, let name = BitGroups.base32.decode(parts[0]),
      let port = IPText.decimal(parts[1], maximum: 65_535)
    else { return nil }
    return name + bigEndian(port, count: 2)
  }

  private static func garlic64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    return BitGroups.base64i2p.decode(text.dropLast(padding))
  }

  private static func bigEndian(_ number: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
  }

  private static func number(_ bytes: some Collection<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
