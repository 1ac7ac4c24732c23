import Multiformats

/// The first bytes of an identity file, which say what key it holds and how long it has to be.
struct IdentityFileHeader {
  /// The kind of key that the file begins like.
  let type: KeyType
  /// How many bytes the whole file has to have, where that can be told.
  let expected: Int?

  /// `nil` if the bytes are not the beginning of any private key.
  ///
  /// A file without bytes counts as an Ed25519 key of which nothing was written.
  init?(_ bytes: [UInt8]) {
    guard bytes.isEmpty || bytes[0] == 0x08 else { return nil }
    guard bytes.count > 1 else {
      type = .ed25519
      expected = IdentityFile.ed25519Size
      return
    }
    guard let type = KeyType(rawValue: bytes[1]), bytes.count == 2 || bytes[2] == 0x12 else { return nil }
    self.type = type
    let fallback = type == .ed25519 ? IdentityFile.ed25519Size : nil
    guard bytes.count > 3 else {
      expected = fallback
      return
    }
    guard let (length, lengthBytes) = try? Varint.decode(bytes[3...]) else {
      expected = nil
      return
    }
    expected = Int(exactly: length).map { 3 + lengthBytes + min($0, 1 << 30) }
  }
}
