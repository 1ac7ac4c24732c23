import Multiformats

/// An IPv4 or IPv6 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four bytes, or sixteen.
  public let bytes: [UInt8]

  /// - Parameter bytes: four or sixteen.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads either kind, without brackets.
  public init?(_ text: String) {
    guard let bytes = IPText.parseIP4(text.utf8) ?? IPText.parseIP6(text.utf8) else { return nil }
    self.init(bytes)
  }

  /// As it is written, without brackets.
  public var description: String { bytes.count == 4 ? IPText.ip4(bytes) : IPText.ip6(bytes) }

  /// Whether everybody on the internet reaches the same machine by it. Addresses that carry an IPv4 address within them
  /// are judged by that one.
  public var isPublic: Bool {
    if bytes.count == 4 { return !Self.special4.contains { $0.contains(self) } }
    guard bytes.count == 16 else { return false }
    if let inner = embedded {
      return IPAddress(inner).isPublic
    }
    // Unicast addresses that are given out at all begin with 001 (RFC 4291 §2.4); not all of those are for everybody.
    return bytes[0] >> 5 == 1 && !Self.special6.contains { $0.contains(self) }
  }

  /// The IPv4 address in an address of a way to reach IPv4 from IPv6.
  private var embedded: [UInt8]? {
    let zeros = { (range: Range<Int>) in bytes[range].allSatisfy { $0 == 0 } }
    // Mapped (::ffff:0:0/96), translated (::ffff:0:0:0/96), and compatible, which is no longer used (::/96).
    if zeros(0..<10), bytes[10] == 0xFF, bytes[11] == 0xFF { return Array(bytes[12...]) }
    if zeros(0..<8), bytes[8] == 0xFF, bytes[9] == 0xFF, zeros(10..<12) { return Array(bytes[12...]) }
    if zeros(0..<12) { return Array(bytes[12...]) }
    // NAT64, the well-known prefix (RFC 6052); the one for local use (RFC 8215) is private in any case.
    if bytes[0] == 0, bytes[1] == 0x64, bytes[2] == 0xFF, bytes[3] == 0x9B {
      return zeros(4..<12) ? Array(bytes[12...]) : [10, 0, 0, 0]
    }
    // 6to4 (RFC 3056).
    if bytes[0] == 0x20, bytes[1] == 0x02 { return Array(bytes[2..<6]) }
    return nil
  }

  /// IANA's registry of special addresses, multicast and the rest of what is not unicast.
  private static let special4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/3",
  ].compactMap(IPNetwork.init)

  /// Teredo, benchmarks, ORCHID and other protocols' own, and documentation.
  private static let special6 = ["2001::/23", "2001:db8::/32", "3fff::/20"].compactMap(IPNetwork.init)
}

/// A range of addresses, as `10.0.0.0/8`.
public struct IPNetwork: Sendable, Hashable {
  /// The first address of it.
  public let address: IPAddress
  /// The bits that all of them begin with.
  public let prefix: Int

  /// Reads `10.0.0.0/8` or `fd00::/8`; an address alone is a range of one.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
    let most = address.bytes.count * 8
    guard parts.count == 2 else {
      self.address = address
      prefix = most
      return
    }
    guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let prefix = Int(parts[1]), prefix <= most
    else { return nil }
    self.address = address
    self.prefix = prefix
  }

  /// Whether an address of the same kind is in it.
  public func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    for index in address.bytes.indices {
      let bits = min(max(prefix - index * 8, 0), 8)
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
      if address.bytes[index] & mask != other.bytes[index] & mask { return false }
    }
    return true
  }
}
