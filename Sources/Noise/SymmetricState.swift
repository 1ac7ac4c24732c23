import CSodium

/// The running hash and chaining key of a handshake (Noise specification, section 5.2), over SHA-256.
struct SymmetricState: Sendable {
  /// Hash of everything both ends have seen so far; every ciphertext is bound to it.
  private(set) var hash: [UInt8]
  private var chainingKey: SecretKey
  private var cipher: CipherState?

  private static let hashLength = 32

  /// `InitializeSymmetric`. A name of exactly the hash's length (as ours) is taken as it is.
  init(protocolName: String) {
    var start = Array(protocolName.utf8)
    if start.count > Self.hashLength { start = Self.sha256([start]) }
    start += [UInt8](repeating: 0, count: Self.hashLength - start.count)
    hash = start
    chainingKey = SecretKey { secret in for index in 0..<SecretKey.length { secret[index] = start[index] } }
  }

  mutating func mixHash(_ data: some Sequence<UInt8>) { hash = Self.sha256([hash, Array(data)]) }

  mutating func mixKey(_ material: SecretKey) {
    let (next, key) = Self.hkdf(chainingKey: chainingKey, material: material)
    chainingKey = next
    cipher = CipherState(key: key)
  }

  /// Encrypts (once there is a key) and mixes the result into the hash.
  mutating func encryptAndHash(_ plaintext: some Collection<UInt8>) throws(NoiseError) -> [UInt8] {
    var bytes = Array(plaintext)
    if cipher != nil {
      let count = bytes.count
      bytes += [UInt8](repeating: 0, count: CipherState.tagLength)
      try cipher?.seal(inPlace: &bytes, count: count, associatedData: hash)
    }
    mixHash(bytes)
    return bytes
  }

  /// Decrypts (once there is a key) and mixes the ciphertext into the hash. `nil` if the tag is missing or wrong; then
  /// nothing has changed.
  mutating func decryptAndHash(_ ciphertext: some Collection<UInt8>) throws(NoiseError) -> [UInt8]? {
    let bytes = Array(ciphertext)
    guard cipher != nil else {
      mixHash(bytes)
      return bytes
    }
    let count = bytes.count - CipherState.tagLength
    guard count >= 0 else { return nil }
    var plaintext = [UInt8](repeating: 0, count: count)
    guard try cipher?.open(bytes, count: count, into: &plaintext, associatedData: hash) == true else { return nil }
    mixHash(bytes)
    return plaintext
  }

  /// `Split`: the keys of the transport phase, from the initiator to the responder and back.
  func split() -> (fromInitiator: CipherState, fromResponder: CipherState) {
    let (first, second) = Self.hkdf(chainingKey: chainingKey, material: nil)
    return (CipherState(key: first), CipherState(key: second))
  }

  private static func sha256(_ parts: [[UInt8]]) -> [UInt8] {
    var state = crypto_hash_sha256_state()
    crypto_hash_sha256_init(&state)
    for part in parts { crypto_hash_sha256_update(&state, part, UInt64(part.count)) }
    var digest = [UInt8](repeating: 0, count: hashLength)
    crypto_hash_sha256_final(&state, &digest)
    return digest
  }

  /// `HKDF` with two outputs (Noise specification, section 4.3).
  private static func hkdf(chainingKey: SecretKey, material: SecretKey?) -> (SecretKey, SecretKey) {
    let temporary = SecretKey { output in
      chainingKey.withBytes { key in hmac(key: key, material, counter: nil, into: output) }
    }
    return temporary.withBytes { key in
      let first = SecretKey { output in hmac(key: key, nil, counter: 1, into: output) }
      let second = SecretKey { output in hmac(key: key, first, counter: 2, into: output) }
      return (first, second)
    }
  }

  /// HMAC-SHA256 of `secret` (if any) and then `counter` (if any).
  private static func hmac(
    key: UnsafePointer<UInt8>, _ secret: SecretKey?, counter: UInt8?, into output: UnsafeMutablePointer<UInt8>
  ) {
    var state = crypto_auth_hmacsha256_state()
    defer { sodium_memzero(&state, MemoryLayout.size(ofValue: state)) }
    crypto_auth_hmacsha256_init(&state, key, SecretKey.length)
    if let secret {
      secret.withBytes { bytes in _ = crypto_auth_hmacsha256_update(&state, bytes, UInt64(SecretKey.length)) }
    }
    if let counter {
      var byte = counter
      crypto_auth_hmacsha256_update(&state, &byte, 1)
    }
    crypto_auth_hmacsha256_final(&state, output)
  }
}
