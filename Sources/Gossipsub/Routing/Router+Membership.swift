import Identity
import Limits
import NIOCore

/// Who is there, who is subscribed to what, and who is in which mesh.
extension Router {
  mutating func connected(_ peer: PeerID, isOutbound: Bool) {
    guard peer != localPeer, peers[peer] == nil else { return }
    peers[peer] = PeerState(isOutbound: isOutbound)
  }

  /// The first frame of a stream is all our subscriptions (wire.md §6); GRAFTs follow for what we know of the peer.
  mutating func streamOpened(
    _ peer: PeerID, _ version: GossipsubVersion, now: NIODeadline, into actions: inout [RouterAction]
  ) {
    guard peers[peer] != nil else { return }
    peers[peer]?.version = version
    // It may have grafted us before our stream was open.
    mesh.reached(peer)
    for topic in mesh.topics.sorted() {
      outbox.add(to: peer) { $0.subscriptions.append(.init(topic: topic, subscribes: true)) }
    }
    flush(into: &actions)
    for topic in (peers[peer]?.owedPrunes ?? []).sorted() where !mesh.contains(peer, in: topic) {
      sendPrune(to: peer, topic: topic, for: configuration.pruneBackoff)
    }
    peers[peer]?.owedPrunes = []
    assumeEarlier(of: peer, now: now, into: &actions)
    for topic in (peers[peer]?.topics ?? []).sorted() {
      graftIfWanted(peer, topic, now: now)
    }
  }

  /// Nothing can be sent to the peer for now, so it is no neighbour; what it is subscribed to is still true.
  mutating func streamClosed(_ peer: PeerID) {
    peers[peer]?.version = nil
    for topic in Array(mesh.topics) { mesh.remove(peer, from: topic) }
    fanout.remove(peer)
  }

  /// Everything of the peer goes, but the back-offs that bind it, and these soon.
  mutating func disconnected(_ peer: PeerID, now: NIODeadline) {
    guard let state = peers.removeValue(forKey: peer) else { return }
    earlier.note(peer, state.topics.subtracting(state.assumed?.topics ?? []), now: now)
    for topic in state.topics { topicPeers.remove(peer, from: topic) }
    for topic in Array(mesh.topics) { mesh.remove(peer, from: topic) }
    fanout.remove(peer)
    promises.remove(peer)
    cache.forget(peer)
    backoff.shorten(peer, to: configuration.pruneBackoff, now: now)
  }

  /// A peer joins or leaves a topic.
  mutating func change(
    _ subscription: RPC.Subscription, of peer: PeerID, now: NIODeadline, into actions: inout [RouterAction]
  ) {
    let topic = subscription.topic
    peers[peer]?.assumed?.topics.remove(topic)
    if subscription.subscribes {
      guard addSubscription(of: peer, to: topic, into: &actions) else { return }
      // At once, not at the next heartbeat: rust with one neighbour never grafts another (wire.md §1.10).
      graftIfWanted(peer, topic, now: now)
    } else if peers[peer]?.topics.remove(topic) != nil {
      topicPeers.remove(peer, from: topic)
      mesh.remove(peer, from: topic)
      fanout.remove(peer, from: topic)
      actions.append(.unsubscribed(peer, topic: topic))
    }
  }

  /// A peer is back that has said nothing yet: it is believed to be subscribed as it was.
  private mutating func assumeEarlier(of peer: PeerID, now: NIODeadline, into actions: inout [RouterAction]) {
    var topics: Set<String> = []
    for topic in earlier.take(peer, now: now).sorted() where addSubscription(of: peer, to: topic, into: &actions) {
      topics.insert(topic)
    }
    if !topics.isEmpty { peers[peer]?.assumed = (topics, now + configuration.earlierLifetime) }
  }

