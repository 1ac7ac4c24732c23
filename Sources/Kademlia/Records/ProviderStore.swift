import Identity
import Limits
import Multiformats
import NIOCore

/// Who has announced what to this peer.
///
/// All of it is bounded: keys, announcements in all and for each key, keys of each provider. A key that is nearer takes
/// the place of the one that is farthest from this peer; a new provider of a key that has many takes the place of the
/// one that announced itself longest ago, as honest ones do so again and again. A value; the time is passed in.
public struct ProviderStore: Sendable {
  private struct Provider: Sendable {
    let peer: KadPeer
    let heard: NIODeadline
  }

  private struct Key: Sendable {
    let distance: KadKey.Distance
    /// Those heard of last are at the end.
    var providers: [Provider] = []
  }

  private let localKey: KadKey
  private var keys: [[UInt8]: Key] = [:]
  private var keysOfProvider: [PeerID: Int] = [:]
  /// How many announcements there are, those that have expired included.
  public private(set) var count = 0

  /// An empty store.
  public init(localKey: KadKey) { self.localKey = localKey }

  /// How many keys there are.
  public var keyCount: Int { keys.count }

  /// Notes that a peer, which has said so itself, provides what stands under a key.
  public mutating func add(_ peer: KadPeer, key: [UInt8], now: NIODeadline) throws(KadFault) {
    let provider = Provider(
      peer: KadPeer(id: peer.id, addresses: Array(peer.addresses.prefix(Limits.Kademlia.providerAddresses))), heard: now
    )
    if let place = keys[key]?.providers.firstIndex(where: { $0.peer.id == peer.id }) {
      keys[key]?.providers.remove(at: place)
      keys[key]?.providers.append(provider)
      return
    }
    guard keysOfProvider[peer.id, default: 0] < Limits.Kademlia.keysOfProvider else { throw .full }
    if keys[key] == nil { try makeRoom(for: key, now: now) }
    var entry = keys[key] ?? Key(distance: KadKey(of: key).distance(to: localKey))
    if entry.providers.count >= Limits.Kademlia.providers {
      forget(entry.providers.removeFirst())
    } else if count >= Limits.Kademlia.providerRecords {
      expire(now: now)
      if count >= Limits.Kademlia.providerRecords { try dropFarthest(for: entry.distance) }
      entry = keys[key] ?? Key(distance: entry.distance)
    }
    entry.providers.append(provider)
    keys[key] = entry
    count += 1
    keysOfProvider[peer.id, default: 0] += 1
  }

  private mutating func makeRoom(for key: [UInt8], now: NIODeadline) throws(KadFault) {
    guard keys.count >= Limits.Kademlia.providedKeys else { return }
    expire(now: now)
    guard keys.count >= Limits.Kademlia.providedKeys else { return }
    try dropFarthest(for: KadKey(of: key).distance(to: localKey))
  }

  /// Forgets the key that is farthest from us, if it is farther than one that is to have its place.
  private mutating func dropFarthest(for distance: KadKey.Distance) throws(KadFault) {
    guard let farthest = keys.max(by: { $0.value.distance < $1.value.distance }), distance < farthest.value.distance
    else { throw .full }
    for provider in farthest.value.providers { forget(provider) }
    keys[farthest.key] = nil
  }

  private mutating func forget(_ provider: Provider) {
    count -= 1
    let others = keysOfProvider[provider.peer.id, default: 1] - 1
    keysOfProvider[provider.peer.id] = others > 0 ? others : nil
  }

  /// Who provides what stands under a key, those heard of last first. Addresses that are old are left out.
  public func providers(of key: [UInt8], now: NIODeadline) -> [KadPeer] {
    (keys[key]?.providers ?? []).reversed().compactMap { provider in
      let age = now - provider.heard
      guard age < Self.lifetime else { return nil }
      return age < Self.addressLifetime ? provider.peer : KadPeer(id: provider.peer.id, addresses: [])
    }
  }

  /// Forgets what has expired.
  public mutating func expire(now: NIODeadline) {
    for (key, entry) in keys {
      let old = entry.providers.prefix { now - $0.heard >= Self.lifetime }
      guard !old.isEmpty else { continue }
      for provider in old { forget(provider) }
      keys[key]?.providers.removeFirst(old.count)
      if old.count == entry.providers.count { keys[key] = nil }
    }
  }

  private static let lifetime = TimeAmount.seconds(Int64(Limits.Kademlia.providerSeconds))
  private static let addressLifetime = TimeAmount.seconds(Int64(Limits.Kademlia.providerAddressSeconds))
}
