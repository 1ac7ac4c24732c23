/// From where a peer speaks to us. It decides what addresses the peer may be told of, and is believed: whoever names one
/// has us dial it, and the services of a private network, or of this machine alone, are nobody's business outside.
public enum Vicinity: Sendable, Hashable {
  /// From this machine.
  case machine
  /// From a private network that this machine is in.
  case network
  /// From the internet, or from somewhere unknown.
  case internet

  /// That of a peer that is connected at an address.
  public init(_ address: Multiaddr) {
    self = AddressScope(tcp: address) != .local ? .internet : address.isLoopback ? .machine : .network
  }

  /// Whether an address leads to the same place for us and for such a peer.
  public func shares(_ address: Multiaddr) -> Bool {
    switch self {
    case .machine: true
    case .network: !address.isLoopback
    case .internet: AddressScope(tcp: address) != .local
    }
  }
}
