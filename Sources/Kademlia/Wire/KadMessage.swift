import Identity
import Limits
import Multiformats
import NIOCore
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a message asks for, or answers.
public enum KadRequestType: Int32, Sendable, Hashable {
  case putValue = 0
  case getValue = 1
  case addProvider = 2
  case getProviders = 3
  case findNode = 4
  case ping = 5
}

/// Something stored under a key.
public struct KadRecord: Sendable, Hashable {
  /// Where.
  public var key: [UInt8]
  /// What.
  public var value: [UInt8]

  /// A record.
  public init(key: [UInt8], value: [UInt8]) {
    self.key = key
    self.value = value
  }

  /// Whether it is small enough for others to take it, and us.
  func checkSize() throws(KadFault) {
    guard key.count <= Limits.Kademlia.key else { throw .keyTooLong(bytes: key.count, limit: Limits.Kademlia.key) }
    guard value.count <= Limits.Kademlia.value else {
      throw .badRecord("\(value.count) bytes, the limit is \(Limits.Kademlia.value)")
    }
  }
}

/// A request or an answer (libp2p/specs kad-dht, "RPC messages").
public struct KadMessage: Sendable, Hashable {
  /// What it is.
  public var type: KadRequestType
  /// What it is about; peers leave it out of answers.
  public var key: [UInt8]
  /// The value stored there, or to be stored.
  public var record: KadRecord?
  /// Peers that are nearer to the key.
  public var closerPeers: [KadPeer]
  /// Peers that have announced something under the key.
  public var providerPeers: [KadPeer]

  /// A message with nothing in it but what is given.
  public init(
    _ type: KadRequestType, key: [UInt8] = [], record: KadRecord? = nil, closerPeers: [KadPeer] = [],
    providerPeers: [KadPeer] = []
  ) {
    self.type = type
    self.key = key
    self.record = record
    self.closerPeers = closerPeers
    self.providerPeers = providerPeers
  }

  /// Reads a message whose length prefix has been taken off.
  ///
  /// Peers and addresses that are none, or stand for nothing, are left out. Of peers that are nearer at most `Limits.Kademlia.bucket` are
  /// kept, of providers `Limits.Kademlia.providers`.
  public init(_ bytes: ByteBuffer) throws(KadFault) {
    let proto: ProtoKadMessage
    do { proto = try ProtoKadMessage(serializedBytes: Array(bytes.readableBytesView)) } catch { throw .malformed }
    guard let type = KadRequestType(rawValue: proto.type) else { throw .unknownType(proto.type) }
    guard proto.key.count <= Limits.Kademlia.key else {
      throw .keyTooLong(bytes: proto.key.count, limit: Limits.Kademlia.key)
    }
    let record = proto.hasRecord ? KadRecord(key: Array(proto.record.key), value: Array(proto.record.value)) : nil
    self.init(
      type, key: Array(proto.key), record: record,
      closerPeers: Self.peers(proto.closerPeers, limit: Limits.Kademlia.bucket),
      providerPeers: Self.peers(proto.providerPeers, limit: Limits.Kademlia.providers))
  }

  private static func peers(_ encoded: [Data], limit: Int) -> [KadPeer] {
    var peers: [KadPeer] = []
    for bytes in encoded.prefix(limit + Limits.Kademlia.peersRead) where peers.count < limit {
      guard let proto = try? ProtoKadPeer(serializedBytes: bytes), let id = try? PeerID(bytes: proto.id) else {
        continue
      }
      var addresses: [Multiaddr] = []
      for bytes in proto.addrs.prefix(Limits.Kademlia.addresses) {
        guard let address = try? Multiaddr(bytes: bytes) else { continue }
        guard address.peerID == nil || address.peerID == id.bytes else { continue }
        let bare = address.withoutPeerID
        guard !bare.isEmpty, AddressScope(tcp: bare) != .unusable, !addresses.contains(bare) else { continue }
        addresses.append(bare)
      }
      peers.append(KadPeer(id: id, addresses: addresses))
    }
    return peers
  }

  /// The message with its length before it. Peers that would make it longer than `limit` are left out, providers first.
  public func frame(limit: Int = Limits.Kademlia.send) -> ByteBuffer {
    var proto = ProtoKadMessage()
    proto.type = type.rawValue
    if !key.isEmpty { proto.key = Data(key) }
    if let record {
      proto.record.key = Data(record.key)
      proto.record.value = Data(record.value)
    }
    // Fails only for required fields that are missing and messages of 2 GB; this one has neither.
    var size = (try? proto.serializedBytes() as [UInt8])?.count ?? 0
    func fitting(_ peers: [KadPeer]) -> [Data] {
      var encoded: [Data] = []
      for peer in peers {
        let bytes = Self.encoded(peer)
        // One byte of tag, at most five of length.
        size += bytes.count + 6
        guard size <= limit else { break }
        encoded.append(bytes)
      }
      return encoded
    }
    proto.closerPeers = fitting(closerPeers)
    proto.providerPeers = fitting(providerPeers)
    let bytes: [UInt8] = (try? proto.serializedBytes()) ?? []
    var frame = ByteBuffer()
    frame.writeLengthPrefixed(bytes)
    return frame
  }

  private static func encoded(_ peer: KadPeer) -> Data {
    var proto = ProtoKadPeer()
    proto.id = Data(peer.id.bytes)
    // Whoever has addresses without end takes nothing from those behind it.
    var room = Limits.Kademlia.addressBytesSent
    for address in peer.addresses where proto.addrs.count < Limits.Kademlia.addressesSent {
      let bytes = address.bytes
      guard bytes.count <= room else { continue }
      room -= bytes.count
      proto.addrs.append(Data(bytes))
    }
    // CAN_CONNECT: some readers leave out peers of whom nothing is said.
    proto.connection = 2
    return (try? proto.serializedData()) ?? Data()
  }
}
