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
}

extension ChatNodeCore {
  fileprivate var measurements: ChatNodeMeasurements {
    get async {
      let topic = configuration.topic
      var measurements = ChatNodeMeasurements()
      measurements.connectedPeers = await swarm.connectedPeers.count
      measurements.meshPeers = await gossipsub.meshPeers(of: topic).count
      measurements.roomPeers = await gossipsub.subscribers(of: topic).count
      measurements.swarm = await swarm.counters
      measurements.gossipsub = await gossipsub.counters
      return measurements
    }
  }
}
