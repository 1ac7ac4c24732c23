import Gossipsub
import Swarm

/// What is measured of a node. Counters only grow.
public struct ChatNodeMeasurements: Sendable {
  /// Peers that it is connected to.
  public var connectedPeers = 0
  /// Peers in the mesh of the room.
  public var meshPeers = 0
  /// Peers that have joined the room, as far as is known.
  public var roomPeers = 0
  /// Whether anybody hears it.
  public var liveness = Liveness.State.joining
  /// Seconds for which nobody has.
  public var silentSeconds = 0.0
  /// Peers of which an address is known.
  public var knownPeers = 0
  /// Connections closed because there were too many.
  public var pruned: UInt64 = 0
  /// What the swarm refused or lost.
  public var swarm = SwarmCounters()
  /// What gossipsub did and left undone.
  public var gossipsub = GossipsubCounters()

  /// All zero.
  public init() {}
}

extension ChatNode {
  /// How the node is doing now.
  public var measurements: ChatNodeMeasurements {
    get async { await core.measurements }
  }

  /// Seconds for which nobody has heard the node, if it is deaf. To be asked on its event loop.
  package var deafSeconds: Double? {
    eventLoop.assertInEventLoop()
    return core.liveness.state == .deaf ? core.liveness.silence(at: .now()) : nil
  }
}

extension ChatNodeCore {
  private var staying: (Liveness.State, Double, Int, UInt64) {
    get async {
      let now = swarm.eventLoop.submit { [self] in
        (liveness.state, liveness.silence(at: .now()), keeper.store.count, keeper.manager.pruned)
      }
      return (try? await now.get()) ?? (.joining, 0, 0, 0)
    }
  }

  fileprivate var measurements: ChatNodeMeasurements {
    get async {
      let topic = configuration.topic
      var measurements = ChatNodeMeasurements()
      measurements.connectedPeers = await swarm.connectedPeers.count
      measurements.meshPeers = await gossipsub.meshPeers(of: topic).count
      measurements.roomPeers = await gossipsub.subscribers(of: topic).count
      (measurements.liveness, measurements.silentSeconds, measurements.knownPeers, measurements.pruned) = await staying
      measurements.swarm = await swarm.counters
      measurements.gossipsub = await gossipsub.counters
      return measurements
    }
  }
}
