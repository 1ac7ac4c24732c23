import Limits
import Multiformats
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where a peer says that it can be reached, signed by itself (libp2p/specs RFC 0003).
public struct PeerRecord: Hashable, Sendable {
  /// What Go, Rust, JavaScript and Nim sign records with; the RFC's text still has an older string.
  public static let domain = "libp2p-peer-record"
  /// The multicodec number `libp2p-peer-record`, 0x0301, as those write it: two bytes, no varint.
  public static let payloadType: [UInt8] = [0x03, 0x01]

  /// The peer that the record is about.
  public let peerID: PeerID
  /// Grows with each record of a peer; the one with the largest is valid.
  public let sequence: UInt64
  /// Where the peer can be reached. May be empty.
  public let addresses: [Multiaddr]

  /// A record to be sealed; addresses beyond `Limits.Keys.recordAddresses` are left out.
  public init(peerID: PeerID, sequence: UInt64, addresses: [Multiaddr]) {
    self.peerID = peerID
    self.sequence = sequence
    self.addresses = Array(addresses.prefix(Limits.Keys.recordAddresses))
  }

  /// The record in an envelope signed with `key`, as bytes.
  ///
  /// - Throws: `EnvelopeError.signer` if the key is not that of the record's peer, `.key` if signing fails.
  public func sealed(with key: KeyPair) throws(EnvelopeError) -> [UInt8] {
    guard key.peerID == peerID else { throw .signer }
    var message = ProtoPeerRecord()
    message.peerID = Data(peerID.bytes)
    message.seq = sequence
    message.addresses = addresses.map { address in
      var info = ProtoPeerRecord.AddressInfo()
      info.multiaddr = Data(address.bytes)
      return info
    }
    guard let payload: [UInt8] = try? message.serializedBytes() else { throw .malformed }
    do {
      return try SignedEnvelope.seal(payload: payload, payloadType: Self.payloadType, domain: Self.domain, key: key)
        .bytes
    } catch {
      throw .key(error)
    }
  }

  /// Opens an envelope with a record in it.
  ///
  /// Addresses that cannot be parsed are left out, as are those beyond `Limits.Keys.recordAddresses`.
  ///
  /// - Throws: `EnvelopeError`; `.signer` if another peer than the record's has signed it (RUSTSEC-2022-0009).
  public static func open(_ envelope: some Collection<UInt8>) throws(EnvelopeError) -> PeerRecord {
    let (payload, signer) = try SignedEnvelope(bytes: envelope).open(domain: domain, payloadType: payloadType)
    let record = try PeerRecord(payload: payload)
    guard record.peerID.matches(signer) else { throw .signer }
    return record
  }

  /// Reads a record from the bytes inside of an envelope; who signed it is the caller's to look at.
  init(payload: [UInt8]) throws(EnvelopeError) {
    guard let message = try? ProtoPeerRecord(serializedBytes: payload) else { throw .malformed }
    let peerID: PeerID
    do { peerID = try PeerID(bytes: message.peerID) } catch { throw .peerID(error) }
    var addresses: [Multiaddr] = []
    // The cap is on what is looked at: parsing costs more than skipping.
    for info in message.addresses.prefix(Limits.Keys.recordAddresses) {
      if let address = try? Multiaddr(bytes: info.multiaddr) { addresses.append(address) }
    }
    self.init(peerID: peerID, sequence: message.seq, addresses: addresses)
  }
}
