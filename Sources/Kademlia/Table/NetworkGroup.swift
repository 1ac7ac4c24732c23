import Multiformats

/// The network that an address is in, as far as one owner is likely to have many addresses in it: the first 16 bits of
/// an IPv4 address, the first 32 of an IPv6 address.
///
/// Ids cost nothing, addresses do: so many ids of one network are most likely one machine (CVE-2023-26248).
public struct NetworkGroup: Hashable, Sendable {
  private let prefix: [UInt8]

  /// Nil for local addresses, of which a network may have as many as it likes, and for those that are no addresses of
  /// TCP over IP.
  public init?(_ address: Multiaddr) {
    guard AddressScope(tcp: address) == .global, let host = address.components.first else { return nil }
    prefix = Array(host.value.prefix(host.value.count == 4 ? 2 : 4))
  }
}
