import Limits

/// The text and byte forms that peer ids share with the `/p2p` part of addresses (libp2p/specs peer-ids.md).
///
/// Floor 2 has the type for peer ids; this is only how they are written.
package enum PeerIDCoding {
  /// The multicodec number of a libp2p key, in a CID.
  package static let libp2pKeyCodec: UInt64 = 0x72

  /// More bytes than any id has: a SHA-256, or a key of the largest size, and the two numbers before it.
  package static let maximumLength = Limits.PeerID.inlinedKeyBytes + 2 * Varint.maximumLength

  /// Why bytes or a text are not a peer id.
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(length: Int, limit: Int)
    case tooManyBytes(Int)
    case neitherForm(excerpt: String)
    case base58(Base58.DecodingError)
    case multibase(Multibase.DecodingError)
    case cid(problem: String)
    case multihash(Multihash.DecodingError)
    case hashFunction(UInt64)
    case digestLength(code: UInt64, length: Int)

    package var description: String {
      switch self {
      case .tooLong(let length, let limit): "peer id of \(length) characters, expected at most \(limit)"
      case .tooManyBytes(let length):
        "peer id of \(length) bytes, expected 34, or at most \(Limits.PeerID.inlinedKeyBytes + 2)"
      case .neitherForm(let excerpt):
        "\(excerpt) is not a peer id, expected base58 (12D3…, Qm…, 1…) or a CIDv1 (bafz…, k51…)"
      case .base58(let error): "peer id: \(error)"
      case .multibase(let error): "peer id: \(error)"
      case .cid(let problem): "peer id: \(problem)"
      case .multihash(let error): "peer id: \(error)"
      case .hashFunction(let code): "peer id has hash function \(code), expected identity (0) or SHA-256 (18)"
      case .digestLength(Multihash.identity, let length):
        "peer id embeds a key of \(length) bytes, expected at most \(Limits.PeerID.inlinedKeyBytes)"
      case .digestLength(_, let length): "peer id has a SHA-256 of \(length) bytes, expected 32"
      }
    }
  }

  /// Checks that `bytes` are a multihash of a kind that peer ids are made of, and nothing more.
  package static func validate(_ bytes: [UInt8]) throws(Failure) {
    // The two forms that nearly all ids have: an Ed25519 key, and a SHA-256.
    if bytes.count == 38, bytes[0] == 0, bytes[1] == 36 { return }
    if bytes.count == 34, bytes[0] == 0x12, bytes[1] == 32 { return }
    let hash: Multihash
    do { hash = try Multihash(bytes: bytes) } catch { throw .multihash(error) }
    let allowed: Bool
    switch hash.code {
    case Multihash.identity: allowed = hash.digest.count <= Limits.PeerID.inlinedKeyBytes
    case Multihash.sha256: allowed = hash.digest.count == 32
    default: throw .hashFunction(hash.code)
    }
    guard allowed else { throw .digestLength(code: hash.code, length: hash.digest.count) }
  }

  /// Reads either text form; the length is looked at before anything else.
  package static func decode(utf8 text: some Collection<UInt8>) throws(Failure) -> [UInt8] {
    let length = text.count
    guard length <= Limits.PeerID.text else { throw .tooLong(length: length, limit: Limits.PeerID.text) }
    let bytes: [UInt8]
    if text.first == UInt8(ascii: "1") || text.starts(with: "Qm".utf8) {
      do { bytes = try Base58.decode(utf8: text) } catch { throw .base58(error) }
    } else {
      bytes = try decodeCID(utf8: text)
    }
    try validate(bytes)
    return bytes
  }

  private static func decodeCID(utf8 text: some Collection<UInt8>) throws(Failure) -> [UInt8] {
    let cid: [UInt8]
    do {
      cid = try Multibase.decode(utf8: text)
    } catch .unknownBase {
      throw .neitherForm(excerpt: Excerpt.quoted(text))
    } catch {
      throw .multibase(error)
    }
    let version: (value: UInt64, length: Int)
    let codec: (value: UInt64, length: Int)
    do {
      version = try Varint.decode(cid)
      codec = try Varint.decode(cid.dropFirst(version.length))
    } catch {
      throw .cid(problem: "CID: \(error)")
    }
    guard version.value == 1 else { throw .cid(problem: "CID of version \(version.value), expected 1") }
    guard codec.value == libp2pKeyCodec else {
      throw .cid(problem: "CID with codec \(codec.value), expected \(libp2pKeyCodec) (libp2p-key)")
    }
    return Array(cid.dropFirst(version.length + codec.length))
  }

  /// The CIDv1 of a peer id in base32: `bafz…`.
  package static func cid(_ bytes: [UInt8]) -> String {
    Multibase.encodeBase32([1, UInt8(libp2pKeyCodec)] + bytes)
  }
}
