import Identity
import Logging
import Multiformats
import MulticastDNS
import NIOCore
import Swarm

/// Finding peers on the local network by multicast DNS, and being found there.
///
/// Confined to the node's event loop.
final class LocalDiscovery {
  private let swarm: Swarm
  private let emit: (PeerID, [Multiaddr]) -> Void
  private let advanceSoon: () -> Void
  private let logger: Logger
  private var service: MulticastDNS?
  private var peers = LocalPeers()
  private var ownAddresses: [Multiaddr] = []
  private var random = SystemRandomNumberGenerator()

  /// - Parameters:
  ///   - emit: Told of peers that were not there before.
  ///   - advanceSoon: Called when `deadline` may have changed from within.
  init(
    swarm: Swarm, logger: Logger, emit: @escaping (PeerID, [Multiaddr]) -> Void, advanceSoon: @escaping () -> Void
  ) {
    self.swarm = swarm
    self.logger = logger
    self.emit = emit
    self.advanceSoon = advanceSoon
  }

  /// Begins.
  /// - Parameter room: go-peers are found under the name of their room, all other peers under that of libp2p.
  func start(room: String) {
    guard service == nil else { return }
    let core = MDNSCore(
      peer: swarm.localPeer, services: [MDNSCore.service, room + ".local"], label: MDNSCore.label(using: &random))
    guard let core else { return }
    let service = MulticastDNS(core: core, eventLoop: swarm.eventLoop, logger: logger) { [weak self] in self?.heard($0)
    }
    self.service = service
    service.setAddresses(ownAddresses)
    service.start()
  }

  /// Says goodbye to the network.
  func stop() {
    service?.stop()
    service = nil
  }

  // MARK: what is going on

  /// One more of our own addresses, with `/p2p`.
  func listening(_ address: Multiaddr) {
    if !ownAddresses.contains(address) { ownAddresses.append(address) }
    service?.setAddresses(ownAddresses)
  }

  /// These are our own addresses now.
  func networkChanged(_ addresses: [Multiaddr]) {
    ownAddresses = addresses
    service?.setAddresses(addresses)
    service?.scan()
    peers.networkChanged(now: .now(), using: &random)
  }

  func connected(_ peer: PeerID) { peers.connected(peer, now: .now()) }

  func disconnected(_ peer: PeerID) { peers.disconnected(peer, now: .now(), using: &random) }

  private func heard(_ event: MDNSCore.Event) {
    switch event {
    case .found(let peer, let addresses):
      if peers.found(peer, at: addresses, now: .now(), using: &random) { emit(peer, addresses) }
    case .lost(let peer): peers.lost(peer)
    }
    advanceSoon()
  }

  // MARK: dialling

  /// When `advance` has something to do.
  var deadline: NIODeadline? { service == nil ? nil : peers.deadline }

  func advance(now: NIODeadline) {
    guard service != nil else { return }
    for dial in peers.due(now: now) {
      swarm.dialFuture(dial.peer, at: dial.addresses).assumeIsolated().whenComplete { [weak self] result in
        guard let self else { return }
        var succeeded = true
        if case .failure(let error) = result {
          succeeded = false
          logger.debug(
            "a peer of the local network is not there", metadata: ["peer": "\(dial.peer)", "reason": "\(error)"])
        }
        peers.ended(dial.peer, succeeded: succeeded, now: .now(), using: &random)
        advanceSoon()
      }
    }
  }
}
