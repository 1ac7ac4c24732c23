import Identity
import Limits
import Multiformats

/// Where peers can be reached, from whom that is known, and how it went.
///
/// A value without a clock: times are seconds of Unix time, handed in.
///
/// ```swift
/// var store = Peerstore()
/// store.learn([address], of: peer, from: .identify, now: now)
/// for address in store.addresses(of: peer, now: now) { … }   // the best first, those at rest left out
/// ```
///
/// Everybody can tell of a million peers: both the peers and the addresses of each are bounded, and who was reached
/// before is kept before who was not.
public struct Peerstore: Sendable {
  /// What is known of one peer.
  struct Entry: Sendable, Hashable {
    var addresses: [KnownAddress] = []
    /// Its newest signed record, as it came, and the number in it.
    var record: (sequence: UInt64, envelope: [UInt8])?
    var lastSuccess: Int64? { addresses.compactMap(\.lastSuccess).max() }
    var isWanted: Bool { addresses.contains { $0.source == .user } }

    static func == (a: Self, b: Self) -> Bool {
      a.addresses == b.addresses && a.record?.envelope == b.record?.envelope
    }

    func hash(into hasher: inout Hasher) { hasher.combine(addresses) }
  }

  var entries: [PeerID: Entry] = [:]
  /// Addresses that found no room.
  public internal(set) var dropped: UInt64 = 0

  /// Knows nobody.
  public init() {}

  /// How many peers are known.
  public var count: Int { entries.count }

  /// Every peer with an address.
  public var peers: [PeerID] { Array(entries.keys) }

  /// Whether there is such a peer.
  public func contains(where isWanted: (PeerID) -> Bool) -> Bool { entries.keys.contains(where: isWanted) }

  // MARK: learning

  /// Takes addresses of a peer. What cannot be dialled over TCP is not kept; what is known already lives longer.
  /// - Parameter addresses: With `/p2p` at their ends or without; those of another peer are left out.
  public mutating func learn(_ addresses: [Multiaddr], of peer: PeerID, from source: AddressSource, now: Int64) {
    var entry = entries[peer] ?? Entry()
    // The peer has signed where it is: what is merely said of it would let others send us elsewhere.
    let isCertified = entry.addresses.contains { $0.source == .certified && !$0.isExpired(at: now) }
    if isCertified, source == .identify || source == .routing { return }
    for address in addresses.prefix(Limits.Peerstore.addresses) {
      guard address.peerID.map({ $0 == peer.bytes }) ?? true else { continue }
      let bare = address.withoutPeerID
      guard Self.isKept(bare, from: source) else { continue }
      add(bare, from: source, now: now, to: &entry)
    }
    guard !entry.addresses.isEmpty, entries[peer] != nil || makeRoom(for: entry, now: now) else { return }
    entries[peer] = entry
  }

  /// Takes a signed record, which replaces what the peer said before.
  /// - Parameter place: From where the peer speaks. What is signed is its word, but no reason to dial into our own network
  ///   for somebody who is not in it.
  /// - Returns: Whose it is; nil for a record that is older than the one known.
  /// - Throws: `EnvelopeError`.
  @discardableResult
  public mutating func learn(record envelope: [UInt8], from place: Vicinity, now: Int64) throws(EnvelopeError)
    -> PeerID?
  {
    let record = try PeerRecord.open(envelope)
    var entry = entries[record.peerID] ?? Entry()
    if let known = entry.record, known.sequence > record.sequence { return nil }
    entry.record = (record.sequence, envelope)
    let said = Set(record.addresses.map(\.withoutPeerID))
    // An address that has worked may be one that the peer itself does not know: that of a router before it.
    entry.addresses.removeAll {
      ($0.source == .certified || $0.source == .identify || $0.source == .routing) && $0.lastSuccess == nil
        && !said.contains($0.address)
    }
    for address in record.addresses.prefix(Limits.Peerstore.addresses)
    where Self.isKept(address.withoutPeerID, from: .certified) && place.shares(address.withoutPeerID) {
      add(address.withoutPeerID, from: .certified, now: now, to: &entry)
    }
    guard !entry.addresses.isEmpty else {
      entries[record.peerID] = nil
      return record.peerID
    }
    if entries[record.peerID] != nil || makeRoom(for: entry, now: now) { entries[record.peerID] = entry }
    return record.peerID
  }

