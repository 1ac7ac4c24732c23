extension Multiaddr {
  /// Whether it begins with an address of the machine itself: 127.0.0.0/8, also as an address of IPv6, or ::1.
  public var isLoopback: Bool {
    guard let host = components.first else { return false }
    switch host.proto {
    case .ip4: return host.value.first == 127
    case .ip6:
      let isMapped = host.value.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) && host.value.count == 16
      return isMapped ? host.value[12] == 127 : host.value == [UInt8](repeating: 0, count: 15) + [1]
    default: return false
    }
  }
}
