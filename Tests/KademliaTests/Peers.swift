import Identity
import Multiformats
import NIOCore

@testable import Kademlia

extension PeerID {
  /// A peer that nobody has the key of; the same for the same number.
  static func test(_ number: Int) -> PeerID {
    let digest = Sodium.sha256(Array("peer \(number)".utf8))
    guard let id = try? PeerID(bytes: [0x12, 32] + digest) else { return KeyPair.generate().peerID }
    return id
  }
}

extension KadPeer {
  /// A peer at an address that differs from number to number also in its first half.
  static func test(_ number: Int, at address: String? = nil) -> KadPeer {
    let text = address ?? "/ip4/\(11 + number / 250 % 80).\(1 + number % 250).1.\(1 + number / 20_000)/tcp/4001"
    return KadPeer(id: .test(number), addresses: [try? Multiaddr(text)].compactMap(\.self))
  }

  /// The network of the first address.
  var group: NetworkGroup? { addresses.first.flatMap(NetworkGroup.init) }
}

extension NIODeadline {
  /// Some seconds after a beginning.
  static func test(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1) + .seconds(seconds) }
}

extension RoutingTable {
  /// Takes in a peer at its own address.
  mutating func insert(_ peer: KadPeer, seconds: Int64 = 0) -> Insertion {
    insert(peer, group: peer.group, now: .test(seconds))
  }
}
