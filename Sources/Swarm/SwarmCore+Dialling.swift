import Identity
import Limits
import Multiformats
import NIOCore
import NIOPosix

/// From an address to a connection: names, one address after the other, one deadline for all of it.
extension SwarmCore {
  func dial(_ address: Multiaddr) -> EventLoopFuture<PeerID> { dial(address, resolve: resolve) }

  func dial(
    _ address: Multiaddr, resolve: (DialTarget) -> EventLoopFuture<[SocketAddress]>
  ) -> EventLoopFuture<PeerID> {
    let target: DialTarget
    do {
      guard !isShutDown else { throw SwarmError.shutDown }
      target = try DialTarget(address)
      if let peer = target.peer {
        guard peer != localPeer else { throw SwarmError.selfDial }
        if connections.primary(peer) != nil { return eventLoop.makeSucceededFuture(peer) }
      }
      if let running = pendingDials[address] { return running.promise.futureResult }
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
      address, target, promise: eventLoop.makePromise(of: PeerID.self), deadline: .now() + .seconds(Int64(seconds)))
    pendingDials[address] = dial
    let deadline = eventLoop.assumeIsolated().scheduleTask(deadline: dial.deadline) {
      dial.end(SwarmError.connectFailed(target.transport, "no answer within \(seconds) s"))
    }
    dial.promise.futureResult.assumeIsolated().whenComplete { [weak self] result in
      deadline.cancel()
      if case .failure = result { self?.counters.dialsFailed &+= 1 }
    }
    resolve(target).assumeIsolated().whenComplete { [weak self] result in
      switch result {
      case .failure(let error): self?.finish(dial, .failure(error))
      case .success(let addresses): self?.tryNext(addresses[...], of: dial, lastError: SwarmError.shutDown)
      }
    }
    return dial.promise.futureResult
  }

  func finish(_ dial: Dial, _ result: Result<PeerID, any Error>) {
    pendingDials.removeValue(forKey: dial.address)
    dial.promise.completeWith(result)
  }

  func resolve(_ target: DialTarget) -> EventLoopFuture<[SocketAddress]> {
    switch target.host {
    case .ip(let ip):
      eventLoop.makeCompletedFuture { [try SocketAddress(ipAddress: ip, port: target.port)] }
    case .name(let name, let families):
      NameResolver.resolve(name, families: families, port: target.port, eventLoop: eventLoop)
    }
  }

  /// One address after the other; the error of the last is the dial's.
  func tryNext(_ addresses: ArraySlice<SocketAddress>, of dial: Dial, lastError: any Error) {
    guard let address = addresses.first, !dial.isOver, !isShutDown else { return finish(dial, .failure(lastError)) }
    // An address that swallows everything must leave time for those behind it.
    let time = TimeAmount.nanoseconds((dial.deadline - .now()).nanoseconds / Int64(addresses.count))
    connect(to: address, of: dial, within: time).assumeIsolated().whenComplete { [weak self] result in
      guard let self else { return dial.promise.fail(SwarmError.shutDown) }
      dial.attempt = nil
      switch result {
      case .success(let peer): self.finish(dial, .success(peer))
      case .failure(let error):
        if let peer = dial.target.peer, self.connections.primary(peer) != nil {
          // Ours lost against one that the peer opened meanwhile.
          self.finish(dial, .success(peer))
        } else {
          self.tryNext(addresses.dropFirst(), of: dial, lastError: error)
        }
      }
    }
  }

  func connect(to address: SocketAddress, of dial: Dial, within time: TimeAmount) -> EventLoopFuture<PeerID> {
    let target = dial.target
    let opened = eventLoop.makePromise(of: Void.self)
    let handler: ConnectionHandler
    do {
      handler = try ConnectionHandler(
        direction: .outbound, remoteAddress: Multiaddr(tcp: address) ?? target.transport, expectedPeer: target.peer,
        staticKey: staticKey, swarm: self, configuration: configuration, opened: opened)
    } catch {
      opened.fail(error)
      return eventLoop.makeFailedFuture(error)
    }
    dial.attempt = handler
    upgrading[ObjectIdentifier(handler)] = handler
    let limit = eventLoop.assumeIsolated().scheduleTask(in: time) {
      handler.close(SwarmError.connectFailed(target.transport, "\(address) does not answer"))
    }
    let bound = NIOLoopBound(handler, eventLoop: eventLoop)
    let connected = ClientBootstrap(group: eventLoop)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.writeBufferWaterMark, value: Self.waterMark)
      .connectTimeout(.seconds(Int64(configuration.dialSeconds)))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
      }
      .connect(to: address)
    // Told before the handler is taken out, which would report a lost upgrade.
    connected.whenFailure { error in
      opened.fail(SwarmError.connectFailed(target.transport, describe(error)))
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
