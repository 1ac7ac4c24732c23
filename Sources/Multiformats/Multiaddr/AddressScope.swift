/// From where an IP address can be reached (RFC 6890 and the registries that it began).
public enum AddressScope: Sendable, Hashable {
  /// From everywhere.
  case global
  /// From this machine, or from the networks that it is in.
  case local
  /// From nowhere: addresses that stand for nothing, for many, or are in books only.
  case unusable

  /// The scope of the TCP address of a peer, with or without `/p2p`; nil for every other kind, names included: whoever
  /// publishes a name would have us ask for it.
  public init?(tcp address: Multiaddr) {
    let components = address.withoutPeerID.components
    guard components.count == 2, let host = components.first, components.last?.proto == .tcp,
      let port = components.last?.port, port > 0
    else { return nil }
    switch host.proto {
    case .ip4: self = Self.ip4(host.value)
    case .ip6: self = Self.ip6(host.value)
    default: return nil
    }
  }

  private static func ip4(_ bytes: [UInt8]) -> AddressScope {
    guard bytes.count == 4 else { return .unusable }
    switch (bytes[0], bytes[1], bytes[2]) {
    case (0, _, _), (192, 0, 2), (198, 51, 100), (203, 0, 113), (224..., _, _): return .unusable
    case (10, _, _), (127, _, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): return .local
    case (192, 0, 0), (198, 18...19, _): return .local
    default: return .global
    }
  }

  private static func ip6(_ bytes: [UInt8]) -> AddressScope {
    guard bytes.count == 16 else { return .unusable }
    let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    let isTranslated = Array(bytes[..<12]) == [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)
    if isMapped || isTranslated { return ip4(Array(bytes[12...])) }
    if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .local : .unusable }
    switch (bytes[0], bytes[1]) {
    case (0xFC...0xFD, _), (0xFE, 0x80...0xFF): return .local
    case (0xFF, _): return .unusable
    case (0x20, 0x01) where bytes[2] == 0x0D && bytes[3] == 0xB8: return .unusable
    default: return .global
    }
  }
}
