import CSodium
import Limits

/// A peer's identity: its private key and what follows from it.
///
/// The secret part is wiped from memory with the last copy of the value, and is in no description of it.
///
/// ```swift
/// let identity = KeyPair.generate()
/// print(identity.peerID)  // 12D3KooW…
/// let signature = try identity.sign(Array("hello".utf8))
/// ```
public struct KeyPair: Sendable {
  /// The public half.
  public let publicKey: PublicKey
  /// The id that follows from the public half.
  public let peerID: PeerID
  private let secret: Secret

  private enum Secret: Sendable {
    /// 32 bytes of seed, 32 of public key: libsodium's secret key is libp2p's.
    case ed25519(SecretBytes)
    /// OpenSSL's key, and the PKCS #1 bytes that it came from.
    case rsa(ForeignKey, der: SecretBytes)
  }

  /// What stands before an Ed25519 key of 64 bytes, and before the old form of 96.
  private static let ed25519Header: [UInt8] = [0x08, KeyType.ed25519.rawValue, 0x12, 64]
  private static let oldEd25519Header: [UInt8] = [0x08, KeyType.ed25519.rawValue, 0x12, 96]

  private init(_ publicKey: PublicKey, _ secret: Secret) {
    self.publicKey = publicKey
    peerID = PeerID(publicKey: publicKey)
    self.secret = secret
  }

  /// Makes a new Ed25519 identity from the system's randomness.
  public static func generate() -> KeyPair {
    var seed = [UInt8](repeating: 0, count: 32)
    defer { sodium_memzero(&seed, seed.count) }
    _ = Sodium.isReady
    randombytes_buf(&seed, seed.count)
    return KeyPair(validSeed: seed)
  }

  /// The Ed25519 identity that follows from 32 bytes; the same bytes, the same peer.
  public init(ed25519Seed seed: [UInt8]) throws(KeyError) {
    guard seed.count == 32 else { throw .wrongLength(.ed25519, found: seed.count, expected: 32) }
    self.init(validSeed: seed)
  }

  private init(validSeed seed: [UInt8]) {
    var key = [UInt8](repeating: 0, count: 64)
    var publicBytes = [UInt8](repeating: 0, count: 32)
    defer { sodium_memzero(&key, key.count) }
    _ = Sodium.isReady
    _ = crypto_sign_seed_keypair(&publicBytes, &key, seed)
    self.init(PublicKey(ed25519Bytes: publicBytes), .ed25519(SecretBytes(key)))
  }

  /// Reads a private key from its protobuf: Ed25519 (64 bytes, or the old form of 96) or RSA (PKCS #1).
  ///
  /// - Throws: `KeyError`; `.inconsistent` if the public key beside the private one is another's.
  public init(privateKeyProtobuf bytes: [UInt8]) throws(KeyError) {
    guard bytes.count <= Limits.Keys.identityFileBytes else {
      throw .tooLong(length: bytes.count, limit: Limits.Keys.identityFileBytes)
    }
    // The usual forms are cut out by hand: the protobuf parser leaves copies of the secret behind.
    if bytes.starts(with: Self.ed25519Header) || bytes.starts(with: Self.oldEd25519Header),
      bytes.count == 4 + Int(bytes[3])
    {
      var data = Array(bytes[4...])
      defer { sodium_memzero(&data, data.count) }
      try self.init(ed25519Data: data)
      return
    }
    var (type, data) = try KeyCoding.decodePrivate(bytes)
    defer { sodium_memzero(&data, data.count) }
    switch type {
    case .ed25519: try self.init(ed25519Data: data)
    case .rsa: try self.init(rsaData: data)
    case .secp256k1, .ecdsa: throw .unsupportedPrivateKey(type)
    }
  }

  private init(ed25519Data data: [UInt8]) throws(KeyError) {
    // The old form has the public key twice.
    let isOld = data.count == 96
    guard isOld || data.count == 64 else { throw .wrongLength(.ed25519, found: data.count, expected: 64) }
    var seed = Array(data[..<32])
    defer { sodium_memzero(&seed, seed.count) }
    self.init(validSeed: seed)
    let publicBytes = publicKey.protobuf.suffix(32)
    guard publicBytes.elementsEqual(data[32..<64]), !isOld || publicBytes.elementsEqual(data[64...]) else {
      throw .inconsistent(.ed25519)
    }
  }

  private init(rsaData data: [UInt8]) throws(KeyError) {
    let (key, info) = try ForeignKey.privateRSA(data)
    let publicKey = try PublicKey(protobuf: KeyCoding.encode(.rsa, info))
    self.init(publicKey, .rsa(key, der: SecretBytes(data)))
    // Shows, more cheaply than a search for factors, that the halves belong together.
    let probe = Array("libp2p".utf8)
    guard publicKey.verify(signature: try sign(probe), of: probe) else { throw .inconsistent(.rsa) }
  }

  /// Signs a message as this peer.
  public func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
    // A closure's typed error is not inferred here: carried out by hand.
    let result = message.withUnsafeBytes { bytes in Result { () throws(KeyError) in try sign(bytes) } }
    return try result.get()
  }

  /// Signs a message as this peer; for bytes that stand in a buffer.
  public func sign(_ message: UnsafeRawBufferPointer) throws(KeyError) -> [UInt8] {
    switch secret {
    case .rsa(let key, _): return try key.sign(message)
    case .ed25519(let key):
      var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
      let result: CInt = key.withBytes { key in
        guard let key = key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return -1 }
        return crypto_sign_detached(
          &signature, nil, message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count), key)
      }
      guard result == 0 else { throw .signingFailed(.ed25519) }
      return signature
    }
  }

  /// The private key as it stands in an identity file. The bytes are secret, and the caller's to look after.
  public var privateKeyProtobuf: [UInt8] {
    switch secret {
    case .ed25519(let key): key.withBytes { KeyCoding.encode(.ed25519, $0) }
    case .rsa(_, let der): der.withBytes { KeyCoding.encode(.rsa, $0) }
    }
  }
}

extension KeyPair: CustomStringConvertible, CustomReflectable {
  /// The type and the id; never the secret.
  public var description: String { "\(publicKey.type) identity \(peerID)" }
  /// Shows the id; never the secret.
  public var customMirror: Mirror { Mirror(self, children: ["peerID": peerID]) }
}
