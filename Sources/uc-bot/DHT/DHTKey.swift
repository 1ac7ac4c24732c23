import Identity
import Multiformats

/// What a user writes for something that is announced in the distributed hash table.
enum DHTKey {
  /// The bytes of it.
  /// - Parameter hashes: Whether the text is a name, whose multihash by SHA-256 is meant, as Go programs make it.
  ///   Otherwise a CID (`Qm…`, `baf…`) stands for its multihash, and everything else for itself.
  static func bytes(_ text: String, hashes: Bool) -> [UInt8] {
    let bytes = Array(text.utf8)
    if hashes { return Multihash(code: Multihash.sha256, digest: Sodium.sha256(bytes)).bytes }
    return multihash(ofCID: text) ?? bytes
  }

  private static func multihash(ofCID text: String) -> [UInt8]? {
    if text.utf8.count == 46, text.hasPrefix("Qm"), let bytes = try? Base58.decode(text),
      (try? Multihash(bytes: bytes)) != nil
    {
      return bytes
    }
    guard text.utf8.count > 20, let bytes = try? Multibase.decode(text), bytes.first == 1,
      let codec = try? Varint.decode(bytes.dropFirst())
    else { return nil }
    let hash = Array(bytes.dropFirst(1 + codec.length))
    return (try? Multihash(bytes: hash)) == nil ? nil : hash
  }

  /// The key of a value: `/pk/<peer id>` has the id's bytes in it, everything else is what it looks like.
  static func valueKey(_ text: String) -> [UInt8] {
    guard text.hasPrefix("/pk/"), let peer = try? PeerID(String(text.dropFirst(4))) else { return Array(text.utf8) }
    return Array("/pk/".utf8) + peer.bytes
  }
}
