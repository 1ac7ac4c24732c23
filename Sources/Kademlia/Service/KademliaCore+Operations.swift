import Identity
import Limits
import Multiformats
import NIOCore
import Swarm

/// What is done with the table: looking for peers, providers and values, and leaving some.
extension KademliaCore {
  // MARK: the lookup that all of it is made of

  /// Looks for the nearest peers to a key. `done` is called exactly once, whatever happens.
  func search(
    _ request: KadMessage, take: @escaping (PeerID, KadMessage) -> Bool = { _, _ in false },
    reached: @escaping (PeerID) -> Bool = { _ in false }, done: @escaping (Result<Lookup, KademliaError>) -> Void
  ) {
    guard !isStopped else { return done(.failure(.stopping)) }
    guard searches.count < Limits.Kademlia.lookups else { return done(.failure(.busy)) }
    let target = KadKey(of: request.key)
    let lookup = Lookup(
      target: target, local: swarm.localPeer, seeds: table.closest(to: target), configuration: configuration.lookup,
      now: .now())
    let search = Search(lookup, request: request, take: take, reached: reached) { [weak self] lookup in
      done(self?.isStopped ?? true ? .failure(.stopping) : .success(lookup))
    }
    searches[ObjectIdentifier(search)] = search
    step(search)
  }

