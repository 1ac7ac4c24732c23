import Identity
import Limits
import NIOCore

/// The way of a message: known already? then nothing; else its signature is checked, it is delivered, and sent on.
extension Router {
  mutating func receive(
    _ wire: WireMessage, from peer: PeerID, now: NIODeadline, into actions: inout [RouterAction]
  ) {
    counters.messagesReceived += 1
    // Duplicates are the most frequent thing of all, so they are found before anything is spent on the message.
    guard let id = wire.id else { return reject(validator.reasonWithoutID(wire), from: peer, into: &actions) }
    guard !seen.contains(id) else {
      counters.duplicates += 1
      return
    }
    let message: Message
    do {
      message = try validator.inspect(wire.detached(), id: id)
    } catch {
      return reject(error, from: peer, into: &actions)
    }
    guard message.source != localPeer else {
      counters.ownEchoes += 1
      return
    }
    guard mesh.isJoined(message.topic) else {
      counters.drop(.notSubscribed)
      return
    }
    switch pending.add(message, from: peer) {
    case .duplicate: counters.duplicates += 1
    case .full: counters.drop(.validationQueueFull)
    case .added:
      announceUnwanted(message, from: peer)
      actions.append(.validate(message, from: peer))
    }
  }

  mutating func finishValidation(
    of message: Message, from peer: PeerID, _ result: ValidationResult, now: NIODeadline,
    into actions: inout [RouterAction]
  ) {
    guard let copies = pending.finish(message) else { return }
    if case .reject(let reason) = result { return reject(reason, from: peer, into: &actions) }
    guard seen.insert(message.id, now: now) else {
      counters.duplicates += 1
      return
    }
    promises.fulfil(message.id)
    guard result == .accept else { return }
    cache.insert(message)
    if mesh.isJoined(message.topic) {
      counters.messagesDelivered += 1
      actions.append(.deliver(message, from: peer))
    }
    let targets = mesh.peers(in: message.topic).filter { $0 != message.source && !copies.contains($0) }
    send(message, to: targets, .forward, into: &actions)
  }

  /// Our own message goes to everybody who wants the topic; without flooding to the mesh, or to the fanout when we are
  /// not subscribed ourselves.
  mutating func publish(
    _ message: Message, now: NIODeadline, random: inout some RandomNumberGenerator, into actions: inout [RouterAction]
  ) {
    guard seen.insert(message.id, now: now) else {
      counters.duplicates += 1
      return
    }
    cache.insert(message)
    counters.messagesPublished += 1
    let topic = message.topic
    let targets: Set<PeerID>
    if configuration.floodsOwnMessages {
      targets = topicPeers.peers(in: topic)
    } else if mesh.isJoined(topic) {
      targets = mesh.peers(in: topic)
    } else {
      fanout.touch(topic, now: now)
      fillFanout(topic, random: &random)
      targets = fanout.peers(in: topic)
    }
    let count = send(message, to: targets, .publish, into: &actions)
    actions.append(.published(message.id, peers: count))
  }

  /// Adds peers to a fanout until it has as many as a mesh.
  mutating func fillFanout(_ topic: String, random: inout some RandomNumberGenerator) {
    let present = fanout.peers(in: topic)
    let missing = configuration.mesh.degree - present.count
    guard missing > 0 else { return }
    var candidates = topicPeers.peers(in: topic).filter { !present.contains($0) && isReachable($0) }.sorted()
    candidates.shuffle(using: &random)
    fanout.add(candidates.prefix(missing), to: topic)
  }

  /// Sends one message to those of the peers that can and want to have it; returns how many these are.
  @discardableResult
  mutating func send(
    _ message: Message, to targets: Set<PeerID>, _ priority: SendPriority, into actions: inout [RouterAction]
  ) -> Int {
    var receivers: [PeerID] = []
    for peer in targets {
      guard let state = peers[peer], state.version != nil else { continue }
      if state.unwanted.contains(message.id) {
        counters.drop(.unwanted)
      } else {
        receivers.append(peer)
      }
    }
    guard !receivers.isEmpty else { return 0 }
    guard let frame = RPCCodec.frame(message.wire.encoded, limit: configuration.frameLimit) else {
      counters.drop(.tooLongToSend, receivers.count)
      return 0
    }
    counters.messagesSent += receivers.count
    actions.append(.send(frame, to: receivers, priority))
    return receivers.count
  }

  /// Tells the neighbours that a long message needs not be sent to us, before time is spent on its signature.
  private mutating func announceUnwanted(_ message: Message, from sender: PeerID) {
    guard message.data.readableBytes >= configuration.idontwantThreshold else { return }
    for peer in mesh.peers(in: message.topic) where peer != sender && peer != message.source {
      guard let state = peers[peer], state.dialect == .shared, let version = state.version, version >= .v12 else {
        continue
      }
      outbox.add(to: peer) { $0.idontwant.append(message.id) }
    }
  }

  private mutating func reject(_ reason: RejectionReason, from peer: PeerID, into actions: inout [RouterAction]) {
    counters.reject(reason)
    peers[peer]?.misbehaviour += 1
    actions.append(.rejected(reason, from: peer))
  }
}
