import CSodium

/// A key and the count of messages sealed or opened with it (Noise specification, section 5.1), over
/// ChaCha20-Poly1305 (RFC 8439).
///
/// The nonce is four zero bytes and the count as a little-endian number. A count is used once: it advances with every
/// message sealed, and with every message opened *successfully*, and it never wraps.
///
/// A value of this type has one owner. Sealing with two copies of it would use a nonce twice, which gives away the
/// plaintext of both messages.
package struct CipherState: Sendable {
  /// Length in bytes of the authentication tag behind every ciphertext.
  package static let tagLength = 16

  /// Messages of this many bytes and more go through OpenSSL; see ``BulkCipher``.
  package static let bulk = 1_024

  private let key: SecretKey
  /// Made with the first long message: most handshakes have none.
  private var bulkCipher: BulkCipher?
  /// The next nonce. `UInt64.max` is reserved by the specification and never used.
  package private(set) var nonce: UInt64

  package init(key: SecretKey, nonce: UInt64 = 0) {
    self.key = key
    self.nonce = nonce
  }

  /// Encrypts `count` bytes in place and writes the tag behind them: `count + 16` bytes at `bytes` are written.
  package mutating func seal(
    inPlace bytes: UnsafeMutablePointer<UInt8>, count: Int,
    associatedData: [UInt8] = []
  ) throws(NoiseError) {
    guard nonce != .max else { throw .nonceExhausted }
    let isSealed =
      if let cipher = cipher(forBytes: count) {
        withNonce { cipher.seal(bytes, count: count, associatedData: associatedData, nonce: $0) }
      } else {
        withNonce { nonce in
          key.withBytes { key in
            crypto_aead_chacha20poly1305_ietf_encrypt_detached(
              bytes, bytes + count, nil, bytes, UInt64(count),
              associatedData, UInt64(associatedData.count), nil, nonce, key
            )
          }
        } == 0
      }
    guard isSealed else { throw .sealingFailed }
    nonce &+= 1
  }

  /// Checks and decrypts `count` bytes of ciphertext, which the tag follows, into `plaintext` (room for `count`
  /// bytes; may be `ciphertext` itself, but may not overlap it in any other way).
  ///
  /// - Returns: whether the tag was right. If it was not, the nonce has not moved and `plaintext` holds nothing of it.
  mutating func open(
    _ ciphertext: UnsafePointer<UInt8>, count: Int, into plaintext: UnsafeMutablePointer<UInt8>,
    associatedData: [UInt8] = []
  ) throws(NoiseError) -> Bool {
    guard nonce != .max else { throw .nonceExhausted }
    let isRight =
      if let cipher = cipher(forBytes: count) {
        withNonce {
          cipher.open(ciphertext, count: count, into: plaintext, associatedData: associatedData, nonce: $0)
        }
      } else {
        withNonce { nonce in
          key.withBytes { key in
            crypto_aead_chacha20poly1305_ietf_decrypt_detached(
              plaintext, nil, ciphertext, UInt64(count), ciphertext + count,
              associatedData, UInt64(associatedData.count), nonce, key)
          }
        } == 0
      }
    guard isRight else { return false }
    nonce &+= 1
    return true
  }

  /// OpenSSL's for long messages; nil for short ones, and where OpenSSL cannot.
  private mutating func cipher(forBytes count: Int) -> BulkCipher? {
    guard count >= Self.bulk else { return nil }
    if bulkCipher == nil { bulkCipher = key.withBytes { BulkCipher(key: $0) } }
    return bulkCipher
  }

  private func withNonce<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
    // 12 bytes: 32 bits of zero, then the count; little-endian, whatever the machine is.
    var words = (
      UInt32(0), UInt32(truncatingIfNeeded: nonce).littleEndian, UInt32(truncatingIfNeeded: nonce >> 32).littleEndian
    )
    return withUnsafePointer(to: &words) { body(UnsafeRawPointer($0).assumingMemoryBound(to: UInt8.self)) }
  }
}