  /// The signed record of a peer, to be shown to others.
  public func record(of peer: PeerID) -> [UInt8]? { entries[peer]?.record?.envelope }

  /// A connection to the peer stands at that address.
  public mutating func succeeded(_ address: Multiaddr, of peer: PeerID, now: Int64) {
    update(address, of: peer) {
      $0.lastSuccess = now
      $0.failures = 0
      // It was right: it is worth as much as when it was new.
      $0.expires = $0.source.lifetime.map { now.saturatingAdd(max($0, Limits.Peerstore.identifySeconds)) }
    }
  }

  /// The peer is connected, so where it says that it is, and where it was reached, is still true. Without that, who has
  /// been connected for a week would be forgotten when the connection is lost.
  public mutating func renew(_ peer: PeerID, now: Int64) {
    for index in entries[peer]?.addresses.indices ?? 0..<0 {
      guard let known = entries[peer]?.addresses[index], let expires = known.expires,
        let lifetime = known.source.lifetime,
        known.source == .identify || known.source == .certified || known.lastSuccess != nil
      else { continue }
      let fresh = now.saturatingAdd(max(lifetime, Limits.Peerstore.identifySeconds))
      entries[peer]?.addresses[index].expires = max(expires, fresh)
    }
  }

  /// The same with all its times later by so many seconds: the clock has been put right.
  public func shifted(by seconds: Int64) -> Peerstore {
    guard seconds != 0 else { return self }
    var shifted = self
    for peer in entries.keys {
      for index in entries[peer]?.addresses.indices ?? 0..<0 {
        guard let known = entries[peer]?.addresses[index] else { continue }
        shifted.entries[peer]?.addresses[index].expires = known.expires?.saturatingAdd(seconds)
        shifted.entries[peer]?.addresses[index].lastSuccess = known.lastSuccess?.saturatingAdd(seconds)
        shifted.entries[peer]?.addresses[index].lastFailure = known.lastFailure.saturatingAdd(seconds)
      }
    }
    return shifted
  }

  /// A dial of that address failed; it rests for a while.
  public mutating func failed(_ address: Multiaddr, of peer: PeerID, now: Int64) {
    update(address, of: peer) {
      $0.failures = min($0.failures + 1, Int(Int32.max))
      $0.lastFailure = now
    }
  }

  /// The network has changed: what failed may work now.
  public mutating func forgetFailures() {
    for peer in entries.keys {
      for index in entries[peer]?.addresses.indices ?? 0..<0 { entries[peer]?.addresses[index].failures = 0 }
    }
  }

  /// Forgets what is too old.
  public mutating func forgetExpired(now: Int64) {
    for (peer, entry) in entries where entry.addresses.contains(where: { $0.isExpired(at: now) }) {
      var entry = entry
      entry.addresses.removeAll { $0.isExpired(at: now) }
      entries[peer] = entry.addresses.isEmpty ? nil : entry
    }
  }

  // MARK: the file

  /// Takes back what was known in an earlier run. Returns whether there was room.
  mutating func restore(_ known: KnownAddress, of peer: PeerID, now: Int64) -> Bool {
    var entry = entries[peer] ?? Entry()
    guard !known.isExpired(at: now) else { return true }
    guard Self.isKept(known.address, from: known.source), entry.addresses.count < Limits.Peerstore.addresses,
      !entry.addresses.contains(where: { $0.address == known.address })
    else { return false }
    entry.addresses.append(known)
    guard entries[peer] != nil || makeRoom(for: entry, now: now) else { return false }
    entries[peer] = entry
    return true
  }

  mutating func restore(record: [UInt8], sequence: UInt64, of peer: PeerID) -> Bool {
    guard entries[peer] != nil || entries.count < Limits.Peerstore.peers else { return false }
    entries[peer, default: Entry()].record = (sequence, record)
    return true
  }

  // MARK: asking

