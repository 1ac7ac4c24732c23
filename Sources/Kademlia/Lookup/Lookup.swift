import Identity
import Limits
import NIOCore

/// The way to a key: asks the nearest peers that are known for nearer ones, several at a time, until the nearest `k`
/// have answered (libp2p/specs kad-dht, "Peer routing").
///
/// A value: it is told what happened and says whom to ask. It ends in any case: each request has its time, the whole has
/// its time, and the number of requests is bounded, so that nobody who always names somebody nearer can keep it going.
///
/// ```swift
/// var lookup = Lookup(target: KadKey(peer), local: own, seeds: table.closest(to: target), now: now)
/// for peer in lookup.next(now: now) { ask(peer) }      // and again after each of:
/// lookup.answered(peer, closer: message.closerPeers, now: now)
/// lookup.failed(peer, now: now)
/// ```
public struct Lookup: Sendable {
  /// How it is bounded.
  public struct Configuration: Sendable {
    /// How many peers have to have answered, and α.
    public var width = Limits.Kademlia.bucket
    /// Requests under way at one time, slow ones not counted.
    public var parallel = Limits.Kademlia.parallel
    /// Requests in all.
    public var requests = Limits.Kademlia.lookupRequests
    /// Time for one.
    public var requestTimeout = TimeAmount.seconds(Int64(Limits.Kademlia.requestSeconds))
    /// Time after which one counts as slow: others are sent in its place.
    public var patience = TimeAmount.seconds(Int64(Limits.Kademlia.patienceSeconds))
    /// Time for all of it.
    public var timeout = TimeAmount.seconds(Int64(Limits.Kademlia.lookupSeconds))

    /// The limits.
    public init() {}
  }

  /// Why it is over.
  public enum Ending: Sendable, Hashable {
    /// The nearest peers have all answered, or there is nobody left to ask.
    case converged
    /// Whoever began it has what it wanted.
    case satisfied
    /// Its time is up.
    case timeout
    /// It may ask no more peers.
    case requests
  }

  private enum State: Sendable, Equatable {
    case waiting
    case asked(NIODeadline)
    case answered
    case failed
  }

  private struct Candidate: Sendable {
    var peer: KadPeer
    let distance: KadKey.Distance
    let depth: Int
    var state: State
  }

  /// What is looked for.
  public let target: KadKey
  private let local: PeerID
  private let configuration: Configuration
  private let end: NIODeadline
  /// When `next` was called last.
  private var looked: NIODeadline
  /// Nearest first.
  private var candidates: [Candidate] = []
  private var known: [PeerID: KadKey.Distance] = [:]
  /// Why it is over; nil as long as it is not.
  public private(set) var ending: Ending?
  /// Requests so far.
  public private(set) var requests = 0
  /// How many of them were not answered.
  public private(set) var failures = 0
  /// The longest chain of requests of which each names whom the next is sent to.
  public private(set) var rounds = 0

  /// A lookup that begins with the nearest peers that are known.
  public init(
    target: KadKey, local: PeerID, seeds: [KadPeer], configuration: Configuration = .init(), now: NIODeadline
  ) {
    self.target = target
    self.local = local
    self.configuration = configuration
    end = now + configuration.timeout
    looked = now
    for seed in seeds { add(seed, depth: 1) }
  }

  // MARK: what happens

  /// A peer has answered, and has named others. What comes too late, or unasked, is ignored.
  /// - Returns: Whether it was taken.
  @discardableResult
  public mutating func answered(_ peer: PeerID, closer: [KadPeer], now: NIODeadline) -> Bool {
    guard ending == nil, let place = asked(peer) else { return false }
    candidates[place].state = .answered
    let depth = candidates[place].depth + 1
    for peer in closer.prefix(Limits.Kademlia.bucket) { add(peer, depth: depth) }
    return true
  }

  /// A peer did not answer, or cannot be reached.
  public mutating func failed(_ peer: PeerID, now: NIODeadline) {
    guard ending == nil, let place = asked(peer) else { return }
    candidates[place].state = .failed
    failures += 1
  }

