import Multiformats

extension Multiaddr {
  /// The address with `/p2p/<peer>` behind it.
  package func withPeer(_ peer: PeerID) -> Multiaddr {
    guard let suffix = try? Multiaddr("/p2p/\(peer)") else { return self }
    return appending(suffix)
  }
}
