import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import NIOPosix
import Peerstore
import Swarm

/// Keeps the node among peers: remembers where they are, looks for more when there are few, closes some when there are
/// many. What it decides stands in ``Peerstore`` and ``ConnectionManager``.
///
/// Confined to the node's event loop.
final class PeerKeeper: @unchecked Sendable {
  private(set) var store = Peerstore()
  private(set) var manager: ConnectionManager

  private let swarm: Swarm
  private let configuration: StayingConfiguration
  private let isProtected: (PeerID) -> Bool
  private let logger: Logger
  private let file: PeerstoreFile?
  /// Where peers are connected, if it is known: which of their addresses are worth keeping depends on it.
  private var remotes: [PeerID: Multiaddr] = [:]
  private var dialling: Set<PeerID> = []
  /// Who is left alone, until when: somebody has sent him away, or he hangs up.
  private var sentAway: [PeerID: NIODeadline] = [:]
  private let clock = SteadyClock(wall: PeerKeeper.wallSeconds, sinceBoot: PeerKeeper.secondsSinceBoot)
  private var nextLook: NIODeadline
  private var nextRenewal: NIODeadline
  private var nextSave: NIODeadline?
  private var isSaving = false
  /// The file could not be written, and that was said.
  private var isFileLost = false
  private var isStopped = false

  /// - Parameter isProtected: Whether a peer is never disconnected to make room.
  init(
    swarm: Swarm, configuration: StayingConfiguration, logger: Logger, isProtected: @escaping (PeerID) -> Bool
  ) {
    self.swarm = swarm
    self.configuration = configuration
    self.logger = logger
    self.isProtected = isProtected
    manager = ConnectionManager(configuration: configuration.connections)
    file = configuration.file.map(PeerstoreFile.init)
    nextLook = .now()
    nextRenewal = .now() + .seconds(Limits.Peerstore.renewSeconds)
  }

  /// Reads the file of an earlier run. It is small, and nothing else happens yet.
  /// - Throws: `PeerstoreFile.Failure`.
  func load() throws {
    guard let file else { return }
    let loaded = try file.load(now: unixSeconds)
    store = loaded.store
    if loaded.damagedLines > 0 {
      logger.warning(
        "the file of known peers has damaged lines",
        metadata: ["lines": "\(loaded.damagedLines)", "copy": "\(loaded.setAside ?? "none")"])
    } else if let aside = loaded.setAside {
      logger.warning("the file of known peers was damaged and is set aside", metadata: ["now": "\(aside)"])
    }
    logger.debug("known from before", metadata: ["peers": "\(store.count)"])
  }

  // MARK: what is going on

  func connected(_ peer: PeerID, at address: Multiaddr, isOutbound: Bool, now: NIODeadline) {
    manager.connected(peer, isOutbound: isOutbound, at: now)
    remotes[peer] = address
    guard isOutbound else { return }
    learn([address], of: peer, from: .identify)
    store.succeeded(address, of: peer, now: unixSeconds)
  }

  /// - Parameter isLineDead: Whether we gave the connection up because nothing came through it.
  func disconnected(_ peer: PeerID, isLineDead: Bool, now: NIODeadline) {
    // Who accepts and hangs up at once would be dialled once a second for ever.
    if !isLineDead, let since = manager.since(peer),
      now - since < .seconds(Int64(Limits.Connections.shortSeconds))
    {
      rest(peer, until: now + .seconds(Int64(Limits.Connections.shortRestSeconds)), now: now)
    }
    manager.disconnected(peer)
    remotes[peer] = nil
    store.renew(peer, now: unixSeconds)
    guard manager.shortage > 0 else { return }
    nextLook = min(nextLook, now + .milliseconds(Int64.random(in: 0...1_000)))
  }

  func identified(_ peer: PeerID, _ info: IdentifyInfo) {
    if let record = info.signedRecord,
      (try? store.learn(record: record, from: place(of: peer), now: unixSeconds)) != nil
    {
      changed()
    } else {
      learn(info.listenAddresses, of: peer, from: .identify)
    }
  }

  func setInRoom(_ peer: PeerID, _ isInRoom: Bool) { manager.setInRoom(peer, isInRoom) }

  /// Remembers where a peer says it is, or others say it is.
  func learn(_ addresses: [Multiaddr], of peer: PeerID, from source: AddressSource) {
    guard peer != swarm.localPeer else { return }
    let useful = addresses.filter { address in
      switch source {
      case .user: true
      // Its private network is ours only if it speaks from there.
      case .identify, .certified: place(of: peer).shares(address)
      // Its own loopback is not ours, unless it is on this machine.
      case .routing, .announcement, .mdns: !address.isLoopback || remotes[peer].map(\.isLoopback) ?? false
      }
    }
    store.learn(useful, of: peer, from: source, now: unixSeconds)
    changed()
  }

  private func place(of peer: PeerID) -> Vicinity { remotes[peer].map { Vicinity($0) } ?? .internet }

