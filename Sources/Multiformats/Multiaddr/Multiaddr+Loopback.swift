extension Multiaddr {
  /// Whether it begins with an address of the machine itself: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    guard let host = components.first else { return false }
    switch host.proto {
    case .ip4: return host.value.first == 127
    case .ip6: return host.value == [UInt8](repeating: 0, count: 15) + [1]
    default: return false
    }
  }
}
