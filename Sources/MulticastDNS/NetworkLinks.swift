import NIOCore
import Swarm

/// The links of this machine over which neighbours can be spoken to: interfaces that are up, have their cable in, and
/// carry multicast. Loopback is none of them.
enum NetworkLinks {
  /// One family of addresses on one interface.
  struct Link: Hashable {
    let name: String
    let index: Int
    let isIPv6: Bool
  }

  /// The links, and of each the interface's addresses.
  static func scan() -> [Link: [NIONetworkDevice]] {
    let running = RunningInterfaces.names(loopback: false)
    var links: [Link: [NIONetworkDevice]] = [:]
    for device in (try? System.enumerateDevices()) ?? [] where running.contains(device.name) {
      guard device.multicastSupported, let address = device.address else { continue }
      let isIPv6: Bool
      switch address {
      case .v4: isIPv6 = false
      case .v6: isIPv6 = true
      case .unixDomainSocket: continue
      }
      links[Link(name: device.name, index: device.interfaceIndex, isIPv6: isIPv6), default: []].append(device)
    }
    return links
  }

  /// What the interface's addresses say of who may speak on it.
  static func networks(_ devices: [NIONetworkDevice]) -> [IPNetwork] {
    devices.compactMap { device in
      guard let address = device.address.flatMap(bytes), let mask = device.netmask.flatMap(bytes) else { return nil }
      return IPNetwork(address, mask: mask)
    }
  }

  /// The bytes of an address, four or sixteen.
  static func bytes(_ address: SocketAddress) -> [UInt8]? {
    switch address {
    case .v4(let ip): withUnsafeBytes(of: ip.address.sin_addr) { Array($0) }
    case .v6(let ip): withUnsafeBytes(of: ip.address.sin6_addr) { Array($0) }
    case .unixDomainSocket: nil
    }
  }
}