  /// Somebody wants to be rid of the peer: it is not looked for again for a while.
  func sendAway(_ peer: PeerID, now: NIODeadline) {
    rest(peer, until: now + .seconds(Limits.Peerstore.backoffMaximumSeconds), now: now)
  }

  private func rest(_ peer: PeerID, until: NIODeadline, now: NIODeadline) {
    if sentAway.count >= Limits.Peerstore.peers { sentAway = sentAway.filter { $0.value > now } }
    guard sentAway.count < Limits.Peerstore.peers else { return }
    sentAway[peer] = max(until, sentAway[peer] ?? until)
  }

  /// The network has changed, or nobody is heard: everything that is known is tried anew.
  func retryAll(now: NIODeadline) {
    store.forgetFailures()
    nextLook = now
  }

  /// Whether there is anybody who could be dialled.
  func knowsSomebody(isOther: (PeerID) -> Bool) -> Bool {
    configuration.findsKnownPeers && store.contains { isOther($0) && $0 != swarm.localPeer }
  }

  // MARK: time

  /// When `advance` has something to do.
  var deadline: NIODeadline? {
    // A disk that takes its time is not asked whether it is done.
    isStopped ? nil : [nextLook, isSaving ? nil : nextSave].compactMap { $0 }.min()
  }

  func advance(now: NIODeadline) {
    guard !isStopped else { return }
    if now >= nextLook {
      nextLook = now + .seconds(Int64(Limits.Connections.lookSeconds))
      for peer in manager.excess(at: now, isProtected: isProtected) {
        logger.debug("too many connections: closing one", metadata: ["peer": "\(peer)"])
        sendAway(peer, now: now)
        swarm.disconnect(peer)
      }
      dialKnown(now: now)
      if now >= nextRenewal { renew(now: now) }
    }
    if let due = nextSave, now >= due, !isSaving { _ = save() }
  }

  private func renew(now: NIODeadline) {
    nextRenewal = now + .seconds(Limits.Peerstore.renewSeconds)
    for peer in remotes.keys { store.renew(peer, now: unixSeconds) }
    changed()
  }

  private func dialKnown(now: NIODeadline) {
    guard configuration.findsKnownPeers else { return }
    let room = min(manager.shortage, Limits.Connections.dials) - dialling.count
    // With enough connections, which is nearly always, not everybody who is known need be looked through.
    guard room > 0 else { return }
    let unix = unixSeconds
    let candidates = store.candidates(now: unix, limit: room) { [self] peer in
      manager.isConnected(peer) || dialling.contains(peer) || peer == swarm.localPeer
        || sentAway[peer].map { $0 > now } ?? false
    }
    for peer in candidates {
      let addresses = store.addresses(of: peer, now: unix)
      dialling.insert(peer)
      swarm.dialFuture(peer, at: addresses).assumeIsolated().whenComplete { [weak self] result in
        guard let self else { return }
        dialling.remove(peer)
        guard case .failure(let error) = result else { return }
        logger.debug("a known peer is not there", metadata: ["peer": "\(peer)", "reason": "\(error)"])
        for address in addresses { store.failed(address, of: peer, now: unixSeconds) }
      }
    }
  }

  // MARK: the file

  /// Stops, and writes what is known.
  func stop() -> EventLoopFuture<Void> {
    isStopped = true
    return save()
  }

  private func changed() {
    guard file != nil, nextSave == nil else { return }
    nextSave = .now() + .seconds(Int64(Limits.Peerstore.saveSeconds))
  }

  private func save() -> EventLoopFuture<Void> {
    nextSave = nil
    guard let file else { return swarm.eventLoop.makeSucceededVoidFuture() }
    isSaving = true
    store.forgetExpired(now: unixSeconds)
    // In the file are the times of the world outside.
    let now = Self.wallSeconds
    let kept = store.shifted(by: clock.step(wall: now, sinceBoot: Self.secondsSinceBoot))
    return NIOThreadPool.singleton.runIfActive(eventLoop: swarm.eventLoop) {
      try file.save(kept, now: now)
    }.assumeIsolated().always { [weak self] result in self?.saved(result) }.recover { _ in }.nonisolated()
  }

  /// A disk that is full for a week is one warning; it is tried again all the same.
  private func saved(_ result: Result<Void, any Error>) {
    isSaving = false
    switch result {
    case .success:
      if isFileLost { logger.notice("the file of known peers is written again") }
      isFileLost = false
    case .failure(let error):
      if !isFileLost { logger.warning("\(error)") }
      isFileLost = true
      if !isStopped { changed() }
    }
  }

  /// Seconds of Unix time that do not step.
  private var unixSeconds: Int64 { clock.now(sinceBoot: Self.secondsSinceBoot) }
  private static var wallSeconds: Int64 { WallClock.nanoseconds() / 1_000_000_000 }
  private static var secondsSinceBoot: Int64 { WallClock.sinceBoot() / 1_000_000_000 }
}
