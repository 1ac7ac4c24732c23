import CSodium
import Limits

/// The public key of a peer: checks its signatures, and makes its id.
///
/// Ed25519 keys are libsodium's; RSA, ECDSA on P-256 and secp256k1, which older and foreign peers have, are OpenSSL's.
public struct PublicKey: Sendable {
  /// The kind of key.
  public let type: KeyType
  /// The key as peers write it: type and data, in the one deterministic encoding.
  public let protobuf: [UInt8]
  /// The parsed key, for the types that libsodium lacks.
  private let foreign: ForeignKey?

  /// `08 01 12 20`: what stands before the 32 bytes of an Ed25519 key.
  private static let ed25519Header: [UInt8] = [0x08, KeyType.ed25519.rawValue, 0x12, 32]

  /// Reads a key from its protobuf.
  ///
  /// - Throws: `KeyError` if the encoding is not the deterministic one, or the data are no key of their type. Sizes are
  ///   judged before any arithmetic on the key (CVE-2023-39533).
  public init(protobuf: some Collection<UInt8>) throws(KeyError) {
    let length = protobuf.count
    guard length <= Limits.Keys.publicKeyBytes else {
      throw .tooLong(length: length, limit: Limits.Keys.publicKeyBytes)
    }
    let bytes = Array(protobuf)
    // Nearly every key that is met: no protobuf parser needed.
    if bytes.count == 36, bytes.starts(with: Self.ed25519Header) {
      self.init(validEd25519: bytes)
      return
    }
    let (type, data) = try KeyCoding.decodePublic(bytes)
    let foreign: ForeignKey
    switch type {
    case .ed25519: throw .wrongLength(.ed25519, found: data.count, expected: 32)
    case .rsa: foreign = try ForeignKey(rsa: data)
    case .ecdsa: foreign = try ForeignKey(p256: data)
    case .secp256k1: foreign = try ForeignKey(secp256k1: data)
    }
    self.init(type, bytes, foreign)
  }

  /// An Ed25519 key from its 32 bytes.
  public init(ed25519 bytes: some Collection<UInt8>) throws(KeyError) {
    guard bytes.count == 32 else { throw .wrongLength(.ed25519, found: bytes.count, expected: 32) }
    self.init(validEd25519: Self.ed25519Header + bytes)
  }

  /// An Ed25519 key from exactly 32 bytes that libsodium wrote.
  init(ed25519Bytes bytes: [UInt8]) { self.init(validEd25519: Self.ed25519Header + bytes) }

  private init(validEd25519 bytes: [UInt8]) { self.init(.ed25519, bytes, nil) }

  private init(_ type: KeyType, _ protobuf: [UInt8], _ foreign: ForeignKey?) {
    self.type = type
    self.protobuf = protobuf
    self.foreign = foreign
  }

  /// Whether the owner of this key signed `message`.
  public func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
    signature.withUnsafeBytes { signature in
      message.withUnsafeBytes { verify(signature: signature, of: $0) }
    }
  }

  /// Whether the owner of this key signed `message`; for bytes that stand in a buffer.
  ///
  /// Keys and signatures of small order, with which one signature fits many messages, are refused.
  public func verify(signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
    if let foreign { return foreign.verify(signature: signature, of: message) }
    guard signature.count == Int(crypto_sign_BYTES), Sodium.isReady,
      let signature = signature.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else { return false }
    return protobuf.withUnsafeBufferPointer { protobuf in
      guard protobuf.count == 36, let key = protobuf.baseAddress else { return false }
      return crypto_sign_verify_detached(
        signature, message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count), key + 4) == 0
    }
  }

  /// The 32 bytes of an Ed25519 key; `nil` for another type.
  public var ed25519: [UInt8]? { type == .ed25519 ? Array(protobuf.dropFirst(4)) : nil }
}

extension PublicKey: Hashable {
  /// Whether the encodings, and so the keys, are the same.
  public static func == (left: PublicKey, right: PublicKey) -> Bool { left.protobuf == right.protobuf }
  /// Feeds the encoding.
  public func hash(into hasher: inout Hasher) { hasher.combine(protobuf) }
}

extension PublicKey: CustomStringConvertible {
  /// The type, and the id of the owner.
  public var description: String { "\(type) key of \(PeerID(publicKey: self))" }
}
