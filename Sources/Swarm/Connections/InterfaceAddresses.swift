import Identity
import Multiformats
import NIOCore

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
    let running = RunningInterfaces.names()
    let devices = (try? System.enumerateDevices()) ?? []
    return Set(devices.filter { running.contains($0.name) }.compactMap { $0.address?.ipAddress })
      .filter { !$0.lowercased().hasPrefix("fe80") }
  }
}