  /// Where to dial a peer, the best first; those that have just failed are left out, and so is what its other addresses
  /// say cannot be: a private address of a peer that is in the Internet leads to somebody else's machine, and an address
  /// of loopback to this one.
  public func addresses(of peer: PeerID, now: Int64) -> [Multiaddr] {
    guard let entry = entries[peer] else { return [] }
    let known = entry.addresses.filter { !$0.isExpired(at: now) }
    let isPublic = known.contains { AddressScope(tcp: $0.address) == .global }
    let isHere = known.allSatisfy(\.address.isLoopback)
    return known.filter { known in
      guard known.restsUntil <= now else { return false }
      let isTrusted = known.source == .user || known.source == .mdns || known.lastSuccess != nil
      if isTrusted { return true }
      if known.address.isLoopback { return isHere }
      return !isPublic || AddressScope(tcp: known.address) != .local
    }
    .sorted { Self.isBetter($0, $1) }
    .map(\.address)
  }

  /// All that is known of a peer, expired or not.
  public func known(of peer: PeerID) -> [KnownAddress] { entries[peer]?.addresses ?? [] }

  /// Peers that are worth a dial when there are too few connections: those reached most lately first.
  public func candidates(now: Int64, limit: Int, without excluded: (PeerID) -> Bool) -> [PeerID] {
    entries.filter { !excluded($0.key) && !addresses(of: $0.key, now: now).isEmpty }
      .sorted { a, b in
        let (left, right) = (a.value.lastSuccess ?? .min, b.value.lastSuccess ?? .min)
        return left != right ? left > right : a.key < b.key
      }
      .prefix(max(limit, 0)).map(\.key)
  }

  // MARK: within

  private mutating func add(_ address: Multiaddr, from source: AddressSource, now: Int64, to entry: inout Entry) {
    let expires = source.lifetime.map { now.saturatingAdd($0) }
    if let index = entry.addresses.firstIndex(where: { $0.address == address }) {
      if source.rank > entry.addresses[index].source.rank { entry.addresses[index].source = source }
      guard let old = entry.addresses[index].expires else { return }
      entry.addresses[index].expires = expires.map { max($0, old) }
      return
    }
    if entry.addresses.count >= Limits.Peerstore.addresses {
      dropped &+= 1
      // The worst of them makes room, if the new one is better.
      guard let worst = entry.addresses.indices.max(by: { Self.isBetter(entry.addresses[$0], entry.addresses[$1]) }),
        entry.addresses[worst].source.rank < source.rank, entry.addresses[worst].lastSuccess == nil
      else { return }
      entry.addresses.remove(at: worst)
    }
    entry.addresses.append(KnownAddress(address: address, source: source, expires: expires))
  }

  private mutating func update(_ address: Multiaddr, of peer: PeerID, _ change: (inout KnownAddress) -> Void) {
    let bare = address.withoutPeerID
    guard let index = entries[peer]?.addresses.firstIndex(where: { $0.address == bare }) else { return }
    change(&entries[peer, default: Entry()].addresses[index])
  }

  /// Whether there is room for one more peer; the one least worth keeping goes if it is worth less.
  private mutating func makeRoom(for entry: Entry, now: Int64) -> Bool {
    guard entries.count >= Limits.Peerstore.peers else { return true }
    forgetExpired(now: now)
    guard entries.count >= Limits.Peerstore.peers else { return true }
    dropped &+= 1
    let worst = entries.filter { !$0.value.isWanted }.min { Self.worth($0.value) < Self.worth($1.value) }
    guard let worst, entry.isWanted || Self.worth(worst.value) <= Self.worth(entry) else { return false }
    entries[worst.key] = nil
    return true
  }

  private static func worth(_ entry: Entry) -> (Int64, Int64) {
    (entry.lastSuccess ?? .min, entry.addresses.compactMap(\.expires).max() ?? .max)
  }

  /// What has worked goes first, then what is believed more, then what needs no router.
  private static func isBetter(_ a: KnownAddress, _ b: KnownAddress) -> Bool {
    let (left, right) = (a.lastSuccess ?? .min, b.lastSuccess ?? .min)
    if left != right { return left > right }
    if a.source != b.source { return a.source.rank > b.source.rank }
    return a.address.bytes.lexicographicallyPrecedes(b.address.bytes)
  }

  /// A name is taken from the user only: whoever says one would have us ask for it.
  private static func isKept(_ address: Multiaddr, from source: AddressSource) -> Bool {
    if source == .user { return true }
    guard let scope = AddressScope(tcp: address) else { return false }
    return scope != .unusable
  }
}
