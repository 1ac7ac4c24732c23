import DNS
import Identity
import Limits
import Multiformats
import NIOCore

/// The peers that have said that they are on the local network, by the names that they gave themselves.
///
/// A value. Anybody in the network can make up as many as they like: there is a bound, and what does not fit is left out
/// until something has expired.
struct Neighbours: Sendable {
  private struct Entry {
    let peer: PeerID
    let addresses: [Multiaddr]
    let learned: NIODeadline
    let expires: NIODeadline
  }

  private var entries: [DNSName: Entry] = [:]

  /// What is known of a peer has changed.
  enum Change: Sendable, Hashable {
    case found(PeerID, [Multiaddr])
    case lost(PeerID)
    /// There are too many.
    case full
  }

  var count: Int { entries.count }

  /// When the next entry expires.
  var deadline: NIODeadline? { entries.values.map(\.expires).min() }

  /// A name says who and where it is.
  mutating func heard(
    _ name: DNSName, peer: PeerID, addresses: [Multiaddr], ttl: UInt32, now: NIODeadline
  ) -> [Change] {
    // rust-libp2p gives itself a new name with each answer, which would fill all the room in minutes.
    let twin = entries.first { other, entry in
      entry.peer == peer && Set(entry.addresses) == Set(addresses) && other.parent == name.parent && other != name
    }
    if entries[name] == nil, let twin { entries[name] = entries.removeValue(forKey: twin.key) }
    let old = entries[name]
    guard old != nil || entries.count < Limits.MDNS.instances else { return [.full] }
    let before = self.addresses(of: peer)
    let seconds = min(Int64(ttl), Int64(Limits.MDNS.believedSeconds))
    entries[name] = Entry(peer: peer, addresses: addresses, learned: now, expires: now + .seconds(seconds))
    var changes: [Change] = []
    if let old, old.peer != peer { changes += afterLoss(of: old) }
    let known = self.addresses(of: peer)
    if known != before { changes.append(.found(peer, known)) }
    return changes
  }

  /// A name is given up.
  mutating func left(_ name: DNSName) -> [Change] { entries.removeValue(forKey: name).map(afterLoss) ?? [] }

  /// Forgets what is too old.
  mutating func expire(now: NIODeadline) -> [Change] {
    var changes: [Change] = []
    for (name, entry) in entries where entry.expires <= now {
      entries[name] = nil
      changes += afterLoss(of: entry)
    }
    return changes
  }

  /// The names whose owner need not say again that it is there: those that were heard in the last half of their life.
  func fresh(under service: DNSName, now: NIODeadline) -> [(name: DNSName, seconds: UInt32)] {
    entries.compactMap { name, entry in
      let left = entry.expires - now
      guard left > (entry.expires - entry.learned) / 2, name.parent == service else { return nil }
      return (name, UInt32(clamping: left.nanoseconds / 1_000_000_000))
    }
  }

  func isKnown(_ name: DNSName) -> Bool { entries[name] != nil }

  private func afterLoss(of entry: Entry) -> [Change] {
    let left = addresses(of: entry.peer)
    if left.isEmpty { return [.lost(entry.peer)] }
    return entry.addresses.allSatisfy(left.contains) ? [] : [.found(entry.peer, left)]
  }

  /// Of all names of a peer together, or one who claims to be it would hide where it is. The order says nothing.
  private func addresses(of peer: PeerID) -> [Multiaddr] {
    var found: Set<Multiaddr> = []
    for entry in entries.values where entry.peer == peer { found.formUnion(entry.addresses) }
    return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.prefix(Limits.MDNS.addresses).map { $0 }
  }
}

/// Half of a span of time.
private func / (span: TimeAmount, divisor: Int64) -> TimeAmount { .nanoseconds(span.nanoseconds / divisor) }
