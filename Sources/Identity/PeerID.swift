import Limits
import Multiformats

/// Who a peer is: the hash of its public key, or the key itself where that is short (libp2p/specs peer-ids.md).
///
/// Comparing and hashing cost little: a digest of the bytes is made once, when the value is.
public struct PeerID: Sendable {
  /// The multihash: identity for keys of at most 42 bytes (Ed25519: 38 bytes in all), SHA-256 for others (34 bytes).
  public let bytes: [UInt8]
  /// The standard library's keyed hash of `bytes`: another in each process, so that nobody can make ids that collide.
  private let digest: Int

  private init(valid bytes: [UInt8]) {
    self.bytes = bytes
    digest = bytes.hashValue
  }

  /// Reads the binary form.
  ///
  /// - Throws: `PeerIDError` if the bytes are not the multihash of a key: identity of at most 42 bytes, or SHA-256.
  public init(bytes: some Collection<UInt8>) throws(PeerIDError) {
    guard bytes.count <= PeerIDCoding.maximumLength else { throw PeerIDError(.tooManyBytes(bytes.count)) }
    let bytes = Array(bytes)
    do { try PeerIDCoding.validate(bytes) } catch { throw PeerIDError(error) }
    self.init(valid: bytes)
  }

  /// Reads either text form: base58 (`12D3…`, `Qm…`) or a CIDv1 (`bafz…`, `k51…`).
  ///
  /// - Throws: `PeerIDError`; texts longer than `Limits.PeerID.text` are refused without being looked at.
  public init(_ text: String) throws(PeerIDError) {
    do { self.init(valid: try PeerIDCoding.decode(utf8: text.utf8)) } catch { throw PeerIDError(error) }
  }

  /// The id of the owner of a key.
  public init(publicKey: PublicKey) {
    let key = publicKey.protobuf
    let hash =
      key.count <= Limits.PeerID.inlinedKeyBytes
      ? Multihash(code: Multihash.identity, digest: key)
      : Multihash(code: Multihash.sha256, digest: Sodium.sha256(key))
    self.init(valid: hash.bytes)
  }

  /// The id as a CIDv1 in base32: `bafz…`.
  public var cid: String { PeerIDCoding.cid(bytes) }

  /// The last eight characters of the base58 form: how chat users know each other.
  public var short: String { String(description.suffix(8)) }

  /// The key, where the id holds it, as those of Ed25519 peers do.
  public var publicKey: PublicKey? {
    // Identity and its length take one byte each: no digest has more than 42.
    guard bytes.first == 0 else { return nil }
    return try? PublicKey(protobuf: bytes.dropFirst(2))
  }

  /// Whether this is the id of the owner of `key`.
  public func matches(_ key: PublicKey) -> Bool { PeerID(publicKey: key) == self }
}

extension PeerID: Hashable {
  /// Whether the bytes are the same; the digests tell most ids apart.
  public static func == (left: PeerID, right: PeerID) -> Bool {
    left.digest == right.digest && left.bytes == right.bytes
  }

  /// Feeds the digest that was made once.
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension PeerID: Comparable {
  /// Orders by bytes, as they stand in messages.
  public static func < (left: PeerID, right: PeerID) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension PeerID: CustomStringConvertible {
  /// The base58 form: `12D3KooW…`.
  public var description: String { Base58.encode(bytes) }
}

extension PeerID: CustomReflectable {
  /// Debuggers and `dump` show the base58 form.
  public var customMirror: Mirror { Mirror(self, children: ["base58": description]) }
}
