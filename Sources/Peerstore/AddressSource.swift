import Limits

/// From whom an address of a peer is known, the least believed first.
public enum AddressSource: String, Sendable, Hashable, CaseIterable {
  /// A peer told of another in the DHT.
  case routing
  /// Its own announcement on the discovery topic.
  case announcement
  /// The peer's own word, over a connection that proved who it is.
  case identify
  /// An answer on the local network; true where it was given, and soon no more.
  case mdns
  /// The peer's own word, signed, so that it may have come by way of anybody.
  case certified
  /// The user's word. It stays until the user takes it back.
  case user

  /// Seconds for which such an address is believed; nil: for ever.
  var lifetime: Int64? {
    switch self {
    case .routing: Limits.Peerstore.routingSeconds
    case .announcement: Limits.Peerstore.announcementSeconds
    case .identify: Limits.Peerstore.identifySeconds
    case .mdns: Limits.Peerstore.mdnsSeconds
    case .certified: Limits.Peerstore.certifiedSeconds
    case .user: nil
    }
  }

  /// How much it is believed; more is better.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
