import Identity
import Limits
import Multiformats
import NIOCore

/// Telling others who we are, and learning who they are (libp2p/specs identify).
extension SwarmCore {
  func requestIdentify(_ connection: ConnectionHandler, peer: PeerID) {
    openStream(on: connection, protocols: [Swarm.identifyProtocol]) { [weak self] channel, _ in
      let reader = IdentifyReader(peer: peer) { result in
        switch result {
        case .success(let info): self?.learned(info, peer: peer)
        case .failure(let error): self?.emit(.identifyFailed(peer, "\(error)"))
        }
      }
      try channel.pipeline.syncOperations.addHandler(reader)
    }.whenFailure { [weak self] error in
      guard let self, self.isConnected(peer) else { return }
      self.emit(.identifyFailed(peer, "\(error)"))
    }
  }

  func learned(_ info: IdentifyInfo, peer: PeerID) {
    guard isConnected(peer) else { return }
    identified[peer] = info
    emit(.identified(peer, info))
    // What has changed before it was known that the peer takes pushes.
    if connections.primary(peer).map({ $0.toldRevision != revision }) ?? false { pushIdentify(to: peer) }
  }

  func answerIdentify(_ stream: InboundStream) {
    do {
      let written = eventLoop.makePromise(of: Void.self)
      stream.channel.write(
        try ownIdentify(observed: Multiaddr(tcp: stream.channel.remoteAddress)), promise: written)
      stream.channel.flush()
      written.futureResult.assumeIsolated().whenSuccess { [weak self] in self?.emit(.identifySent(stream.peer)) }
      stream.channel.close(mode: .output, promise: nil)
      closeWhenPeerDoes(stream.channel)
    } catch {
      logger.error("cannot describe this peer", metadata: ["error": "\(error)"])
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
  }

  /// A stream on which nothing more is expected: the peer gets a while to end it, then it is reset.
  func closeWhenPeerDoes(_ channel: any Channel) {
    let timeout = eventLoop.scheduleTask(in: .seconds(Int64(Limits.Identify.seconds))) {
      channel.close(promise: nil)
    }
    channel.closeFuture.whenComplete { _ in timeout.cancel() }
  }

  func acceptPush(_ stream: InboundStream) {
    let peer = stream.peer
    guard let connection = connections.primary(peer), connection.pushBudget.take(now: .now()) else {
      counters.pushesIgnored &+= 1
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
      return
    }
    let reader = IdentifyReader(peer: peer, known: identified[peer] ?? IdentifyInfo()) { [weak self] result in
      if case .success(let info) = result { self?.learned(info, peer: peer) }
    }
    try? stream.channel.pipeline.syncOperations.addHandler(reader)
  }

  /// Tells connected peers that serve identify-push of new addresses or protocols.
  func pushIdentify() {
    revision &+= 1
    for peer in connections.peers { pushIdentify(to: peer) }
  }

  func pushIdentify(to peer: PeerID) {
    guard identified[peer]?.protocols.contains(Swarm.identifyPushProtocol) == true else { return }
    for connection in connections(to: peer) { connection.toldRevision = revision }
    openStream(to: peer, protocols: [Swarm.identifyPushProtocol]) { [weak self] channel, _ in
      guard let self else { return }
      channel.write(try self.ownIdentify(observed: nil), promise: nil)
      channel.flush()
      channel.close(mode: .output, promise: nil)
      self.closeWhenPeerDoes(channel)
    }.whenFailure { [logger] error in
      logger.debug("identify push failed", metadata: ["peer": "\(peer)", "error": "\(error)"])
    }
  }

  func ownIdentify(observed: Multiaddr?) throws -> ByteBuffer {
    let record = try self.record ?? sealRecord()
    self.record = record
    let message = try IdentifyMessage.encode(
      identity: identity, configuration: configuration, listenAddresses: listenAddresses, protocols: protocolNames,
      observed: observed, record: record)
    var framed = ByteBuffer()
    framed.writeLengthPrefixed(message)
    return framed
  }

  func sealRecord() throws -> [UInt8] {
    recordSequence = max(recordSequence &+ 1, UInt64(clamping: WallClock.nanoseconds()))
    return try PeerRecord(peerID: localPeer, sequence: recordSequence, addresses: listenAddresses)
      .sealed(with: identity)
  }
}
