import Identity
import Limits
import NIOCore

/// What is done once a heartbeat: time passes for the tables, meshes are tended, messages are offered.
extension Router {
  mutating func heartbeat(
    now: NIODeadline, random: inout some RandomNumberGenerator, into actions: inout [RouterAction]
  ) {
    for (peer, broken) in promises.takeBroken(now: now) {
      counters.brokenPromises += broken
      peers[peer]?.misbehaviour += broken
    }
    for peer in peers.keys { peers[peer]?.heartbeat() }
    earlier.expire(now: now)
    dropAssumed(now: now, into: &actions)
    backoff.expire(now: now)
    seen.expire(now: now)
    foreignIDs.expire(now: now)
    for topic in mesh.topics.sorted() {
      tendMesh(topic, now: now, random: &random)
      offerMessages(topic, outside: mesh.peers(in: topic), random: &random)
    }
    fanout.expire(configuration.fanoutLifetime, now: now)
    for topic in fanout.topics.sorted() {
      fillFanout(topic, random: &random)
      offerMessages(topic, outside: fanout.peers(in: topic), random: &random)
    }
    cache.shift()
  }

  private mutating func tendMesh(_ topic: String, now: NIODeadline, random: inout some RandomNumberGenerator) {
    let plan = MeshPlan(
      configuration.mesh, neighbours: Array(mesh.peers(in: topic)), candidates: graftCandidates(for: topic, now: now),
      isOutbound: { peers[$0]?.isOutbound ?? false }, random: &random)
    for peer in plan.prunes {
      mesh.remove(peer, from: topic)
      backoff.impose(on: peer, topic: topic, for: configuration.pruneBackoff, now: now)
      sendPrune(to: peer, topic: topic, for: configuration.pruneBackoff)
    }
    for peer in plan.grafts { graft(peer, topic) }
  }

  /// IHAVE to some of the subscribers that are not sent the messages themselves.
  private mutating func offerMessages(
    _ topic: String, outside mesh: Set<PeerID>, random: inout some RandomNumberGenerator
  ) {
    var candidates = topicPeers.peers(in: topic).filter { peer in
      guard !mesh.contains(peer), let state = peers[peer] else { return false }
      return state.version != nil && state.dialect == .shared
    }.sorted()
    guard !candidates.isEmpty else { return }
    var ids = cache.gossip(for: topic)
    guard !ids.isEmpty else { return }
    let share = Int(Double(candidates.count) * configuration.mesh.gossipFactor)
    candidates.shuffle(using: &random)
    for peer in candidates.prefix(max(configuration.mesh.gossip, share)) {
      // Another choice for each peer, so that together they are told of all.
      if ids.count > Limits.Gossipsub.ihaveIDs { ids.shuffle(using: &random) }
      let offer = RPC.IHave(topic: topic, ids: Array(ids.prefix(Limits.Gossipsub.ihaveIDs)))
      outbox.add(to: peer) { $0.ihave.append(offer) }
    }
  }
}
