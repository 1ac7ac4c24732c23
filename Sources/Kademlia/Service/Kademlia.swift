import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import Swarm

/// The distributed hash table (libp2p/specs kad-dht): finds peers, and who provides what, by asking others who know
/// others.
///
/// ```swift
/// var configuration = KademliaConfiguration()
/// configuration.bootstrap = [try Multiaddr("/ip4/10.0.0.1/tcp/4001/p2p/12D3…")]
/// let table = Kademlia(swarm: swarm, configuration: configuration, logger: logger)
/// table.start()
/// let peer = try await table.findPeer(id).get()
/// ```
///
/// All of it lives on the swarm's event loop; calls may come from anywhere. Futures fail with ``KademliaError``.
public final class Kademlia: Sendable {
  private let core: KademliaCore
  private let eventLoop: any EventLoop

  /// Takes part in nothing yet. To be made before the swarm listens or dials.
  public init(swarm: Swarm, configuration: KademliaConfiguration, logger: Logger) {
    core = KademliaCore(swarm: swarm, configuration: configuration, logger: logger)
    eventLoop = swarm.eventLoop
    swarm.addObserver { [weak core] event in core?.handle(event) }
  }

  /// Calls `observer` on the event loop with everything that happens.
  public func onEvent(_ observer: @escaping @Sendable (KademliaEvent) -> Void) {
    onLoop { $0.observers.append(observer) }
  }

  /// Says which connections somebody else needs: those that lookups have opened are closed when nobody does. Called on
  /// the event loop.
  public func keepConnections(where isNeeded: @escaping @Sendable (PeerID) -> Bool) {
    onLoop { $0.isNeeded = isNeeded }
  }

  /// Finds somebody to begin with, fills the routing table, and keeps it right.
  public func start() { onLoop { $0.start() } }

  /// Ends all lookups; they fail.
  public func stop() { onLoop { $0.stop() } }

  /// Looks anew for peers near us, and for some far from us.
  public func refresh() {
    onLoop { core in
      core.refreshDue = .now()
      core.advance()
    }
  }

  /// Where a peer is: found, dialled if that can be done, its addresses.
  public func findPeer(_ peer: PeerID) -> EventLoopFuture<KadPeer> {
    eventLoop.flatSubmit { [core] in core.findPeer(peer) }
  }

  /// The peers nearest to a key that have answered.
  public func closestPeers(_ key: [UInt8]) -> EventLoopFuture<[KadPeer]> {
    eventLoop.flatSubmit { [core] in core.closestPeers(key) }
  }

  /// Announces that something can be got from this peer.
  /// - Parameters:
  ///   - key: 1 to `Limits.Kademlia.providerKey` bytes; go takes the multihash of a CID only.
  ///   - keeps: Whether to do so again and again; announcements are forgotten after two days at most.
  /// - Returns: How many peers have noted it.
  public func provide(_ key: [UInt8], keeps: Bool = true) -> EventLoopFuture<Int> {
    eventLoop.flatSubmit { [core] in core.provide(key, keeps: keeps) }
  }

  /// Does not announce a key again.
  public func stopProviding(_ key: [UInt8]) { onLoop { $0.ownKeys.remove(key) } }

  /// Who has announced a key.
  /// - Parameter limit: With so many the lookup ends.
  public func findProviders(
    _ key: [UInt8], limit: Int = Limits.Kademlia.bucket
  ) -> EventLoopFuture<[KadPeer]> {
    eventLoop.flatSubmit { [core] in core.findProviders(key, limit: limit) }
  }

  /// Stores a record at the peers nearest to its key. Answers how many have taken it.
  public func put(_ record: KadRecord) -> EventLoopFuture<Int> {
    eventLoop.flatSubmit { [core] in core.put(record) }
  }

  /// The best value that is found of a key.
  public func get(_ key: [UInt8]) -> EventLoopFuture<[UInt8]> { eventLoop.flatSubmit { [core] in core.get(key) } }

  /// How things are.
  public var status: EventLoopFuture<KademliaStatus> { eventLoop.submit { [core] in core.currentStatus } }

  /// The peers of the routing table.
  public var peers: EventLoopFuture<[KadPeer]> { eventLoop.submit { [core] in core.table.peers } }

  private func onLoop(_ body: @escaping @Sendable (KademliaCore) -> Void) {
    if eventLoop.inEventLoop { body(core) } else { eventLoop.execute { [core] in body(core) } }
  }
}
