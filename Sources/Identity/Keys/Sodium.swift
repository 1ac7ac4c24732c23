import CSodium

/// libsodium, made ready once: it looks at the processor and takes its fastest code.
package enum Sodium {
  /// Whether the library can be used; looking at this makes it ready.
  package static let isReady = sodium_init() >= 0

  /// The SHA-256 of bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    _ = crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest
  }
}