  private func step(_ search: Search) {
    guard searches[ObjectIdentifier(search)] != nil else { return }
    for peer in search.lookup.next(now: .now()) {
      ask(peer, search.request) { [weak self] in
        // Whoever was looked for is there; what it answers does not matter any more.
        guard search.lookup.ending == nil, search.reached(peer.id) else { return }
        search.lookup.satisfy()
        self?.step(search)
      }.assumeIsolated().whenComplete { [weak self] result in
        guard let self else { return search.finish() }
        switch result {
        case .success(let answer): self.answered(search, by: peer.id, answer)
        case .failure: search.lookup.failed(peer.id, now: .now())
        }
        self.step(search)
      }
    }
    search.timer?.cancel()
    guard let deadline = search.lookup.deadline else {
      searches[ObjectIdentifier(search)] = nil
      return search.finish()
    }
    search.timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
      if let self { self.step(search) } else { search.finish() }
    }
  }

  private func answered(_ search: Search, by peer: PeerID, _ answer: KadMessage) {
    let place = links[peer]?.place ?? .internet
    // Peers that nobody says where to find are of use only when they are connected.
    let closer = answer.closerPeers.map { $0.visible(from: place) }
      .filter { !$0.addresses.isEmpty || links[$0.id] != nil }
    guard search.lookup.answered(peer, closer: closer, now: .now()) else { return }
    if search.take(peer, answer) { search.lookup.satisfy() }
  }

  /// The nearest peers to a key that have answered.
  func closestPeers(_ key: [UInt8]) -> EventLoopFuture<[KadPeer]> {
    let promise = eventLoop.makePromise(of: [KadPeer].self)
    search(KadMessage(.findNode, key: key)) { result in
      promise.completeWith(
        result.flatMap { lookup in
          lookup.closest.isEmpty ? .failure(KademliaError.noPeers) : .success(lookup.closest)
        }.mapError { $0 })
    }
    return promise.futureResult
  }

  // MARK: peers

  /// Where a peer is. It is dialled on the way, if it can be; the address at which it was reached comes first.
  func findPeer(_ peer: PeerID) -> EventLoopFuture<KadPeer> {
    if let known = describe(peer), !known.addresses.isEmpty { return eventLoop.makeSucceededFuture(known) }
    let promise = eventLoop.makePromise(of: KadPeer.self)
    search(
      KadMessage(.findNode, key: peer.bytes), reached: { $0 == peer },
      done: { [weak self] result in
        switch result {
        case .failure(let error): promise.fail(error)
        case .success(let lookup):
          var found = self?.describe(peer) ?? KadPeer(id: peer, addresses: [])
          if let heard = lookup.heard(of: peer) { found.add(heard.addresses) }
          if found.addresses.isEmpty {
            promise.fail(Self.failure(of: lookup))
          } else {
            promise.succeed(found)
          }
        }
      })
    return promise.futureResult
  }

  private static func failure(of lookup: Lookup) -> KademliaError {
    if lookup.ending == .timeout { return .timeout }
    return lookup.closest.isEmpty ? .noPeers : .notFound
  }

  // MARK: providers

  /// Announces a key now, and again and again if `keeps` says so. Answers how many peers have noted it.
  func provide(_ key: [UInt8], keeps: Bool) -> EventLoopFuture<Int> {
    do {
      try Self.check(key)
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    guard keeps else { return announce(key) }
    let now = NIODeadline.now()
    let isNew = !ownKeys.contains(key)
    guard ownKeys.add(key, now: now) else { return eventLoop.makeFailedFuture(KademliaError.busy) }
    // What is due at once is announced here, for whoever waits.
    if isNew { ownKeys.postpone(key, now: now) }
    return announce(key).assumeIsolated().always { [weak self] _ in self?.advance() }.nonisolated()
  }

  func announce(_ key: [UInt8]) -> EventLoopFuture<Int> {
    guard !ownAddresses.isEmpty else { return eventLoop.makeFailedFuture(KademliaError.noAddress) }
    let promise = eventLoop.makePromise(of: Int.self)
    if status.isServer {
      try? responder.provide(KadPeer(id: swarm.localPeer, addresses: ownAddresses), key: key, now: .now())
    }
    search(KadMessage(.findNode, key: key)) { [weak self] result in
      guard let self else { return promise.fail(KademliaError.stopping) }
      switch result {
      case .failure(let error): promise.fail(error)
      case .success(let lookup):
        self.store(at: lookup.closest) { peer in
          KadMessage(.addProvider, key: key, providerPeers: [self.own(for: peer)])
        }.assumeIsolated().whenComplete { [weak self] result in
          if case .success = result { self?.ownKeys.announced(key, now: .now()) }
          promise.completeWith(result)
        }
      }
    }
    return promise.futureResult
  }

  /// This peer as another is told of it: local addresses are for local peers, unless there are no others.
  func own(for peer: PeerID) -> KadPeer {
    let all = KadPeer(id: swarm.localPeer, addresses: ownAddresses.filter { AddressScope(tcp: $0) != .unusable })
    let visible = all.visible(from: links[peer]?.place ?? .internet)
    return visible.addresses.isEmpty ? all : visible
  }

  /// Sends something to be kept to each of some peers; answers how many have taken it.
  private func store(at peers: [KadPeer], _ message: (PeerID) -> KadMessage) -> EventLoopFuture<Int> {
    guard !peers.isEmpty else { return eventLoop.makeFailedFuture(KademliaError.noPeers) }
    let requests = peers.map { ask($0, message($0.id), reached: {}) }
    return EventLoopFuture.whenAllComplete(requests, on: eventLoop).flatMapThrowing { results in
      let taken = results.count { (try? $0.get()) != nil }
      guard taken > 0 else { throw KademliaError.refused }
      return taken
    }
  }

  /// Who has announced a key: at most `limit` peers, those with addresses first.
  func findProviders(_ key: [UInt8], limit: Int) -> EventLoopFuture<[KadPeer]> {
    do {
      try Self.check(key)
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
    let promise = eventLoop.makePromise(of: [KadPeer].self)
    let own = swarm.localPeer
    var found: [PeerID: KadPeer] = [:]
    for peer in responder.providers.providers(of: key, now: .now()) where peer.id != own { found[peer.id] = peer }
    search(
      KadMessage(.getProviders, key: key),
      take: { [weak self] peer, answer in
        let place = self?.links[peer]?.place ?? .internet
        for provider in answer.providerPeers where provider.id != own {
          let visible = provider.visible(from: place)
          if let known = found[provider.id] {
            var merged = known
            merged.add(visible.addresses)
            found[provider.id] = merged
          } else if found.count < max(limit, Limits.Kademlia.providers) {
            found[provider.id] = visible
          }
        }
        return found.values.count { !$0.addresses.isEmpty } >= limit
      },
      done: { result in
        switch result {
        case .failure(let error): promise.fail(error)
        case .success(let lookup) where found.isEmpty: promise.fail(Self.failure(of: lookup))
        case .success:
          let sorted = found.values.sorted {
            ($0.addresses.isEmpty ? 1 : 0, $0.id) < ($1.addresses.isEmpty ? 1 : 0, $1.id)
          }
          promise.succeed(Array(sorted.prefix(limit)))
        }
      })
    return promise.futureResult
  }

  static func check(_ key: [UInt8]) throws(KademliaError) {
    guard !key.isEmpty else { throw .invalid(.noKey) }
    do { try KadResponder.checkProviderKey(key) } catch { throw .invalid(error) }
  }

  // MARK: values

  /// Stores a record at the peers nearest to its key. Answers how many have taken it.
  func put(_ record: KadRecord) -> EventLoopFuture<Int> {
    do {
      try record.checkSize()
      try configuration.validators.validate(record)
      if status.isServer { try responder.keep(record, now: .now()) }
    } catch {
      return eventLoop.makeFailedFuture(KademliaError.invalid(error))
    }
    let promise = eventLoop.makePromise(of: Int.self)
    search(KadMessage(.findNode, key: record.key)) { [weak self] result in
      guard let self else { return promise.fail(KademliaError.stopping) }
      switch result {
      case .failure(let error): promise.fail(error)
      case .success(let lookup):
        promise.completeWith(
          self.store(at: lookup.closest) { _ in KadMessage(.putValue, key: record.key, record: record) })
      }
    }
    return promise.futureResult
  }

  /// The best value that is found of a key. Peers near to it that have none, or a worse one, are given it.
  func get(_ key: [UInt8]) -> EventLoopFuture<[UInt8]> {
    let isKey = key.starts(with: Array("/\(PublicKeyValidator.namespace)/".utf8))
    // There is but one right answer for a public key.
    var best = BestValue(
      key: key, validators: configuration.validators, quorum: isKey ? 1 : Limits.Kademlia.quorum)
    do { _ = try configuration.validators.validator(of: key) } catch {
      return eventLoop.makeFailedFuture(KademliaError.invalid(error))
    }
    if let value = responder.values.value(of: key, now: .now()) {
      best.add(KadRecord(key: key, value: value), from: swarm.localPeer)
      if best.isEnough { return eventLoop.makeSucceededFuture(value) }
    }
    let promise = eventLoop.makePromise(of: [UInt8].self)
    search(
      KadMessage(.getValue, key: key),
      take: { peer, answer in
        if let record = answer.record { best.add(record, from: peer) }
        return best.isEnough
      },
      done: { [weak self] result in
        switch result {
        case .failure(let error): promise.fail(error)
        case .success(let lookup):
          guard let value = best.value else { return promise.fail(Self.failure(of: lookup)) }
          promise.succeed(value)
          let record = KadRecord(key: key, value: value)
          for peer in lookup.closest where !best.holders.contains(peer.id) {
            self?.ask(peer, KadMessage(.putValue, key: key, record: record), reached: {}).whenComplete { _ in }
          }
        }
      })
    return promise.futureResult
  }

  // MARK: bootstrap

  /// Finds somebody to begin with, or looks whether the table is still right.
  func refresh(now: NIODeadline) {
    guard table.count > 0 else { return findAnybody(now: now) }
    isRefreshing = true
    responder.expire(now: now)
    for peer in table.silent(now: now, count: Limits.Kademlia.silentAsked) {
      ask(peer, KadMessage(.findNode, key: swarm.localPeer.bytes), reached: {}).whenComplete { _ in }
    }
    let targets = [swarm.localPeer.bytes] + table.refreshTargets(using: &random)
    refresh(targets[...], found: false)
  }

  /// One lookup after the other: this is no hurry.
  private func refresh(_ targets: ArraySlice<[UInt8]>, found: Bool) {
    guard let target = targets.first, !isStopped else {
      isRefreshing = false
      isLost = !found
      refreshDue = .now() + configuration.refresh
      emit(found ? .bootstrapped(peers: table.count) : .bootstrapFailed)
      if !found { refreshDue = .now() + retryDelay() }
      return advance()
    }
    search(KadMessage(.findNode, key: target)) { [weak self] result in
      let closest = (try? result.get())?.closest ?? []
      let isGood = !closest.isEmpty
      if isGood, let self, target == swarm.localPeer.bytes { emit(.neighbours(closest)) }
      self?.refresh(targets.dropFirst(), found: found || isGood)
    }
  }

  private func findAnybody(now: NIODeadline) {
    refreshDue = now + retryDelay()
    for address in configuration.bootstrap {
      if let id = address.peerID, let peer = try? PeerID(bytes: id), links[peer] != nil { continue }
      emit(.bootstrapping(address))
      swarm.dialFuture(address).assumeIsolated().whenFailure { [weak self] error in
        // Once is enough, until somebody was there.
        guard let self, !isStopped, unreached.insert(address).inserted else { return }
        emit(.unreachable(address, "\(error)"))
      }
    }
  }

  /// Longer and longer, up to five minutes, never quite the same.
  private func retryDelay() -> TimeAmount {
    defer { patience = min(patience * 2, .seconds(300)) }
    return .nanoseconds(Int64(Double(patience.nanoseconds) * Double.random(in: 0.75...1.25, using: &random)))
  }
}
