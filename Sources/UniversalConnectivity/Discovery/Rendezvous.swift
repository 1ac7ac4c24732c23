import Identity
import Kademlia
import Limits
import Multiformats
import NIOCore
import Swarm

/// Finding others of the room through the distributed hash table, and being found there: everybody announces the same
/// keys, and looks for who else does (wire.md §8).
///
/// Confined to the node's event loop.
final class Rendezvous {
  private let swarm: Swarm
  private let table: Kademlia
  private let keys: [[UInt8]]
  private let emit: (PeerID, [Multiaddr]) -> Void
  // The table has left out local addresses that a peer out there has named.
  private var dials = DiscoveryDials(allowsLocal: true)
  private var schedule = RendezvousSchedule()
  private let connections: () -> ConnectionManager
  private var isStopped = false

  /// - Parameter connections: Who is connected now.
  init(
    swarm: Swarm, table: Kademlia, room: String, connections: @escaping () -> ConnectionManager,
    emit: @escaping (PeerID, [Multiaddr]) -> Void
  ) {
    self.connections = connections
    self.swarm = swarm
    self.table = table
    self.emit = emit
    keys = Self.keys(of: room)
  }

  /// What the applications announce: go the multihash of the room's name, rust the bytes of a name with a version, which
  /// is the same whatever the room.
  static func keys(of room: String) -> [[UInt8]] {
    let hash = Multihash(code: Multihash.sha256, digest: Sodium.sha256(Array(room.utf8))).bytes
    guard room == ChatNodeConfiguration.universalConnectivity else { return [hash] }
    return [hash, Array("universal-connectivity/0.1.0".utf8)]
  }

  // MARK: what is going on

  /// The table has somebody to ask.
  func begin(now: NIODeadline) {
    guard schedule.deadline == nil, !isStopped else { return }
    schedule.begin(now: now)
    for key in keys { table.provide(key).whenComplete { _ in } }
  }

  func stop() { isStopped = true }

  // MARK: looking

  var deadline: NIODeadline? { schedule.deadline }

  /// - Parameter listeners: How many peers are in the room.
  func advance(listeners: Int, now: NIODeadline) {
    guard !isStopped, schedule.update(listeners: listeners, now: now) else { return }
    for key in keys {
      table.findProviders(key).assumeIsolated().whenSuccess { [weak self] providers in
        for provider in providers { self?.found(provider) }
      }
    }
  }

  private func found(_ provider: KadPeer) {
    guard !isStopped, provider.id != swarm.localPeer else { return }
    let connections = connections()
    let addresses = dials.heard(
      provider.id, at: provider.addresses, isConnected: connections.isConnected(provider.id),
      connections: connections.count, now: .now())
    guard !addresses.isEmpty else { return }
    emit(provider.id, addresses)
    swarm.dialFuture(provider.id, at: addresses).assumeIsolated().whenComplete { [weak self] _ in
      self?.dials.ended(provider.id)
    }
  }
}
