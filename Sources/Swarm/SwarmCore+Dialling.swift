import Identity
import Limits
import Multiformats
import NIOCore
import NIOPosix

/// From addresses to a connection: names, several addresses in a race, one deadline for all of it.
extension SwarmCore {
  func dial(_ address: Multiaddr) -> EventLoopFuture<PeerID> {
    address.components.first?.proto == .dnsaddr ? dial(dnsaddr: address) : dial(address, resolve: resolve)
  }

  /// Connects to the peer at an address, with `/p2p/<id>` or without.
  func dial(
    _ address: Multiaddr, resolve: (DialTarget) -> EventLoopFuture<[SocketAddress]>
  ) -> EventLoopFuture<PeerID> {
    do {
      let target = try DialTarget(address)
      return dial(target.peer, [target], as: address, resolve: resolve)
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
  }

  /// Connects to a peer that may be at any of these addresses, the best first. What cannot be dialled is left out.
  func dial(_ peer: PeerID, at addresses: [Multiaddr]) -> EventLoopFuture<PeerID> {
    var targets: [DialTarget] = []
    var fault: any Error = SwarmError.notResolved("\(peer)", "no address is known")
    for address in addresses.prefix(Limits.Swarm.dnsAnswers) {
      do { targets.append(try DialTarget(address.withoutPeerID.withPeer(peer))) } catch { fault = error }
    }
    guard let best = targets.first else { return eventLoop.makeFailedFuture(fault) }
    return dial(peer, targets, as: best.transport.withPeer(peer), resolve: resolve)
  }

  /// - Parameter name: What the dial is known by: a second one of that name is the same.
  private func dial(
    _ peer: PeerID?, _ targets: [DialTarget], as name: Multiaddr,
    resolve: (DialTarget) -> EventLoopFuture<[SocketAddress]>
  ) -> EventLoopFuture<PeerID> {
    do {
      guard !isShutDown else { throw SwarmError.shutDown }
      if let peer {
        guard peer != localPeer else { throw SwarmError.selfDial }
        if connections.primary(peer) != nil { return eventLoop.makeSucceededFuture(peer) }
      }
      if let running = pendingDials[name] { return running.promise.futureResult }
      guard pendingDials.count < Limits.Swarm.pendingDials else {
        throw SwarmError.limit("\(Limits.Swarm.pendingDials) dials at one time")
      }
      guard connections.count < configuration.maximumConnections else {
        throw SwarmError.limit("\(configuration.maximumConnections) connections")
      }
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    let seconds = configuration.dialSeconds
    let dial = Dial(
      name, peer: peer, promise: eventLoop.makePromise(of: PeerID.self), deadline: .now() + .seconds(Int64(seconds)))
    pendingDials[name] = dial
    let transport = name.withoutPeerID
    let deadline = eventLoop.assumeIsolated().scheduleTask(deadline: dial.deadline) {
      dial.end(SwarmError.connectFailed(transport, "no answer within \(seconds) s"))
    }
    dial.promise.futureResult.assumeIsolated().whenComplete { [weak self] result in
      deadline.cancel()
      if case .failure = result { self?.counters.dialsFailed &+= 1 }
    }
    resolveAll(targets, resolve: resolve) { [weak self] attempts, error in self?.race(attempts, in: dial, error: error)
    }
    return dial.promise.futureResult
  }

  /// Looks the names up, all at one time, and calls back with everything that was found.
  private func resolveAll(
    _ targets: [DialTarget], resolve: (DialTarget) -> EventLoopFuture<[SocketAddress]>,
    then: @escaping ([Dial.Attempt], (any Error)?) -> Void
  ) {
    let lookups = targets.map { target in
      resolve(target).map { $0.map { Dial.Attempt(transport: target.transport, address: $0) } }
    }
    EventLoopFuture.whenAllComplete(lookups, on: eventLoop).assumeIsolated().whenSuccess { results in
      var attempts: [Dial.Attempt] = []
      var fault: (any Error)?
      for result in results {
        switch result {
        case .success(let found): for one in found where !attempts.contains(one) { attempts.append(one) }
        case .failure(let error): fault = error
        }
      }
      then(DialRace.interleaved(attempts) { $0.address.protocol == .inet6 }, fault)
    }
  }

  func resolve(_ target: DialTarget) -> EventLoopFuture<[SocketAddress]> {
    switch target.host {
    case .ip(let ip):
      eventLoop.makeCompletedFuture { [try SocketAddress(ipAddress: ip, port: target.port)] }
    case .name(let name, let families):
      NameResolver.resolve(name, families: families, port: target.port, eventLoop: eventLoop)
    }
  }

  // MARK: the race

  private func race(_ attempts: [Dial.Attempt], in dial: Dial, error: (any Error)?) {
    dial.attempts = attempts
    dial.race = DialRace(count: attempts.count, now: .now())
    if let error { dial.lastError = error }
    advance(dial)
  }

  /// Begins what is due, and ends the dial when nothing is left of it.
  private func advance(_ dial: Dial) {
    dial.timer?.cancel()
    dial.timer = nil
    guard !dial.isOver, !isShutDown else { return endIfIdle(dial) }
    while let index = dial.race.due(at: .now()) { begin(index, of: dial) }
    guard !dial.race.isLost else { return finish(dial, .failure(dial.lastError)) }
    dial.timer = dial.race.deadline.map { deadline in
      eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.advance(dial) }
    }
  }

  private func begin(_ index: Int, of dial: Dial) {
    guard dial.attempts.indices.contains(index) else { return }
    let attempt = dial.attempts[index]
    // Where there is another address, one that swallows everything does not get all the time there is.
    let time =
      dial.attempts.count == 1
      ? dial.deadline - .now() : min(dial.deadline - .now(), .seconds(Int64(Limits.Swarm.attemptSeconds)))
    connect(attempt, index: index, of: dial, within: time).assumeIsolated().whenComplete { [weak self] result in
      guard let self else { return dial.promise.fail(SwarmError.shutDown) }
      dial.handlers[index] = nil
      switch result {
      case .success(let peer): self.won(dial, peer)
      case .failure(let error):
        dial.lastError = error
        dial.race.failed(index, at: .now())
        // Ours lost against one that the peer opened meanwhile.
        if let peer = dial.peer, self.connections.primary(peer) != nil { return self.won(dial, peer) }
        self.advance(dial)
      }
    }
  }

  private func won(_ dial: Dial, _ peer: PeerID) {
    dial.isOver = true
    dial.promise.succeed(peer)
    for handler in dial.handlers.values { handler.close(SwarmError.connectionClosed("another address was faster")) }
    endIfIdle(dial)
  }

  /// A dial that is over stays in the table until nothing of it goes on any more.
  private func endIfIdle(_ dial: Dial) {
    guard dial.handlers.isEmpty else { return }
    finish(dial, .failure(dial.lastError))
  }

  private func finish(_ dial: Dial, _ result: Result<PeerID, any Error>) {
    dial.timer?.cancel()
    pendingDials.removeValue(forKey: dial.name)
    dial.promise.completeWith(result)
  }

  private func connect(
    _ attempt: Dial.Attempt, index: Int, of dial: Dial, within time: TimeAmount
  ) -> EventLoopFuture<PeerID> {
    let opened = eventLoop.makePromise(of: Void.self)
    let handler: ConnectionHandler
    do {
      handler = try ConnectionHandler(
        direction: .outbound, remoteAddress: Multiaddr(tcp: attempt.address) ?? attempt.transport,
        expectedPeer: dial.peer, staticKey: staticKey, swarm: self, configuration: configuration, opened: opened)
    } catch {
      opened.fail(error)
      return eventLoop.makeFailedFuture(error)
    }
    dial.handlers[index] = handler
    upgrading[ObjectIdentifier(handler)] = handler
    let limit = eventLoop.assumeIsolated().scheduleTask(in: time) {
      handler.close(SwarmError.connectFailed(attempt.transport, "\(attempt.address) does not answer"))
    }
    let bound = NIOLoopBound(handler, eventLoop: eventLoop)
    let connected = ClientBootstrap(group: eventLoop)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.writeBufferWaterMark, value: Self.waterMark)
      .connectTimeout(.seconds(Int64(min(configuration.dialSeconds, Limits.Swarm.connectSeconds))))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
      }
      .connect(to: attempt.address)
    // Told before the handler is taken out, which would report a lost upgrade.
    connected.whenFailure { error in
      opened.fail(SwarmError.connectFailed(attempt.transport, describe(error)))
    }
    return opened.futureResult.assumeIsolated().flatMapThrowing {
      guard let peer = handler.peer else { throw SwarmError.notConnected(self.localPeer) }
      return peer
    }.always { [weak self] _ in
      limit.cancel()
      self?.upgrading.removeValue(forKey: ObjectIdentifier(handler))
    }.nonisolated()
  }
}
