import Kademlia
import UniversalConnectivity

/// What is told of the distributed hash table.
extension KademliaEvent {
  /// The lines that the lessons of the workshop have for it, if they have any (wire.md §11.3).
  var lines: [String] {
    switch self {
    case .bootstrapping(let address):
      guard address.peerID != nil, let peer = address.components.last?.text else { return [] }
      return ["Adding bootstrap peer: \(peer) with multiaddr: \(address)"]
    case .neighbours(let peers):
      // As Rust prints a peer for its programmers: that is what the lesson does.
      return ["Found \(peers.count) closest peers"]
        + peers.map { peer in
          let addresses = peer.addresses.map(\.description).joined(separator: ", ")
          return "Closest peer: PeerInfo { peer_id: PeerId(\"\(peer.id)\"), addrs: [\(addresses)] }"
        }
    case .bootstrapped: return ["Kademlia bootstrap completed successfully"]
    case .bootstrapFailed: return ["Kademlia bootstrap timed out"]
    case .added(let peer):
      return ["New peer added to routing table: \(peer.id) with \(peer.addresses.count) addresses"]
    case .replaced(let peer, let old): return ["Peer \(peer.id) replaced \(old) in routing table"]
    case .unreachable, .serving, .refused: return []
    }
  }

  /// It in one line.
  var text: String {
    switch self {
    case .bootstrapping(let address): lines.first ?? "Adding bootstrap peer: \(address)"
    case .unreachable(let address, let why): "Cannot reach bootstrap peer \(address): \(TerminalText.sanitized(why))"
    case .serving: "Answering requests of the distributed hash table"
    case .refused(let peer, let why): "Refused a request of \(peer): \(TerminalText.sanitized(why))"
    default: lines.first ?? ""
    }
  }

  /// Its fields.
  func add(to object: inout JSONObject) {
    switch self {
    case .bootstrapping(let address):
      object.add("event", "dht_bootstrapping")
      object.add("address", address.description)
    case .unreachable(let address, let why):
      object.add("event", "dht_unreachable")
      object.add("address", address.description)
      object.add("reason", why)
    case .neighbours(let peers):
      object.add("event", "dht_neighbours")
      object.add("peers", peers.count)
    case .bootstrapped(let peers):
      object.add("event", "dht_bootstrapped")
      object.add("peers", peers)
    case .bootstrapFailed: object.add("event", "dht_bootstrap_failed")
    case .added(let peer):
      object.add("event", "dht_peer_added")
      object.add("peer", peer.id.description)
    case .replaced(let peer, let old):
      object.add("event", "dht_peer_added")
      object.add("peer", peer.id.description)
      object.add("replaced", old.description)
    case .serving: object.add("event", "dht_serving")
    case .refused(let peer, let why):
      object.add("event", "dht_refused")
      object.add("peer", peer.description)
      object.add("reason", why)
    }
  }
}
