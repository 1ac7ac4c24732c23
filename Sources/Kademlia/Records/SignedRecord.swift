import Identity
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `/uc/<peer id>/<name>`: something that a peer says under its own name, signed by it, so that nobody else can say it.
///
/// The one with the highest sequence number is the best; a clock's reading is a good one.
public struct SignedRecord: Sendable, Hashable {
  /// The first part of the keys.
  public static let namespace = "uc"
  private static let domain = "uc-bot-record"
  private static let payloadType = Array("/uc-bot/record".utf8)

  /// Whose it is.
  public let peer: PeerID
  /// Which of the peer's.
  public let name: String
  /// Grows with each value of the name.
  public let sequence: UInt64
  /// What the peer says.
  public let value: [UInt8]

  /// A record to be sealed.
  public init(peer: PeerID, name: String, sequence: UInt64, value: [UInt8]) {
    self.peer = peer
    self.name = name
    self.sequence = sequence
    self.value = value
  }

  /// The key that a value of a peer stands under.
  public static func key(of peer: PeerID, name: String) -> [UInt8] { Array("/\(namespace)/\(peer)/\(name)".utf8) }

  /// The record as others store it.
  /// - Throws: `KeyError` if signing fails, `KadFault` if the key is not the peer's.
  public func sealed(with key: KeyPair) throws -> KadRecord {
    guard key.peerID == peer else { throw KadFault.badRecord("the key is not that of \(peer)") }
    var message = ProtoSignedValue()
    message.key = Data(Self.key(of: peer, name: name))
    message.seq = sequence
    message.value = Data(value)
    let envelope = try SignedEnvelope.seal(
      payload: try message.serializedBytes(), payloadType: Self.payloadType, domain: Self.domain, key: key)
    return KadRecord(key: Array(message.key), value: envelope.bytes)
  }

  /// Reads a record, and believes it only if its peer has signed it.
  public init(_ record: KadRecord) throws(KadFault) {
    let parts = String(decoding: record.key, as: UTF8.self)
      .split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1] == Self.namespace, !parts[3].isEmpty, let peer = try? PeerID(String(parts[2]))
    else { throw .badRecord("the key is not /\(Self.namespace)/<peer id>/<name>") }
    do {
      let (payload, key) = try SignedEnvelope(bytes: record.value)
        .open(domain: Self.domain, payloadType: Self.payloadType)
      guard peer.matches(key) else { throw KadFault.badRecord("signed by another peer than its key names") }
      let message = try ProtoSignedValue(serializedBytes: payload)
      guard Array(message.key) == record.key else { throw KadFault.badRecord("signed for another key") }
      self.init(peer: peer, name: String(parts[3]), sequence: message.seq, value: Array(message.value))
    } catch let fault as KadFault {
      throw fault
    } catch {
      throw .badRecord("\(error)")
    }
  }

  /// Judges records of this kind.
  public struct Validator: RecordValidator {
    /// Whether the peer that the key names has signed the value for it.
    public func validate(key: [UInt8], value: [UInt8]) throws(KadFault) {
      _ = try SignedRecord(KadRecord(key: key, value: value))
    }

    /// The one with the higher number; of two with the same, the one whose bytes come last.
    public func isBetter(_ value: [UInt8], than other: [UInt8], key: [UInt8]) -> Bool {
      guard let first = try? SignedRecord(KadRecord(key: key, value: value)) else { return false }
      guard let second = try? SignedRecord(KadRecord(key: key, value: other)) else { return true }
      if first.sequence != second.sequence { return first.sequence > second.sequence }
      return other.lexicographicallyPrecedes(value)
    }
  }
}
