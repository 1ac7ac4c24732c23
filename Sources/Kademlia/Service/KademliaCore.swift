import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import Swarm

/// The state of a ``Kademlia``.
///
/// Confined to the swarm's event loop, which is what `@unchecked Sendable` stands for here: `Kademlia` hops onto the
/// loop before it touches anything, and the swarm reports there.
final class KademliaCore: @unchecked Sendable {
  /// A connected peer, as far as it matters here.
  struct Link {
    /// Where it is: for one that dialled us, where it dialled from.
    let address: Multiaddr
    let direction: ConnectionDirection
    /// What it says of itself.
    var info: IdentifyInfo?
    /// Whether a lookup has opened the connection.
    var isOurs = false
    /// When it was needed last.
    var used: NIODeadline
    /// Requests under way.
    var requests = 0
    var budget = RateBudget(perMinute: Limits.Kademlia.perMinute)

    var place: Vicinity { Vicinity(address) }
  }

  let configuration: KademliaConfiguration
  let swarm: Swarm
  let eventLoop: any EventLoop
  let logger: Logger
  var observers: [(KademliaEvent) -> Void] = []
  /// Whether a connection that a lookup has opened is of use to somebody else.
  var isNeeded: (PeerID) -> Bool = { _ in false }
  var table: RoutingTable
  var responder: KadResponder
  var links: [PeerID: Link] = [:]
  var ownAddresses: [Multiaddr] = []
  var ownKeys = OwnKeys()
  var searches: [ObjectIdentifier: Search] = [:]
  var status = KademliaStatus()
  /// Peers that are asked whether they are still there, as others want their places.
  private var doubted: Set<PeerID> = []
  var random = SystemRandomNumberGenerator()
  var isStarted = false
  var isStopped = false
  var isRefreshing = false
  /// When the table is to be refreshed, or somebody to be found to begin with.
  var refreshDue: NIODeadline?
  /// Whether the last refresh found nobody.
  var isLost = false
  /// How long to wait for the next attempt to find anybody at all.
  var patience = KademliaCore.leastPatience
  static let leastPatience = TimeAmount.seconds(2)
  /// Peers to begin with of whom it was said that they cannot be reached.
  var unreached: Set<Multiaddr> = []
  private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?

  init(swarm: Swarm, configuration: KademliaConfiguration, logger: Logger) {
    self.swarm = swarm
    self.configuration = configuration
    self.logger = logger
    eventLoop = swarm.eventLoop
    table = RoutingTable(localPeer: swarm.localPeer)
    responder = KadResponder(localKey: KadKey(swarm.localPeer), validators: configuration.validators)
  }

  // MARK: life

  func start() {
    guard !isStarted, !isStopped else { return }
    isStarted = true
    if configuration.mode == .server { serve() }
    refreshDue = .now()
    advance()
  }

  func stop() {
    isStopped = true
    timer?.task.cancel()
    timer = nil
    observers = []
    let running = searches.values
    searches = [:]
    for search in running { search.finish() }
  }

  func emit(_ event: KademliaEvent) { for observer in observers { observer(event) } }

  /// Does what is due, and sets the one timer to the next time at which something will be.
  func advance() {
    guard isStarted, !isStopped else { return }
    let now = NIODeadline.now()
    if let refreshDue, refreshDue <= now, !isRefreshing { refresh(now: now) }
    for key in ownKeys.take(now: now) { announce(key).whenComplete { _ in } }
    closeIdle(now: now)
    let next = [
      isRefreshing ? nil : refreshDue, ownKeys.deadline,
      links.values.contains(where: \.isOurs) ? now + configuration.idle : nil,
    ].compactMap(\.self).min()
    guard let next, timer.map({ $0.deadline != next }) ?? true else { return }
    timer?.task.cancel()
    let task = eventLoop.assumeIsolated().scheduleTask(deadline: max(next, now + .milliseconds(10))) { [weak self] in
      self?.timer = nil
      self?.advance()
    }
    timer = (next, task)
  }

  var currentStatus: KademliaStatus {
    var status = status
    status.peers = table.count
    status.lookups = searches.count
    status.records = responder.providers.count + responder.values.count
    return status
  }

  // MARK: what the swarm reports

