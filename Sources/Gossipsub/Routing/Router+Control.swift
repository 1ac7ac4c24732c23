import Identity
import Limits
import NIOCore

/// What peers ask of us, and what is done about it within bounds.
extension Router {
  mutating func receiveGraft(
    _ topic: String, from peer: PeerID, now: NIODeadline, into actions: inout [RouterAction]
  ) {
    // No state, and no answer, for topics that we do not have (CVE-2026-95859).
    guard let state = peers[peer], mesh.isJoined(topic) else {
      counters.drop(.unknownTopicGraft)
      return
    }
    guard !mesh.contains(peer, in: topic) else { return }
    if backoff.forbidsGraft(by: peer, topic: topic, now: now) {
      counters.drop(.graftInBackoff)
      peers[peer]?.misbehaviour += 1
      return refuseGraft(peer, topic, now: now)
    }
    // A full mesh takes only peers that we dialled: the others could be as many as an attacker likes.
    if mesh.count(in: topic) >= configuration.mesh.high, !state.isOutbound {
      counters.drop(.graftOfFullMesh)
      return refuseGraft(peer, topic, now: now)
    }
    // A GRAFT says that the peer is subscribed, should its subscription be late.
    if !state.topics.contains(topic), !addSubscription(of: peer, to: topic, into: &actions) { return }
    mesh.add(peer, to: topic)
    peers[peer]?.owedPrunes.remove(topic)
  }

  private mutating func refuseGraft(_ peer: PeerID, _ topic: String, now: NIODeadline) {
    backoff.impose(on: peer, topic: topic, for: configuration.pruneBackoff, now: now)
    guard let replies = peers[peer]?.budget.pruneReplies, replies > 0 else { return }
    peers[peer]?.budget.pruneReplies = replies - 1
    sendPrune(to: peer, topic: topic, for: configuration.pruneBackoff)
  }

  mutating func receivePrune(_ prune: RPC.Prune, from peer: PeerID, now: NIODeadline) {
    guard mesh.isJoined(prune.topic) else { return }
    mesh.remove(peer, from: prune.topic)
    // Peers of version 1.0 name no time; zero is what others send who mean none.
    let own = UInt64(max(configuration.pruneBackoff.nanoseconds / 1_000_000_000, 0))
    let seconds = prune.backoff.flatMap { $0 > 0 ? $0 : nil } ?? own
    backoff.accept(from: peer, topic: prune.topic, seconds: seconds, now: now)
  }

  /// IHAVE: asks for what is not known and not just asked of somebody else.
  mutating func receiveOffers(
    _ offers: [RPC.IHave], from peer: PeerID, now: NIODeadline, random: inout some RandomNumberGenerator
  ) {
    guard let state = peers[peer], state.version != nil else { return }
    guard state.budget.offers > 0 else {
      counters.drop(.offerLimit)
      return
    }
    peers[peer]?.budget.offers -= 1
    let isForeign = state.dialect == .foreign
    var wanted: [MessageID] = []
    var chosen: Set<MessageID> = []
    for offer in offers where mesh.isJoined(offer.topic) {
      for id in offer.ids where !id.isEmpty && !chosen.contains(id) {
        // An id of another dialect is never among ours; it is asked for once and echoed as it came.
        if isForeign ? foreignIDs.contains(id) : seen.contains(id) || promises.isAwaited(id, now: now) { continue }
        chosen.insert(id)
        wanted.append(id)
      }
    }
    let budget = max(state.budget.requests, 0)
    if wanted.count > budget {
      counters.drop(.offerLimit, wanted.count - budget)
      // Any of them, so that a peer cannot choose which ones are never asked for.
      wanted.shuffle(using: &random)
      wanted.removeLast(wanted.count - budget)
    }
    guard !wanted.isEmpty else { return }
    peers[peer]?.budget.requests -= wanted.count
    for id in wanted {
      if isForeign {
        foreignIDs.insert(id, now: now)
      } else if state.dialect == .shared {
        promises.expect(id, from: peer, now: now)
      }
    }
    outbox.add(to: peer) { $0.iwant += wanted }
  }

  /// IWANT: sends what is in the cache, several messages to a frame.
  mutating func answerRequests(_ ids: [MessageID], from peer: PeerID, into actions: inout [RouterAction]) {
    guard let state = peers[peer], state.version != nil else { return }
    var answer = RPC()
    for id in ids where cache.message(id) != nil && !state.unwanted.contains(id) {
      guard let message = cache.retransmit(id, to: peer, limit: Limits.Gossipsub.retransmissions) else {
        counters.drop(.retransmissionLimit)
        continue
      }
      guard RPCCodec.fits(message.wire.encoded, limit: configuration.frameLimit) else {
        counters.drop(.tooLongToSend)
        continue
      }
      answer.messages.append(message.wire)
    }
    counters.messagesSent += answer.messages.count
    for frame in RPCCodec.encode(answer, limit: configuration.frameLimit) {
      actions.append(.send(frame, to: [peer], .forward))
    }
  }

  /// IDONTWANT: ids of another dialect would never match, so they take no room.
  mutating func receiveUnwanted(_ ids: [MessageID], from peer: PeerID) {
    guard let dialect = peers[peer]?.dialect, dialect != .foreign else { return }
    for (position, id) in ids.enumerated() {
      guard peers[peer]?.unwanted.insert(id) ?? false else {
        counters.drop(.unwantedLimit, ids.count - position)
        return
      }
    }
  }
}
