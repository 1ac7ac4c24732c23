import Identity
import Multiformats
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The addresses under which a listener can be reached.
enum InterfaceAddresses {
  /// A wildcard address (0.0.0.0, ::) stands for the addresses of all interfaces, loopback among them.
  static func expand(_ bound: SocketAddress?) throws -> [Multiaddr] {
    guard let bound, let port = bound.port, let ip = bound.ipAddress, let own = Multiaddr(tcp: bound) else { return [] }
    guard ip == "0.0.0.0" || ip == "::" else { return [own] }
    var addresses: [Multiaddr] = []
    for device in try System.enumerateDevices() {
      guard var address = device.address, let text = address.ipAddress else { continue }
      switch (address, ip) {
      case (.v4, "0.0.0.0"): break
      case (.v6, "::") where !text.lowercased().hasPrefix("fe80"): break
      default: continue
      }
      address.port = port
      if let multiaddr = Multiaddr(tcp: address), !addresses.contains(multiaddr) { addresses.append(multiaddr) }
    }
    return addresses.isEmpty ? [own] : addresses
  }

  /// The addresses of interfaces that are up and have a cable in them, so to speak; without those of one link only.
  static func reachable() -> Set<String> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var found: Set<String> = []
    var entry = list
    while let interface = entry?.pointee {
      entry = interface.ifa_next
      guard interface.ifa_flags & UInt32(IFF_RUNNING) != 0, let address = interface.ifa_addr,
        let ip = text(of: address), !ip.lowercased().hasPrefix("fe80")
      else { continue }
      found.insert(ip)
    }
    return found
  }

  private static func text(of address: UnsafeMutablePointer<sockaddr>) -> String? {
    switch Int32(address.pointee.sa_family) {
    case AF_INET: address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee).ipAddress }
    case AF_INET6: address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee).ipAddress }
    default: nil
    }
  }
}
