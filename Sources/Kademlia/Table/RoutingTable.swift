import Identity
import Limits
import Multiformats
import NIOCore

/// The servers that are known: many that are near, few that are far. A bucket holds those whose places share the same
/// number of leading bits with ours.
///
/// A value; the time is passed in. Only peers that were reached belong here.
public struct RoutingTable: Sendable {
  /// What became of a peer that was to be taken in.
  public enum Insertion: Sendable, Hashable {
    case added
    /// It was there already; it was heard of now.
    case updated
    /// It took the place of one that did not answer.
    case replaced(PeerID)
    /// Its bucket is full, but this one in it was not heard of for long: whoever has been there for long stays if it
    /// answers, or a flood of new peers would wash out the old ones.
    case doubtful(KadPeer)
    /// Its bucket is full of peers that are well.
    case full
    /// There are enough peers of its network.
    case crowded
    /// It is this very peer.
    case own
  }

  struct Entry: Sendable {
    var peer: KadPeer
    let key: KadKey
    var group: NetworkGroup?
    var heard: NIODeadline
    var failures = 0
  }

  /// Our own place.
  public let localKey: KadKey
  private let localPeer: PeerID
  private let bucketSize: Int
  /// By length of the common prefix, as many as are needed.
  private var buckets: [[Entry]] = []
  private var groups: [NetworkGroup: Int] = [:]
  /// How many peers there are.
  public private(set) var count = 0

  /// An empty table around a peer.
  public init(localPeer: PeerID, bucketSize: Int = Limits.Kademlia.bucket) {
    self.localPeer = localPeer
    self.bucketSize = bucketSize
    localKey = KadKey(localPeer)
  }

  // MARK: who is there

  /// Takes in a peer that was reached at an address of `group`, or notes that it was heard of.
  public mutating func insert(_ peer: KadPeer, group: NetworkGroup?, now: NIODeadline) -> Insertion {
    guard peer.id != localPeer else { return .own }
    let key = KadKey(peer.id)
    let index = min(localKey.commonPrefix(with: key), 255)
    while buckets.count <= index { buckets.append([]) }
    if let place = buckets[index].firstIndex(where: { $0.peer.id == peer.id }) {
      buckets[index][place].heard = now
      buckets[index][place].failures = 0
      if !peer.addresses.isEmpty { buckets[index][place].peer = peer }
      return .updated
    }
    // Who gives up its place also gives up what it counts for its network.
    let isFull = buckets[index].count >= bucketSize
    let victim = isFull ? worst(of: buckets[index]) : nil
    if let group {
      let leaving = victim.map { buckets[index][$0].group == group ? 1 : 0 } ?? 0
      let inBucket = buckets[index].count { $0.group == group } - leaving
      guard inBucket < Limits.Kademlia.perNetworkAndBucket,
        groups[group, default: 0] - leaving < Limits.Kademlia.perNetwork
      else { return .crowded }
    }
    if isFull, victim == nil { return oldest(of: buckets[index], now: now).map { .doubtful($0) } ?? .full }
    var replaced: PeerID?
    if let victim { replaced = removeEntry(bucket: index, place: victim) }
    if let group { groups[group, default: 0] += 1 }
    buckets[index].append(Entry(peer: peer, key: key, group: group, heard: now))
    count += 1
    return replaced.map { .replaced($0) } ?? .added
  }

  /// The place of the peer that is worth least: one that did not answer.
  private func worst(of bucket: [Entry]) -> Int? {
    bucket.indices.filter { bucket[$0].failures > 0 }
      .min { (-bucket[$0].failures, bucket[$0].heard) < (-bucket[$1].failures, bucket[$1].heard) }
  }

  /// The peer that was not heard of for longest, if that is long.
  private func oldest(of bucket: [Entry], now: NIODeadline) -> KadPeer? {
    bucket.filter { now - $0.heard >= Self.stale }.min { $0.heard < $1.heard }?.peer
  }

