import Identity

/// The X25519 key of this process, signed by its identity: what handshake payloads prove an identity with.
///
/// Made once per process and used for every connection, because a signature costs more than the rest of a handshake's
/// payload (libp2p.md §2.4).
public struct NoiseStaticKey: Sendable {
  /// What the identity key signs together with the static public key (libp2p noise spec, "Static Key Authentication").
  package static let signaturePrefix = Array("noise-libp2p-static-key:".utf8)

  package let keyPair: X25519KeyPair
  /// The identity's `PublicKey` protobuf.
  package let identityKey: [UInt8]
  package let signature: [UInt8]

  /// A fresh key, signed by `identity`.
  ///
  /// - Throws: ``NoiseError/noRandomness``, ``NoiseError/signingFailed(_:)``.
  public static func generate(identity: KeyPair) throws(NoiseError) -> NoiseStaticKey {
    try NoiseStaticKey(keyPair: .generate(), identity: identity)
  }

  /// A given key, signed by `identity`.
  package init(keyPair: X25519KeyPair, identity: KeyPair) throws(NoiseError) {
    self.keyPair = keyPair
    identityKey = identity.publicKey.protobuf
    do {
      signature = try identity.sign(Self.signaturePrefix + keyPair.publicKey)
    } catch {
      throw .signingFailed("\(error)")
    }
  }

  /// For tests of what a dishonest peer may send.
  package init(keyPair: X25519KeyPair, identityKey: [UInt8], signature: [UInt8]) {
    self.keyPair = keyPair
    self.identityKey = identityKey
    self.signature = signature
  }
}
