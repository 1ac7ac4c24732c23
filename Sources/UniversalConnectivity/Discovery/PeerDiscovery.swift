import Identity
import Limits
import Multiformats
import NIOCore
import Swarm

/// Finding peers on the discovery topic, and being found there.
///
/// Confined to the node's event loop.
final class PeerDiscovery {
  private let swarm: Swarm
  private let configuration: DiscoveryConfiguration
  private let publish: (ByteBuffer) -> Void
  private let emit: (PeerID, [Multiaddr]) -> Void
  private let complain: (PeerID, String) -> Void
  private var dials: DiscoveryDials
  private var schedule: AnnouncementSchedule
  private var listeners: Set<PeerID> = []
  private let connections: () -> ConnectionManager
  private var ownAddresses: [Multiaddr] = []
  private var isStopped = false

  /// - Parameter connections: Who is connected now.
  init(
    swarm: Swarm, configuration: DiscoveryConfiguration, connections: @escaping () -> ConnectionManager,
    publish: @escaping (ByteBuffer) -> Void,
    emit: @escaping (PeerID, [Multiaddr]) -> Void, complain: @escaping (PeerID, String) -> Void
  ) {
    self.swarm = swarm
    self.configuration = configuration
    self.connections = connections
    self.publish = publish
    self.emit = emit
    self.complain = complain
    dials = DiscoveryDials(allowsLocal: configuration.allowsLocalAddresses)
    schedule = AnnouncementSchedule(interval: configuration.interval)
  }

  // MARK: what is going on

  func disconnected(_ peer: PeerID) { listeners.remove(peer) }

  func subscribed(_ peer: PeerID) { listeners.insert(peer) }

  func unsubscribed(_ peer: PeerID) { listeners.remove(peer) }

  /// Our own addresses, each with `/p2p`: these and no others.
  func listening(only addresses: [Multiaddr]) {
    ownAddresses = []
    for address in addresses { listening(address) }
  }

  /// One more of our own addresses, with `/p2p`.
  func listening(_ address: Multiaddr) {
    guard !ownAddresses.contains(address) else { return }
    switch AddressScope(tcp: address) {
    case .global: ownAddresses.append(address)
    case .local where configuration.allowsLocalAddresses: ownAddresses.append(address)
    default: break
    }
  }

  func stop() { isStopped = true }

  // MARK: being found

  var deadline: NIODeadline? { schedule.deadline }

  func advance(now: NIODeadline) {
    guard configuration.announces, !ownAddresses.isEmpty, schedule.update(listeners: listeners.count, now: now),
      let payload = PeerAnnouncement.encode(swarm.identity.publicKey, addresses: ownAddresses)
    else { return }
    publish(payload)
  }

  // MARK: finding

  /// What an author has published, whose signature was checked.
  func heard(_ data: ByteBuffer, from author: PeerID) {
    let announcement: PeerAnnouncement
    do {
      announcement = try PeerAnnouncement(data)
    } catch {
      return complain(author, error.description)
    }
    // A key is no secret: only its owner may say where it is.
    guard announcement.peer == author else { return complain(author, "it is another peer's") }
    let connections = connections()
    let addresses = dials.heard(
      announcement, isConnected: connections.isConnected(author), connections: connections.count, now: .now())
    guard !addresses.isEmpty else { return }
    emit(author, addresses)
    dial(addresses[...], of: author)
  }

  private func dial(_ addresses: ArraySlice<Multiaddr>, of peer: PeerID) {
    guard let address = addresses.first, !isStopped, !connections().isConnected(peer) else { return dials.ended(peer) }
    swarm.dialFuture(address).assumeIsolated().whenComplete { [weak self] result in
      switch result {
      case .success: self?.dials.ended(peer)
      case .failure: self?.dial(addresses.dropFirst(), of: peer)
      }
    }
  }
}