  /// Ends it: what was wanted is there.
  public mutating func satisfy() { if ending == nil { ending = .satisfied } }

  private func asked(_ peer: PeerID) -> Int? {
    guard let place = place(of: peer), case .asked = candidates[place].state else { return nil }
    return place
  }

  private func place(of peer: PeerID) -> Int? {
    guard let distance = known[peer] else { return nil }
    let place = firstPlace(notBefore: distance)
    // No two peers are at the same distance, unless somebody can find ids of the same SHA-256.
    return candidates.indices.contains(place) && candidates[place].peer.id == peer ? place : nil
  }

  private func firstPlace(notBefore distance: KadKey.Distance) -> Int {
    var low = 0
    var high = candidates.count
    while low < high {
      let middle = (low + high) / 2
      if candidates[middle].distance < distance { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func add(_ peer: KadPeer, depth: Int) {
    guard peer.id != local else { return }
    guard known[peer.id] == nil else {
      // Somebody else may know of another address.
      if let place = place(of: peer.id), candidates[place].state != .answered {
        candidates[place].peer.add(peer.addresses)
      }
      return
    }
    let distance = KadKey(peer.id).distance(to: target)
    known[peer.id] = distance
    candidates.insert(
      Candidate(peer: peer, distance: distance, depth: depth, state: .waiting), at: firstPlace(notBefore: distance))
    if candidates.count > Limits.Kademlia.candidates,
      let farthest = candidates.lastIndex(where: { $0.state == .waiting })
    {
      known[candidates.remove(at: farthest).peer.id] = nil
    }
  }

  // MARK: what to do

  /// Whom to ask now; nobody when it is over. To be called again after each answer and failure, and at `deadline`.
  public mutating func next(now: NIODeadline) -> [KadPeer] {
    guard ending == nil else { return [] }
    looked = now
    guard now < end else {
      ending = .timeout
      return []
    }
    var chosen: [KadPeer] = []
    var underWay = 0
    var pending = false
    for place in candidates.indices {
      guard case .asked(let since) = candidates[place].state else { continue }
      if now - since >= configuration.requestTimeout {
        candidates[place].state = .failed
        failures += 1
      } else {
        pending = true
        if now - since < configuration.patience { underWay += 1 }
      }
    }
    // Of the nearest that have not failed, and are not slow, those that have not been asked. Peers with no address at
    // all may be connected: that is for the driver to know.
    var width = 0
    var isSettled = true
    for place in candidates.indices where width < configuration.width {
      switch candidates[place].state {
      case .answered: width += 1
      case .failed: break
      case .asked(let since):
        guard now - since < configuration.patience else { break }
        width += 1
        isSettled = false
      case .waiting:
        width += 1
        isSettled = false
        guard underWay < configuration.parallel, requests < configuration.requests else { break }
        candidates[place].state = .asked(now)
        underWay += 1
        requests += 1
        rounds = max(rounds, candidates[place].depth)
        pending = true
        chosen.append(candidates[place].peer)
      }
    }
    if isSettled, width >= configuration.width || !pending {
      ending = .converged
    } else if !pending {
      ending = .requests
    }
    return chosen
  }

  /// When `next` should be called even if nothing happens; nil when it is over.
  public var deadline: NIODeadline? {
    guard ending == nil else { return nil }
    var first = end
    for case .asked(let since) in candidates.lazy.map(\.state) {
      first = min(first, since + configuration.requestTimeout)
      let slow = since + configuration.patience
      if slow > looked { first = min(first, slow) }
    }
    return first
  }

  // MARK: what came of it

  /// The nearest peers that have answered, nearest first, at most as many as it looked for.
  public var closest: [KadPeer] {
    Array(candidates.lazy.filter { $0.state == .answered }.prefix(configuration.width).map(\.peer))
  }

  /// What others say of a peer, if anybody does.
  public func heard(of peer: PeerID) -> KadPeer? { place(of: peer).map { candidates[$0].peer } }
}
