import Identity
import Multiformats
import NIOCore

/// A multiaddr read as something that TCP can reach: where, on which port, and whom to expect there.
struct DialTarget {
  enum Host: Equatable {
    case ip(String)
    /// A name, and the address families that may answer for it.
    case name(String, families: Families)
  }

  enum Families: Equatable {
    case any, ip4, ip6
  }

  let host: Host
  let port: Int
  /// Whom the address names with `/p2p`, if it does.
  let peer: PeerID?
  /// The address without `/p2p`.
  let transport: Multiaddr

  /// - Throws: `SwarmError.unsupportedAddress` with the part that is in the way.
  init(_ address: Multiaddr) throws {
    func unsupported(_ why: String) -> SwarmError { .unsupportedAddress(address, why) }
    let components = address.components
    guard let first = components.first, let value = first.text else { throw unsupported("it is empty") }
    switch first.proto.name {
    case "ip4", "ip6": host = .ip(value)
    case "dns": host = .name(value, families: .any)
    case "dns4": host = .name(value, families: .ip4)
    case "dns6": host = .name(value, families: .ip6)
    case "dnsaddr": throw unsupported("/dnsaddr stands for addresses and is none itself")
    default: throw unsupported("it begins with /\(first.proto.name), not with /ip4, /ip6 or /dns")
    }
    guard components.count > 1, components[1].proto.name == "tcp" else {
      throw unsupported("only /tcp is spoken here" + (components.count > 1 ? ", not /\(components[1].proto.name)" : ""))
    }
    guard let text = components[1].text, let port = Int(text) else { throw unsupported("the port is missing") }
    self.port = port
    switch components.count {
    case 2:
      peer = nil
    case 3 where components[2].proto.name == "p2p":
      guard let bytes = address.peerID else { throw unsupported("the peer id is missing") }
      do { peer = try PeerID(bytes: bytes) } catch { throw unsupported("\(error)") }
    default:
      throw unsupported("/\(components[2].proto.name) is not spoken here")
    }
    transport = address.withoutPeerID
  }
}

extension Multiaddr {
  /// The address of a TCP socket.
  init?(tcp address: SocketAddress?) {
    guard let address, let ip = address.ipAddress, let port = address.port else { return nil }
    // A scoped address (fe80::1%eth0) has no place in /ip6.
    let bare = ip.split(separator: "%", maxSplits: 1).first.map(String.init) ?? ip
    try? self.init(ip: bare, tcpPort: port)
  }
}
