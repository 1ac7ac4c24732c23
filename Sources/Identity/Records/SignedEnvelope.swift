import Limits
import Multiformats
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Something that a peer has signed, with its key beside it, so that anybody can pass it on and anybody can check it
/// (libp2p/specs RFC 0002).
public struct SignedEnvelope: Sendable {
  /// The key that it says it was signed with.
  public let publicKey: PublicKey
  /// What kind of thing is inside, mostly a multicodec number.
  public let payloadType: [UInt8]
  /// The envelope as it stands in messages.
  public let bytes: [UInt8]
  /// What is inside. Not to be believed before `open` has looked at the signature.
  private let payload: [UInt8]
  private let signature: [UInt8]

  /// Signs a payload.
  ///
  /// - Parameters:
  ///   - domain: names the purpose, so that a signature made for one is worthless for another.
  ///   - payloadType: what kind of thing the payload is.
  public static func seal(
    payload: [UInt8], payloadType: [UInt8], domain: String, key: KeyPair
  ) throws(KeyError) -> SignedEnvelope {
    let signature = try key.sign(signedBytes(domain: domain, payloadType: payloadType, payload: payload))
    return SignedEnvelope(key.publicKey, payloadType, payload, signature)
  }

  private init(_ publicKey: PublicKey, _ payloadType: [UInt8], _ payload: [UInt8], _ signature: [UInt8]) {
    var message = ProtoEnvelope()
    message.publicKey = Data(publicKey.protobuf)
    message.payloadType = Data(payloadType)
    message.payload = Data(payload)
    message.signature = Data(signature)
    // Fails only for required fields that are missing and messages of 2 GB; this one has neither.
    bytes = (try? message.serializedBytes()) ?? []
    self.publicKey = publicKey
    self.payloadType = payloadType
    self.payload = payload
    self.signature = signature
  }

  /// Reads an envelope. What is inside stays closed until `open` has checked the signature.
  public init(bytes: some Collection<UInt8>) throws(EnvelopeError) {
    let length = bytes.count
    guard length <= Limits.Keys.envelopeBytes else { throw .tooLong(length: length) }
    let bytes = Array(bytes)
    guard let message = try? ProtoEnvelope(serializedBytes: bytes) else { throw .malformed }
    do { publicKey = try PublicKey(protobuf: message.publicKey) } catch { throw .key(error) }
    payloadType = Array(message.payloadType)
    payload = Array(message.payload)
    signature = Array(message.signature)
    self.bytes = bytes
  }

  /// Checks the signature and hands out what was signed, and by whom.
  ///
  /// - Throws: `EnvelopeError.payloadType` or `.signature`.
  public func open(
    domain: String, payloadType: [UInt8]
  ) throws(EnvelopeError) -> (payload: [UInt8], publicKey: PublicKey) {
    guard self.payloadType == payloadType else { throw .payloadType }
    let signed = Self.signedBytes(domain: domain, payloadType: payloadType, payload: payload)
    guard publicKey.verify(signature: signature, of: signed) else { throw .signature }
    return (payload, publicKey)
  }

  /// What the signature is over: domain, type and payload, the length of each before it.
  private static func signedBytes(domain: String, payloadType: [UInt8], payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in [Array(domain.utf8), payloadType, payload] {
      Varint.append(UInt64(part.count), to: &bytes)
      bytes.append(contentsOf: part)
    }
    return bytes
  }
}
