import Identity
import Limits
import Multiformats
import NIOCore

/// Addresses that stand for others.
extension SwarmCore {
  /// Connects to the peer that a `/dnsaddr` names, or to any of those that it stands for.
  ///
  /// Asking may take as long as a dial, and the dials come after it.
  func dial(dnsaddr address: Multiaddr) -> EventLoopFuture<PeerID> {
    let named = address.peerID.flatMap { try? PeerID(bytes: $0) }
    do {
      guard !isShutDown else { throw SwarmError.shutDown }
      if let named {
        guard named != localPeer else { throw SwarmError.selfDial }
        if connections.primary(named) != nil { return eventLoop.makeSucceededFuture(named) }
      }
      if let running = pendingNames[address] { return running }
      guard pendingNames.count < Limits.DNS.resolutions else {
        throw SwarmError.limit("\(Limits.DNS.resolutions) /dnsaddr at one time")
      }
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    let servers: EventLoopFuture<[SocketAddress]> =
      configuration.nameServers.map { eventLoop.makeSucceededFuture($0) }
      ?? DnsaddrQuery.systemServers(eventLoop: eventLoop)
    let seconds = configuration.dialSeconds
    let found = servers.flatMap { [eventLoop] (servers: [SocketAddress]) -> EventLoopFuture<[Multiaddr]> in
      DnsaddrQuery.run(address, servers: servers, seconds: seconds, eventLoop: eventLoop)
    }
    let result = found.flatMap { [weak self, eventLoop] (addresses: [Multiaddr]) -> EventLoopFuture<PeerID> in
      guard let self, !self.isShutDown else { return eventLoop.makeFailedFuture(SwarmError.shutDown) }
      return self.dialAny(of: addresses, for: address)
    }
    pendingNames[address] = result
    result.assumeIsolated().whenComplete { [weak self] _ in self?.pendingNames.removeValue(forKey: address) }
    return result
  }

  private func dialAny(of addresses: [Multiaddr], for name: Multiaddr) -> EventLoopFuture<PeerID> {
    // One name for many peers, such as bootstrap peers: all who use it should not dial the same one.
    let peers = DnsaddrPeers(addresses).peers.shuffled()
    guard !peers.isEmpty else {
      let why = "none of the \(addresses.count) addresses that it stands for is one of TCP"
      return eventLoop.makeFailedFuture(SwarmError.unsupportedAddress(name, why))
    }
    return dialFirst(of: peers[...])
  }

  private func dialFirst(of peers: ArraySlice<DnsaddrPeers.Peer>) -> EventLoopFuture<PeerID> {
    guard let first = peers.first else { return eventLoop.makeFailedFuture(SwarmError.shutDown) }
    let dialled = first.id.map { dial($0, at: first.addresses) } ?? dial(first.addresses[0])
    guard peers.count > 1 else { return dialled }
    return dialled.flatMapError { [weak self, eventLoop] (error: any Error) -> EventLoopFuture<PeerID> in
      guard let self, !self.isShutDown else { return eventLoop.makeFailedFuture(error) }
      return self.dialFirst(of: peers.dropFirst())
    }
  }
}

/// The addresses that a `/dnsaddr` stands for, by peer; only those that can be dialled.
struct DnsaddrPeers: Equatable {
  struct Peer: Equatable, Sendable {
    /// Nil: the address does not say whose it is.
    let id: PeerID?
    /// At least one; one exactly where the peer is not known.
    var addresses: [Multiaddr]
  }

  private(set) var peers: [Peer] = []

  init(_ addresses: [Multiaddr]) {
    for address in addresses {
      guard let target = try? DialTarget(address) else { continue }
      if let id = target.peer, let index = peers.firstIndex(where: { $0.id == id }) {
        peers[index].addresses.append(address)
      } else if peers.count < Limits.DNS.peers {
        peers.append(Peer(id: target.peer, addresses: [address]))
      }
    }
  }
}