  func handle(_ event: SwarmEvent) {
    switch event {
    case .listening(let address): ownAddresses.append(address.withoutPeerID)
    case .connected(let peer, let address, let direction):
      links[peer] = Link(address: address, direction: direction, used: .now())
      // Somebody out there has reached us, so others can.
      if direction == .inbound, configuration.mode == .auto, AddressScope(tcp: address) == .global { serve() }
    case .disconnected(let peer, _): links[peer] = nil
    case .identified(let peer, let info):
      links[peer]?.info = info
      learn(peer)
    case .networkChanged(let addresses):
      networkChanged(addresses.map(\.withoutPeerID))
    case .identifyFailed, .identifySent: break
    }
  }

  /// Who could not be reached may be reached now, and what we have announced leads to where we were.
  private func networkChanged(_ addresses: [Multiaddr]) {
    let isElsewhere = Set(addresses) != Set(ownAddresses)
    ownAddresses = addresses
    patience = Self.leastPatience
    guard isStarted, isElsewhere || isLost || table.count == 0 else { return }
    let soon = NIODeadline.now() + .seconds(1)
    refreshDue = soon
    if isElsewhere, !addresses.isEmpty { ownKeys.renew(at: soon) }
    advance()
  }

  /// A connected peer has said what it speaks: a server belongs into the table.
  private func learn(_ peer: PeerID) {
    guard let link = links[peer], let info = link.info else { return }
    guard info.protocols.contains(configuration.protocolName) else { return table.remove(peer) }
    insert(peer)
  }

  /// Takes a connected server into the table, or notes that it is well.
  func insert(_ peer: PeerID) {
    guard let link = links[peer], let known = describe(peer), !known.addresses.isEmpty else { return }
    let wasEmpty = table.count == 0
    switch table.insert(known, group: NetworkGroup(link.address), now: .now()) {
    case .added: emit(.added(known))
    case .replaced(let old): emit(.replaced(known, old: old))
    case .doubtful(let old): return ask(first: old, whetherToReplaceWith: peer)
    case .updated, .full, .crowded, .own: return
    }
    guard wasEmpty, isStarted else { return }
    patience = Self.leastPatience
    unreached = []
    // A moment for others who are just being connected.
    refreshDue = .now() + .milliseconds(200)
    advance()
  }

  /// A bucket is full, and one of its peers was not heard of for long: it keeps its place if it answers.
  private func ask(first old: KadPeer, whetherToReplaceWith new: PeerID) {
    guard isStarted, !isStopped, doubted.count < Limits.Kademlia.parallel, doubted.insert(old.id).inserted else {
      return
    }
    ask(old, KadMessage(.findNode, key: swarm.localPeer.bytes), reached: {}).assumeIsolated().whenComplete {
      [weak self] _ in
      self?.doubted.remove(old.id)
      self?.insert(new)
    }
  }

  /// What is known of a connected peer: where we have reached it, and where it says that it can be reached.
  func describe(_ peer: PeerID) -> KadPeer? {
    guard let link = links[peer] else { return nil }
    var addresses = link.direction == .outbound ? [link.address] : []
    for address in link.info?.listenAddresses ?? [] {
      guard address.peerID == nil || address.peerID == peer.bytes else { continue }
      let bare = address.withoutPeerID
      // A peer out there has no business with our own network.
      guard !bare.isEmpty, !addresses.contains(bare), AddressScope(tcp: bare) != .unusable, link.place.shares(bare)
      else { continue }
      addresses.append(bare)
    }
    return KadPeer(id: peer, addresses: addresses)
  }

  // MARK: requests

