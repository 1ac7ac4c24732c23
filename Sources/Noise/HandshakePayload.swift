import Identity
import Limits
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What messages 2 and 3 carry: the proof of an identity, and what may be agreed on early (libp2p noise spec, "The
/// libp2p Handshake Payload").
struct HandshakePayload {
  /// The peer's identity, proven by its signature over the static key of this handshake.
  let publicKey: PublicKey
  /// Stream muxers offered, in the peer's order of preference; empty if the peer does not negotiate them here.
  let muxers: [String]

  /// The payload that proves `key`; no extension is written when there are no muxers to offer.
  static func encode(_ key: NoiseStaticKey, muxers: [String]) throws(NoiseError) -> [UInt8] {
    var payload = ProtoNoiseHandshakePayload()
    payload.identityKey = Data(key.identityKey)
    payload.identitySig = Data(key.signature)
    if !muxers.isEmpty { payload.extensions.streamMuxers = muxers }
    do {
      return try payload.serializedBytes()
    } catch {
      throw .malformedPayload("\(error)")
    }
  }

  /// Reads and checks a payload against the static key that came in the same handshake.
  init(_ bytes: [UInt8], staticKey: [UInt8]) throws(NoiseError) {
    try PayloadScan.check(bytes)
    let payload: ProtoNoiseHandshakePayload
    do {
      payload = try ProtoNoiseHandshakePayload(serializedBytes: bytes)
    } catch {
      throw .malformedPayload("\(error)")
    }

    guard payload.hasIdentityKey, !payload.identityKey.isEmpty else { throw .missingField("identity_key") }
    guard payload.hasIdentitySig, !payload.identitySig.isEmpty else { throw .missingField("identity_sig") }
    // Before the key is parsed: what a large key costs must not be the sender's choice.
    let limit = Limits.Keys.publicKeyBytes
    guard payload.identityKey.count <= limit else {
      throw .identityKeyTooLong(length: payload.identityKey.count, limit: limit)
    }
    do {
      publicKey = try PublicKey(protobuf: payload.identityKey)
    } catch {
      throw .invalidIdentityKey("\(error)")
    }
    guard publicKey.verify(signature: Array(payload.identitySig), of: NoiseStaticKey.signaturePrefix + staticKey) else {
      throw .invalidSignature
    }

    muxers = payload.extensions.streamMuxers
    guard muxers.count <= Limits.Noise.muxers else {
      throw .tooManyMuxers(count: muxers.count, limit: Limits.Noise.muxers)
    }
  }
}
