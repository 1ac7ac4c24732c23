import Identity
import Limits
import Multiformats
import NIOCore

/// What a server answers, and what it keeps for others.
///
/// A value; the routing table, the time and what is known of connected peers are passed in.
public struct KadResponder: Sendable {
  /// What others have announced.
  public private(set) var providers: ProviderStore
  /// What others have stored.
  public private(set) var values: ValueStore

  /// A server that keeps nothing yet.
  public init(localKey: KadKey, validators: RecordValidators) {
    providers = ProviderStore(localKey: localKey)
    values = ValueStore(localKey: localKey, validators: validators)
  }

  /// The answer to a request; nil for one that is not answered.
  ///
  /// - Parameters:
  ///   - peer: who asks. It is never told of itself, and speaks for itself only.
  ///   - place: from where it does, so that it is told no addresses that are of no use to it.
  ///   - known: what is known of a peer that is connected, server or not, and of this one.
  /// - Throws: `KadFault`; the stream is to be reset.
  public mutating func answer(
    _ request: KadMessage, from peer: PeerID, place: Vicinity, table: RoutingTable, known: (PeerID) -> KadPeer?,
    now: NIODeadline
  ) throws(KadFault) -> KadMessage? {
    if request.type == .ping { return KadMessage(.ping) }
    guard !request.key.isEmpty else { throw .noKey }
    func closer() -> [KadPeer] {
      table.closest(to: KadKey(of: request.key), except: peer, failing: false).map { $0.visible(from: place) }
        .filter { !$0.addresses.isEmpty }
    }
    switch request.type {
    case .ping: return KadMessage(.ping)
    case .findNode:
      var closer = closer()
      // Whoever looks for a peer is told of it also when it is no server.
      if let target = try? PeerID(bytes: request.key), target != peer, closer.first?.id != target,
        let found = known(target)?.visible(from: place), !found.addresses.isEmpty
      {
        closer = [found] + closer.prefix(Limits.Kademlia.bucket - 1)
      }
      return KadMessage(.findNode, closerPeers: closer)
    case .getValue:
      let record = values.value(of: request.key, now: now).map { KadRecord(key: request.key, value: $0) }
      return KadMessage(.getValue, key: request.key, record: record, closerPeers: closer())
    case .putValue:
      guard let record = request.record else { throw .badRecord("there is none") }
      guard record.key == request.key else { throw .badRecord("its key is not that of the message") }
      try values.put(record, now: now)
      return KadMessage(.putValue, key: request.key, record: record)
    case .getProviders:
      try Self.checkProviderKey(request.key)
      let found = providers.providers(of: request.key, now: now).filter { $0.id != peer }
      return KadMessage(
        .getProviders, key: request.key, closerPeers: closer(),
        providerPeers: found.map { $0.visible(from: place) })
    case .addProvider:
      try Self.checkProviderKey(request.key)
      guard let provider = request.providerPeers.first(where: { $0.id == peer }) else { throw .notTheProvider }
      try providers.add(provider, key: request.key, now: now)
      return nil
    }
  }

  static func checkProviderKey(_ key: [UInt8]) throws(KadFault) {
    guard key.count <= Limits.Kademlia.providerKey else {
      throw .keyTooLong(bytes: key.count, limit: Limits.Kademlia.providerKey)
    }
  }

  /// Forgets what has expired.
  public mutating func expire(now: NIODeadline) {
    providers.expire(now: now)
    values.expire(now: now)
  }

  /// Notes a value of our own.
  mutating func keep(_ record: KadRecord, now: NIODeadline) throws(KadFault) { try values.put(record, now: now) }

  /// Notes that we provide something ourselves.
  mutating func provide(_ peer: KadPeer, key: [UInt8], now: NIODeadline) throws(KadFault) {
    try providers.add(peer, key: key, now: now)
  }
}
