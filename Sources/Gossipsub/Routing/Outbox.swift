import Identity

/// Subscriptions and control that one step of the router has for each peer, gathered so that they share frames.
struct Outbox: Sendable {
  private var order: [PeerID] = []
  private var contents: [PeerID: RPC] = [:]

  var isEmpty: Bool { order.isEmpty }

  mutating func add(to peer: PeerID, _ change: (inout RPC) -> Void) {
    if contents[peer] == nil { order.append(peer) }
    change(&contents[peer, default: RPC()])
  }

  /// What has gathered, in the order in which the peers came up.
  mutating func take() -> [(peer: PeerID, rpc: RPC)] {
    defer {
      order = []
      contents = [:]
    }
    return order.compactMap { peer in contents[peer].map { (peer, $0) } }
  }
}
