import Identity
import Limits
import Multiformats

/// A peer as it is named in messages: who, and where it is said to be. Not to be believed before it was dialled.
public struct KadPeer: Sendable, Hashable {
  /// Who.
  public let id: PeerID
  /// Where, without `/p2p`.
  public private(set) var addresses: [Multiaddr]

  /// A peer at some addresses, of which `Limits.Kademlia.addresses` are kept.
  public init(id: PeerID, addresses: [Multiaddr]) {
    self.id = id
    self.addresses = Array(addresses.prefix(Limits.Kademlia.addresses))
  }

  /// Takes up addresses that somebody else knows of the same peer.
  mutating func add(_ more: [Multiaddr]) {
    for address in more where addresses.count < Limits.Kademlia.addresses && !addresses.contains(address) {
      addresses.append(address)
    }
  }

  /// The peer with those of its addresses that may be told to another, or believed of one, that speaks from there.
  public func visible(from place: Vicinity) -> KadPeer {
    KadPeer(id: id, addresses: addresses.filter(place.shares))
  }
}
