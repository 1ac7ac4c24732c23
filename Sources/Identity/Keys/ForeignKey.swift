import CCrypto
import Limits

/// A key of a type that libsodium has not, held by OpenSSL.
///
/// The object is made once and only read afterwards, which OpenSSL allows from any thread.
final class ForeignKey: Sendable {
  private nonisolated(unsafe) let key: OpaquePointer
  private let type: KeyType
  private let longestSignature: Int

  private init(taking key: OpaquePointer, _ type: KeyType) {
    self.key = key
    self.type = type
    longestSignature = Int(EVP_PKEY_get_size(key))
  }

  deinit { EVP_PKEY_free(key) }

  // MARK: - Public keys

  /// An RSA public key from its SubjectPublicKeyInfo in DER.
  convenience init(rsa data: [UInt8]) throws(KeyError) {
    try RSAKeyShape.check(data)
    try self.init(info: data, .rsa)
  }

  /// `SEQUENCE { SEQUENCE { ecPublicKey, prime256v1 }, BIT STRING { 04 … } }`: all before the coordinates.
  private static let p256Header: [UInt8] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
  ]

  /// An ECDSA public key on P-256 from its SubjectPublicKeyInfo in DER, the point not compressed, as Go writes it.
  convenience init(p256 data: [UInt8]) throws(KeyError) {
    guard data.starts(with: Self.p256Header) else {
      throw .malformed(.ecdsa, "its DER does not say an uncompressed point on P-256")
    }
    let expected = Self.p256Header.count + 64
    guard data.count == expected else { throw .wrongLength(.ecdsa, found: data.count, expected: expected) }
    try self.init(info: data, .ecdsa)
  }

  /// `SEQUENCE { SEQUENCE { ecPublicKey, secp256k1 }, BIT STRING`, before a compressed point.
  private static let secp256k1Header: [UInt8] = [
    0x30, 0x36, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x0a, 0x03, 0x22, 0x00,
  ]

  /// A secp256k1 public key from its compressed point.
  convenience init(secp256k1 data: [UInt8]) throws(KeyError) {
    guard data.count == 33 else { throw .wrongLength(.secp256k1, found: data.count, expected: 33) }
    guard data.first == 2 || data.first == 3 else { throw .malformed(.secp256k1, "not a compressed point") }
    try self.init(info: Self.secp256k1Header + data, .secp256k1)
  }

  private convenience init(info: [UInt8], _ type: KeyType) throws(KeyError) {
    let key = info.withUnsafeBufferPointer { bytes -> OpaquePointer? in
      var next = bytes.baseAddress
      guard let key = d2i_PUBKEY(nil, &next, bytes.count) else { return nil }
      guard next == bytes.baseAddress.map({ $0 + bytes.count }) else {
        EVP_PKEY_free(key)
        return nil
      }
      return key
    }
    guard let key else { throw .malformed(type, "OpenSSL refuses it: its numbers are no key") }
    self.init(taking: key, type)
  }

  /// Checks a signature over the SHA-256 of `message`: PKCS #1 v1.5 for RSA, DER for the curves.
  func verify(signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
    guard !signature.isEmpty, signature.count <= longestSignature, let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
    return EVP_DigestVerify(
      context, signature.baseAddress?.assumingMemoryBound(to: UInt8.self), signature.count,
      message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
  }

  // MARK: - Private RSA keys

  /// An RSA private key from its PKCS #1 RSAPrivateKey in DER, and the public key that belongs to it.
  static func privateRSA(_ data: [UInt8]) throws(KeyError) -> (key: ForeignKey, publicInfo: [UInt8]) {
    let key = data.withUnsafeBufferPointer { bytes -> OpaquePointer? in
      var next = bytes.baseAddress
      guard let key = d2i_PrivateKey(EVP_PKEY_RSA, nil, &next, bytes.count) else { return nil }
      guard next == bytes.baseAddress.map({ $0 + bytes.count }), EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
        EVP_PKEY_free(key)
        return nil
      }
      return key
    }
    guard let key else { throw .malformed(.rsa, "the private key is not PKCS #1 in DER") }
    let owned = ForeignKey(taking: key, .rsa)
    let bits = Int(EVP_PKEY_get_bits(key))
    guard Limits.Keys.rsaBits.contains(bits) else { throw .rsaSize(bits: bits) }
    var info: UnsafeMutablePointer<UInt8>?
    let length = Int(i2d_PUBKEY(key, &info))
    guard length > 0, let info else { throw .malformed(.rsa, "the private key has no public one") }
    defer { CRYPTO_free(info, #file, #line) }
    return (owned, Array(UnsafeBufferPointer(start: info, count: length)))
  }

  /// Signs the SHA-256 of `message` with PKCS #1 v1.5.
  func sign(_ message: UnsafeRawBufferPointer) throws(KeyError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .signingFailed(type) }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { throw .signingFailed(type) }
    var length = longestSignature
    var signature = [UInt8](repeating: 0, count: length)
    let result = EVP_DigestSign(
      context, &signature, &length, message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count)
    guard result == 1, length <= signature.count else { throw .signingFailed(type) }
    return Array(signature.prefix(length))
  }
}
