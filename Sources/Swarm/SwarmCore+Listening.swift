import Identity
import Limits
import Multiformats
import NIOCore
import NIOPosix

/// Listeners, and the connections that come in.
extension SwarmCore {
  func listen(on address: Multiaddr) -> EventLoopFuture<[Multiaddr]> {
    let target: DialTarget
    do {
      guard !isShutDown else { throw SwarmError.shutDown }
      guard listeners.count < Limits.Swarm.listenAddresses else {
        throw SwarmError.limit("\(Limits.Swarm.listenAddresses) listen addresses")
      }
      target = try DialTarget(address)
      if let named = target.peer, named != localPeer {
        throw SwarmError.wrongPeer(expected: named, found: localPeer)
      }
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    let host: String
    switch target.host {
    case .ip(let ip): host = ip
    case .name(let name, _): host = name
    }
    return listener(isIPv6: address.components.first?.proto == .ip6).bind(host: host, port: target.port)
      .flatMapErrorThrowing { error in throw SwarmError.listenFailed(address, describe(error)) }
      .flatMapThrowing { [self] channel in
        guard !isShutDown else {
          channel.close(promise: nil)
          throw SwarmError.shutDown
        }
        took(channel)
        record = nil
        let addresses = try InterfaceAddresses.expand(channel.localAddress)
        for address in addresses where !listenAddresses.contains(address) {
          listenAddresses.append(address)
          emit(.listening(address.withPeer(localPeer)))
        }
        pushIdentify()
        return addresses.map { $0.withPeer(localPeer) }
      }
  }

  private func listener(isIPv6: Bool) -> ServerBootstrap {
    let bootstrap = ServerBootstrap(group: eventLoop)
      // Out of file descriptors: a second of rest instead of a busy loop.
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler()) }
      }
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: Self.waterMark)
      .childChannelInitializer { [weak self] channel in
        channel.eventLoop.makeCompletedFuture { try self?.accept(channel) }
      }
    // An IPv6 socket takes IPv6 only: by default Linux gives it the port of IPv4 too, and the other socket fails.
    guard isIPv6 else { return bootstrap }
    return bootstrap.serverChannelOption(
      ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
  }

  // MARK: listeners that end

  private func took(_ listener: any Channel) {
    listeners.append(listener)
    let address = listener.localAddress
    listener.closeFuture.assumeIsolated().whenComplete { [weak self] _ in
      guard let self else { return }
      self.listeners.removeAll { $0 === listener }
      guard let address, !self.isShutDown else { return }
      self.logger.warning("a listener was closed: listening anew", metadata: ["address": "\(address)"])
      self.listenAnew(on: address)
    }
  }

  /// `accept` may fail for reasons of one connection or of a moment (a firewall, a network that is going: accept(2)),
  /// and NIO then closes the listener. Nobody would ever come in again.
  private func listenAnew(on address: SocketAddress) {
    eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(Limits.Swarm.listenAgainMilliseconds))) {
      [weak self] in
      guard let self, !self.isShutDown else { return }
      self.listener(isIPv6: address.protocol == .inet6).bind(to: address).assumeIsolated().whenComplete {
        [weak self] result in
        switch result {
        case .success(let channel):
          guard let self, !self.isShutDown else { return channel.close(promise: nil) }
          self.took(channel)
        case .failure(let error):
          self?.logger.debug("cannot listen yet", metadata: ["address": "\(address)", "reason": "\(describe(error))"])
          self?.listenAnew(on: address)
        }
      }
    }
  }

  // MARK: addresses that change

  func watchNetwork() {
    guard networkWatch == nil, !isShutDown else { return }
    reachable = InterfaceAddresses.reachable()
    networkWatch = NetworkWatch { [weak self, eventLoop] in
      eventLoop.execute { [weak self] in self?.networkStirred() }
    }
    if networkWatch == nil { logger.debug("changes of the network are not told here") }
  }

  /// A link that comes up brings several notices: they are one change. What comes and goes beside the addresses of this
  /// machine, such as the cables of its containers, is none.
  private func networkStirred() {
    settling?.cancel()
    settling = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(Limits.Swarm.settleMilliseconds))) {
      [weak self] in self?.networkChanged()
    }
  }

  private func networkChanged() {
    let now = InterfaceAddresses.reachable()
    guard !isShutDown, now != reachable else { return }
    reachable = now
    let before = listenAddresses
    var addresses: [Multiaddr] = []
    for listener in listeners {
      for address in (try? InterfaceAddresses.expand(listener.localAddress)) ?? [] where !addresses.contains(address) {
        addresses.append(address)
      }
    }
    listenAddresses = addresses
    if addresses != before {
      record = nil
      for address in addresses where !before.contains(address) { emit(.listening(address.withPeer(localPeer))) }
      pushIdentify()
    }
    emit(.networkChanged(addresses.map { $0.withPeer(localPeer) }))
  }

  static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 * 1_024, high: 1_024 * 1_024)

  func accept(_ channel: any Channel) throws {
    guard let remote = Multiaddr(tcp: channel.remoteAddress) else {
      channel.close(promise: nil)
      return
    }
    // An IPv4 address, or the half of an IPv6 address that one machine cannot choose.
    let network = Array(remote.components.first?.value.prefix(8) ?? [])
    guard !isShutDown, pendingInbound < configuration.maximumPendingInbound,
      pendingByNetwork[network, default: 0] < configuration.maximumPendingPerNetwork,
      connections.count < configuration.maximumConnections
    else {
      counters.connectionsRefused &+= 1
      channel.close(promise: nil)
      return
    }
    let opened = eventLoop.makePromise(of: Void.self)
    let handler: ConnectionHandler
    do {
      handler = try ConnectionHandler(
        direction: .inbound, remoteAddress: remote, expectedPeer: nil, staticKey: staticKey, swarm: self,
        configuration: configuration, opened: opened)
    } catch {
      opened.fail(error)
      throw error
    }
    pendingInbound += 1
    pendingByNetwork[network, default: 0] += 1
    upgrading[ObjectIdentifier(handler)] = handler
    opened.futureResult.assumeIsolated().whenComplete { [weak self] result in
      guard let self else { return }
      self.pendingInbound -= 1
      let others = self.pendingByNetwork[network, default: 1] - 1
      self.pendingByNetwork[network] = others > 0 ? others : nil
      self.upgrading.removeValue(forKey: ObjectIdentifier(handler))
      if case .failure(let error) = result {
        self.counters.inboundUpgradesFailed &+= 1
        self.logger.debug("inbound connection failed", metadata: ["address": "\(remote)", "error": "\(error)"])
      }
    }
    try channel.pipeline.syncOperations.addHandler(handler)
  }
}
