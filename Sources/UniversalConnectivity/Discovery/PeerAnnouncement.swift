import Identity
import Limits
import Multiformats
import NIOCore
import Swarm
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a peer publishes about itself on the discovery topic (wire.md §4.5): its key, and where it can be dialled.
struct PeerAnnouncement: Sendable, Hashable {
  /// Why bytes are no announcement.
  enum Fault: Error, Hashable, CustomStringConvertible {
    case notAPeer
    case badKey(String)
    case tooLong(Int)

    var description: String {
      switch self {
      case .notAPeer: "not the protobuf of a peer"
      case .badKey(let why): "the public key: \(why)"
      case .tooLong(let bytes): "\(bytes) bytes, the limit is \(Limits.Discovery.message)"
      }
    }
  }

  /// Whose it is: the id of the key in it.
  let peer: PeerID
  /// Where it can be dialled, each ending in `/p2p/<peer>`.
  let addresses: [Multiaddr]

  /// Reads an announcement. Addresses that are none, or are another peer's, are left out; those of transports that
  /// nobody here knows are not even looked at.
  init(_ data: ByteBuffer) throws(Fault) {
    guard data.readableBytes <= Limits.Discovery.message else { throw .tooLong(data.readableBytes) }
    let proto: ProtoDiscoveredPeer
    do {
      proto = try ProtoDiscoveredPeer(serializedBytes: Array(data.readableBytesView))
    } catch {
      throw .notAPeer
    }
    let peer: PeerID
    do throws(KeyError) {
      peer = PeerID(publicKey: try PublicKey(protobuf: proto.publicKey))
    } catch {
      throw .badKey("\(error)")
    }
    self.peer = peer
    var addresses: [Multiaddr] = []
    for bytes in proto.addrs.prefix(Limits.Discovery.addresses) {
      guard let address = try? Multiaddr(bytes: bytes) else { continue }
      guard address.peerID == nil || address.peerID == peer.bytes else { continue }
      let whole = address.withoutPeerID.withPeer(peer)
      if !addresses.contains(whole) { addresses.append(whole) }
    }
    self.addresses = addresses
  }

  /// The payload that announces a key's owner. Each address should end in `/p2p/<id>`: rust dials the same peer again
  /// and again where it does not.
  static func encode(_ key: PublicKey, addresses: [Multiaddr]) -> ByteBuffer? {
    var proto = ProtoDiscoveredPeer()
    proto.publicKey = Data(key.protobuf)
    proto.addrs = addresses.prefix(Limits.Discovery.addresses).map { Data($0.bytes) }
    let bytes: [UInt8]? = try? proto.serializedBytes()
    return bytes.map { ByteBuffer(bytes: $0) }
  }
}
