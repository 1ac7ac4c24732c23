import Identity
import Logging
import NIOCore
import Swarm

/// Publish and subscribe among libp2p peers: gossipsub 1.0 to 1.2 on a swarm's streams.
///
/// ```swift
/// let gossipsub = Gossipsub(swarm: swarm, configuration: .init(), logger: logger)
/// gossipsub.onEvent { event in
///   if case .message(let message, _) = event { print(message.source, String(buffer: message.data)) }
/// }
/// gossipsub.start()
/// try await gossipsub.subscribe("universal-connectivity").get()
/// let receipt = try await gossipsub.publish(ByteBuffer(string: "hello"), topic: "universal-connectivity").get()
/// ```
///
/// Make it before the swarm listens or dials: it registers its protocols and an observer. Calls may come from any
/// thread; everything happens on the swarm's event loop. `stop` says goodbye to the peers.
public final class Gossipsub: Sendable {
  private let core: GossipsubCore

  /// A service on a swarm, which it keeps alive.
  public init(swarm: Swarm, configuration: GossipsubConfiguration, logger: Logger) {
    let core = GossipsubCore(swarm: swarm, configuration: configuration, logger: logger)
    self.core = core
    for version in GossipsubVersion.allCases {
      swarm.handle(version.rawValue) { [weak core] stream in
        if let core {
          core.accept(stream)
        } else {
          stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
        }
      }
    }
    swarm.addObserver { [weak core] event in core?.handle(event) }
  }

  /// Begins to tend the meshes, once a heartbeat.
  public func start() { onLoop { $0.start() } }

  /// Joins a topic: its messages are delivered from now on, and forwarded for others.
  public func subscribe(_ topic: String) -> EventLoopFuture<Void> { onLoop { $0.subscribe(topic) } }

  /// Leaves a topic.
  public func unsubscribe(_ topic: String) -> EventLoopFuture<Void> { onLoop { $0.unsubscribe(topic) } }

  /// Signs a message and sends it to everybody who is subscribed to the topic.
  ///
  /// The future is fulfilled at once while the peers keep up, and later when they do not: who waits for it before
  /// publishing again loses nothing to full queues. It fails with `PublishError`.
  public func publish(_ data: ByteBuffer, topic: String) -> EventLoopFuture<PublishReceipt> {
    core.eventLoop.flatSubmit { [core] in core.publish(data, topic: topic) }
  }

  /// Calls `observer` on the event loop with everything that happens, in order.
  public func onEvent(_ observer: @escaping @Sendable (GossipsubEvent) -> Void) { onLoop { $0.observe(observer) } }

  /// Keeps back messages that the application could not take. Called on the event loop, as from an observer, no further
  /// one is delivered after this call; after some thousand more the peers' streams are not read any more, so that the
  /// peers have to wait and nothing is lost.
  public func holdDeliveries() { onLoop { $0.holdDeliveries(true) } }

  /// Delivers what was kept back, and goes on.
  public func releaseDeliveries() { onLoop { $0.holdDeliveries(false) } }

  /// What was done and left undone so far.
  public var counters: GossipsubCounters {
    get async { (try? await core.eventLoop.submit { [core] in core.counters }.get()) ?? GossipsubCounters() }
  }

  /// The mesh neighbours of a topic.
  public func meshPeers(of topic: String) async -> Set<PeerID> {
    (try? await core.eventLoop.submit { [core] in core.router.mesh.peers(in: topic) }.get()) ?? []
  }

  /// Whether a peer is a mesh neighbour of a topic. To be asked on the event loop.
  package func isInMesh(_ peer: PeerID, of topic: String) -> Bool {
    core.eventLoop.assertInEventLoop()
    return core.router.mesh.peers(in: topic).contains(peer)
  }

  /// The connected peers that are subscribed to a topic.
  public func subscribers(of topic: String) async -> Set<PeerID> {
    (try? await core.eventLoop.submit { [core] in core.router.subscribers(of: topic) }.get()) ?? []
  }

  /// Leaves all topics, tells the peers so, and ends the streams. A stopped service stays stopped.
  public func stop() -> EventLoopFuture<Void> { onLoop { $0.stop() } }

  @discardableResult
  private func onLoop(_ body: @escaping @Sendable (GossipsubCore) -> Void) -> EventLoopFuture<Void> {
    // At once where possible: a hold from an observer must take effect before the next delivery.
    if core.eventLoop.inEventLoop {
      body(core)
      return core.eventLoop.makeSucceededVoidFuture()
    }
    return core.eventLoop.submit { [core] in body(core) }
  }
}
