import CSodium
import Identity

/// The `25519` of the protocol name: an X25519 key pair (RFC 7748).
package struct X25519KeyPair: Sendable {
  /// Length in bytes of a public key, and of what a Diffie-Hellman exchange gives.
  package static let publicKeyLength = 32

  package let publicKey: [UInt8]
  private let privateKey: SecretKey

  /// A fresh random pair.
  package static func generate() throws(NoiseError) -> X25519KeyPair {
    guard Sodium.isReady else { throw .noRandomness }
    return try X25519KeyPair(privateKey: SecretKey { randombytes_buf($0, SecretKey.length) })
  }

  /// The pair that belongs to a private key.
  package init(privateKey: SecretKey) throws(NoiseError) {
    var publicKey = [UInt8](repeating: 0, count: Self.publicKeyLength)
    guard privateKey.withBytes({ crypto_scalarmult_base(&publicKey, $0) }) == 0 else { throw .lowOrderPoint }
    self.publicKey = publicKey
    self.privateKey = privateKey
  }

  /// A pair that does not match, for tests of what a dishonest peer may send.
  package init(claiming publicKey: [UInt8], privateKey: SecretKey) {
    self.publicKey = publicKey
    self.privateKey = privateKey
  }

  /// `DH(self, peer)` of the Noise specification.
  ///
  /// - Throws: ``NoiseError/lowOrderPoint`` when the result would be all zero. The specification leaves the check to
  ///   the protocol; without it a peer can force a key that everyone knows.
  package func sharedSecret(with peer: [UInt8]) throws(NoiseError) -> SecretKey {
    guard peer.count == Self.publicKeyLength else { throw .lowOrderPoint }
    return try SecretKey { secret throws(NoiseError) in
      guard privateKey.withBytes({ crypto_scalarmult(secret, $0, peer) }) == 0 else { throw .lowOrderPoint }
    }
  }
}