  /// Asks one peer, which is connected to first when it is not. Fails with whatever went wrong.
  func ask(_ peer: KadPeer, _ request: KadMessage, reached: @escaping () -> Void) -> EventLoopFuture<KadMessage> {
    let promise = eventLoop.makePromise(of: KadMessage.self)
    let handler = NIOLoopBound(KadCallHandler(request, promise: promise), eventLoop: eventLoop)
    let seconds = Int(configuration.lookup.requestTimeout.nanoseconds / 1_000_000_000)
    let deadline = eventLoop.scheduleTask(in: configuration.lookup.requestTimeout) {
      handler.value.end(.failure(SwarmError.timeout("a request of the distributed hash table", seconds: seconds)))
    }
    status.requests &+= 1
    let protocolName = configuration.protocolName
    var isCounted = false
    connect(peer).assumeIsolated().whenComplete { [weak self] result in
      guard let self, !handler.value.isOver else { return }
      switch result {
      case .failure(let error): handler.value.end(.failure(error))
      case .success:
        self.links[peer.id]?.requests += 1
        self.links[peer.id]?.used = .now()
        isCounted = true
        reached()
        self.swarm.openStream(to: peer.id, protocols: [protocolName]) { channel, _ in
          guard !handler.value.isOver else { throw SwarmError.streamReset }
          try channel.pipeline.syncOperations.addHandler(handler.value)
        }.whenFailure { error in handler.value.end(.failure(error)) }
      }
    }
    return promise.futureResult.assumeIsolated().always { [weak self] result in
      deadline.cancel()
      guard let self else { return }
      if isCounted, let link = self.links[peer.id] {
        self.links[peer.id]?.requests = max(0, link.requests - 1)
        self.links[peer.id]?.used = .now()
      }
      switch result {
      case .success:
        // It may have been told of us before identify was through.
        if self.links[peer.id]?.info != nil { self.insert(peer.id) }
      case .failure(let error):
        self.status.failures &+= 1
        self.table.failed(peer.id)
        self.logger.trace("no answer", metadata: ["peer": "\(peer.id)", "reason": "\(error)"])
      }
    }.nonisolated()
  }

  private func connect(_ peer: KadPeer) -> EventLoopFuture<Void> {
    if links[peer.id] != nil { return eventLoop.makeSucceededVoidFuture() }
    // Names are not asked for: whoever names a peer could have us ask for any.
    let usable = peer.addresses.filter { AddressScope(tcp: $0).map { $0 != .unusable } ?? false }
    guard !usable.isEmpty else { return eventLoop.makeFailedFuture(SwarmError.notConnected(peer.id)) }
    makeRoom()
    return swarm.dialFuture(peer.id, at: Array(usable.prefix(Limits.Kademlia.dialled))).assumeIsolated()
      .map { [weak self] _ in
        if let link = self?.links[peer.id], link.direction == .outbound { self?.links[peer.id]?.isOurs = true }
      }.nonisolated()
  }

  // MARK: connections

  /// Connections that lookups have opened are closed when nobody needs them.
  private func closeIdle(now: NIODeadline) {
    for (peer, link) in links where link.isOurs && link.requests == 0 && now - link.used >= configuration.idle {
      close(peer)
    }
  }

  private func makeRoom() {
    let idle = links.filter { $0.value.isOurs && $0.value.requests == 0 }
    guard idle.count >= Limits.Kademlia.connections, let oldest = idle.min(by: { $0.value.used < $1.value.used })
    else { return }
    close(oldest.key)
  }

  private func close(_ peer: PeerID) {
    links[peer]?.isOurs = false
    if !isNeeded(peer) { swarm.disconnect(peer) }
  }

  // MARK: answering

  /// Answers from now on. There is no way back: the table would have to be given up by all who know of us.
  func serve() {
    guard !status.isServer, !isStopped else { return }
    status.isServer = true
    swarm.handle(configuration.protocolName, maximumStreams: Limits.Kademlia.streams) { [weak self] stream in
      self?.accept(stream)
    }
    emit(.serving)
  }

  private func accept(_ stream: InboundStream) {
    let peer = stream.peer
    let handler = KadServeHandler(
      answer: { [weak self] request throws(KadFault) in try self?.answer(request, from: peer) },
      complain: { [weak self] reason in
        self?.status.refused &+= 1
        self?.emit(.refused(peer, reason))
      })
    do {
      try stream.channel.pipeline.syncOperations.addHandler(handler)
    } catch {
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
  }

  private func answer(_ request: KadMessage, from peer: PeerID) throws(KadFault) -> KadMessage? {
    guard links[peer]?.budget.take(now: .now()) ?? false else { throw .tooMany }
    let place = links[peer]?.place ?? .internet
    var request = request
    if request.type == .addProvider { request.providerPeers = request.providerPeers.map { $0.visible(from: place) } }
    let answer = try responder.answer(
      request, from: peer, place: place, table: table,
      known: { id in
        // Go asks a server for the server itself, and takes it into its table only if it gets an answer.
        id == self.swarm.localPeer ? self.own(for: peer) : self.describe(id)
      }, now: .now())
    status.answered &+= 1
    return answer
  }
}