  /// What a peer has not confirmed in time was not so.
  mutating func dropAssumed(now: NIODeadline, into actions: inout [RouterAction]) {
    for (peer, state) in peers {
      guard let assumed = state.assumed, assumed.until <= now || assumed.topics.isEmpty else { continue }
      peers[peer]?.assumed = nil
      for topic in assumed.topics.sorted() {
        change(.init(topic: topic, subscribes: false), of: peer, now: now, into: &actions)
      }
    }
  }

  /// Notes a subscription within the peer's limit; false when there is nothing new.
  mutating func addSubscription(of peer: PeerID, to topic: String, into actions: inout [RouterAction]) -> Bool {
    guard let state = peers[peer], !topic.isEmpty, !state.topics.contains(topic) else { return false }
    guard state.topics.count < Limits.Gossipsub.subscriptionsPerPeer, topic.utf8.count <= Limits.Gossipsub.topic else {
      counters.drop(.subscriptionLimit)
      return false
    }
    peers[peer]?.topics.insert(topic)
    topicPeers.add(peer, to: topic)
    actions.append(.subscribed(peer, topic: topic))
    return true
  }

  /// We join a topic: first with the peers that took our messages of it, then with others.
  mutating func subscribe(to topic: String, now: NIODeadline, random: inout some RandomNumberGenerator) {
    guard !topic.isEmpty, topic.utf8.count <= Limits.Gossipsub.topic, mesh.join(topic) else { return }
    for peer in peers.keys.sorted() where isReachable(peer) {
      outbox.add(to: peer) { $0.subscriptions.append(.init(topic: topic, subscribes: true)) }
    }
    let earlier = fanout.leave(topic)
    var candidates = graftCandidates(for: topic, now: now).sorted()
    candidates.shuffle(using: &random)
    let ordered = candidates.filter { earlier.contains($0) } + candidates.filter { !earlier.contains($0) }
    for peer in ordered.prefix(configuration.mesh.degree) { graft(peer, topic) }
  }

  /// We leave a topic: the neighbours are told not to come back soon, since we may.
  mutating func unsubscribe(from topic: String, now: NIODeadline) {
    guard let neighbours = mesh.leave(topic) else { return }
    for peer in peers.keys.sorted() {
      peers[peer]?.owedPrunes.remove(topic)
      guard isReachable(peer) else { continue }
      outbox.add(to: peer) { $0.subscriptions.append(.init(topic: topic, subscribes: false)) }
    }
    for peer in neighbours.sorted() {
      backoff.impose(on: peer, topic: topic, for: configuration.unsubscribeBackoff, now: now)
      sendPrune(to: peer, topic: topic, for: configuration.unsubscribeBackoff)
    }
  }

  /// Subscribers outside the mesh that may be grafted now.
  func graftCandidates(for topic: String, now: NIODeadline) -> [PeerID] {
    topicPeers.peers(in: topic).filter {
      !mesh.contains($0, in: topic) && isReachable($0) && backoff.allowsGraft(of: $0, topic: topic, now: now)
    }
  }

  /// Takes a peer into the mesh if there is need and nothing forbids it.
  mutating func graftIfWanted(_ peer: PeerID, _ topic: String, now: NIODeadline) {
    guard mesh.isJoined(topic), mesh.count(in: topic) < configuration.mesh.degree, isReachable(peer),
      backoff.allowsGraft(of: peer, topic: topic, now: now)
    else { return }
    graft(peer, topic)
  }

  mutating func graft(_ peer: PeerID, _ topic: String) {
    guard mesh.add(peer, to: topic) else { return }
    outbox.add(to: peer) { $0.graft.append(topic) }
  }

  /// Tells a peer that it is not in our mesh, and from version 1.1 on for how long.
  mutating func sendPrune(to peer: PeerID, topic: String, for amount: TimeAmount) {
    guard let version = peers[peer]?.version else {
      if mesh.isJoined(topic) { peers[peer]?.owedPrunes.insert(topic) }
      return
    }
    let seconds = UInt64(max(amount.nanoseconds / 1_000_000_000, 1))
    outbox.add(to: peer) { $0.prune.append(.init(topic: topic, backoff: version >= .v11 ? seconds : nil)) }
  }
}
