import Kademlia
import UniversalConnectivity

/// What is told of the distributed hash table.
extension KademliaEvent {
  /// The line that the lessons of the workshop have for it, if they have one (wire.md §11.3).
  var line: String? {
    switch self {
    case .bootstrapping(let address):
      address.peerID.flatMap { _ in
        address.components.last?.text.map { "Adding bootstrap peer: \($0) with multiaddr: \(address)" }
      }
    case .bootstrapped: "Kademlia bootstrap completed successfully"
    case .bootstrapFailed: "Kademlia bootstrap timed out"
    case .added(let peer):
      "New peer added to routing table: \(peer.id) with \(peer.addresses.count) addresses"
    case .replaced(let peer, let old): "Peer \(peer.id) replaced \(old) in routing table"
    case .serving, .refused: nil
    }
  }

  /// The line of those that the lessons have none for.
  var text: String {
    switch self {
    case .bootstrapping(let address): "Adding bootstrap peer: \(address)"
    case .serving: "Answering requests of the distributed hash table"
    case .refused(let peer, let why): "Refused a request of \(peer): \(TerminalText.sanitized(why))"
    default: ""
    }
  }

  /// Its fields.
  func add(to object: inout JSONObject) {
    switch self {
    case .bootstrapping(let address):
      object.add("event", "dht_bootstrapping")
      object.add("address", address.description)
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