  private static let stale = TimeAmount.seconds(Int64(Limits.Kademlia.staleSeconds))

  /// A peer has not answered. Once may be our own fault; at `Limits.Kademlia.failures` in a row it has to go.
  public mutating func failed(_ peer: PeerID) {
    guard let (index, place) = find(peer) else { return }
    buckets[index][place].failures += 1
    if buckets[index][place].failures >= Limits.Kademlia.failures { _ = removeEntry(bucket: index, place: place) }
  }

  /// Takes out a peer that is no server any more.
  public mutating func remove(_ peer: PeerID) {
    guard let (index, place) = find(peer) else { return }
    _ = removeEntry(bucket: index, place: place)
  }

  private func find(_ peer: PeerID) -> (bucket: Int, place: Int)? {
    let index = min(localKey.commonPrefix(with: KadKey(peer)), 255)
    guard buckets.indices.contains(index), let place = buckets[index].firstIndex(where: { $0.peer.id == peer }) else {
      return nil
    }
    return (index, place)
  }

  private mutating func removeEntry(bucket: Int, place: Int) -> PeerID {
    let entry = buckets[bucket].remove(at: place)
    count -= 1
    if let group = entry.group {
      let others = groups[group, default: 1] - 1
      groups[group] = others > 0 ? others : nil
    }
    return entry.peer.id
  }

  // MARK: what is asked of it

  /// Whether a peer is in it.
  public func contains(_ peer: PeerID) -> Bool { find(peer) != nil }

  /// A peer that is in it.
  public func peer(_ id: PeerID) -> KadPeer? { find(id).map { buckets[$0.bucket][$0.place].peer } }

  /// All peers, the far ones first.
  public var peers: [KadPeer] { buckets.flatMap { $0.map(\.peer) } }

  /// How many peers each bucket has, the far ones first.
  public var bucketCounts: [Int] { buckets.map(\.count) }

  /// The peers nearest to a place, nearest first; those that have just failed to answer only if `failing` allows it.
  public func closest(
    to target: KadKey, count limit: Int = Limits.Kademlia.bucket, except: PeerID? = nil, failing: Bool = true
  ) -> [KadPeer] {
    var found: [(KadKey.Distance, KadPeer)] = []
    found.reserveCapacity(limit * 2)
    func take(_ range: some Sequence<Int>) {
      var some: [(KadKey.Distance, KadPeer)] = []
      for index in range where buckets.indices.contains(index) {
        for entry in buckets[index] where (failing || entry.failures == 0) && entry.peer.id != except {
          some.append((entry.key.distance(to: target), entry.peer))
        }
      }
      found += some.sorted { $0.0 < $1.0 }
    }
    // Whoever shares with us as many bits as the target does, shares more with the target; whoever shares more with us,
    // shares just as many with the target; whoever shares fewer with us, shares fewer with the target, too.
    let own = min(localKey.commonPrefix(with: target), 255)
    take(CollectionOfOne(own))
    if found.count < limit, own + 1 < buckets.count { take(own + 1..<buckets.count) }
    for index in stride(from: min(own, buckets.count) - 1, through: 0, by: -1) where found.count < limit {
      take(CollectionOfOne(index))
    }
    return found.prefix(limit).map(\.1)
  }

  /// Peers that were not heard of for long, the ones longest silent first.
  public func silent(now: NIODeadline, count limit: Int) -> [KadPeer] {
    let entries = buckets.joined().filter { now - $0.heard >= Self.stale }
    return entries.sorted { $0.heard < $1.heard }.prefix(limit).map(\.peer)
  }

  /// What a refresh looks for: something in each bucket up to the last that holds anybody, the near ones left out.
  public func refreshTargets(using random: inout some RandomNumberGenerator) -> [[UInt8]] {
    guard let last = buckets.lastIndex(where: { !$0.isEmpty }) else { return [] }
    return (0...min(last, Limits.Kademlia.refreshedBuckets)).compactMap {
      localKey.neighbour(sharing: $0, using: &random)
    }
  }
}
