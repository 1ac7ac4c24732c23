import BotKit
import Gossipsub
import Synchronization
import UniversalConnectivity

/// What is measured of the peer, in Prometheus' terms.
final class PeerMetrics: Sendable {
  private struct State {
    var roundTrips = Histogram()
    var pingsFailed = 0
  }

  private let state = Mutex(State())

  /// Looks at everything that happens.
  func note(_ event: ChatEvent) {
    switch event {
    case .pinged(_, let seconds): state.withLock { $0.roundTrips.observe(seconds) }
    case .pingFailed: state.withLock { $0.pingsFailed += 1 }
    default: break
    }
  }

  /// Everything about the peer as it is now.
  func families(_ node: ChatNodeMeasurements) -> [MetricFamily] {
    let state = state.withLock { $0 }
    let gossipsub = node.gossipsub
    func counter(_ name: String, _ help: String, _ value: some BinaryInteger) -> MetricFamily {
      MetricFamily("ucbot_\(name)", .counter, help, Double(value))
    }
    return [
      MetricFamily(
        "ucbot_info", .gauge, "the version that runs", [.init(1, labels: [.init("version", Version.current)])]),
      MetricFamily("ucbot_connected_peers", .gauge, "peers that there is a connection to", Double(node.connectedPeers)),
      MetricFamily("ucbot_mesh_peers", .gauge, "peers in the mesh of the room", Double(node.meshPeers)),
      MetricFamily("ucbot_room_peers", .gauge, "peers known to have joined the room", Double(node.roomPeers)),
      MetricFamily("ucbot_known_peers", .gauge, "peers of which an address is known", Double(node.knownPeers)),
      MetricFamily("ucbot_deaf", .gauge, "1: nobody has heard us for too long", node.liveness == .deaf ? 1 : 0),
      MetricFamily("ucbot_silent_seconds", .gauge, "seconds for which nobody has heard us", node.silentSeconds),
      counter("connections_pruned_total", "connections closed because there were too many", node.pruned),
      MetricFamily(
        "ucbot_round_trip_seconds", .histogram, "round trips to peers", state.roundTrips.samples()),
      counter("pings_failed_total", "pings without an answer", state.pingsFailed),
      counter("messages_received_total", "messages that came in, copies and all", gossipsub.messagesReceived),
      counter("messages_delivered_total", "messages given to the bots", gossipsub.messagesDelivered),
      counter("messages_duplicate_total", "messages that were known already", gossipsub.duplicates),
      counter("messages_published_total", "messages of our own", gossipsub.messagesPublished),
      counter("messages_sent_total", "messages written for peers, counted for each", gossipsub.messagesSent),
      counter("received_bytes_total", "bytes of gossipsub that came in", gossipsub.bytesReceived),
      counter("sent_bytes_total", "bytes of gossipsub that went out", gossipsub.bytesSent),
      MetricFamily(
        "ucbot_messages_rejected_total", .counter, "messages refused, by reason",
        RejectionReason.allCases.map {
          .init(Double(gossipsub.rejected[$0] ?? 0), labels: [.init("reason", $0.rawValue)])
        }),
      MetricFamily("ucbot_dropped_total", .counter, "what was left out, by where and why", drops(node)),
    ]
  }

  private func drops(_ node: ChatNodeMeasurements) -> [MetricFamily.Sample] {
    let swarm = node.swarm
    let limits: [(String, UInt64)] = [
      ("connectionsRefused", swarm.connectionsRefused), ("inboundUpgradesFailed", swarm.inboundUpgradesFailed),
      ("streamsRefused", swarm.streamsRefused), ("dialsFailed", swarm.dialsFailed),
      ("pushesIgnored", swarm.pushesIgnored),
    ]
    return GossipsubCounters.DropCause.allCases.map { cause in
      .init(
        Double(node.gossipsub.dropped[cause] ?? 0),
        labels: [.init("part", "gossipsub"), .init("cause", cause.rawValue)])
    } + limits.map { .init(Double($0.1), labels: [.init("part", "swarm"), .init("cause", $0.0)]) }
  }
}
