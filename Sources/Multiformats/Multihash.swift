/// A hash that says which function made it and how long it is (multiformats/multihash).
public struct Multihash: Hashable, Sendable {
  /// The digest is the hashed bytes themselves.
  public static let identity: UInt64 = 0
  /// SHA-256.
  public static let sha256: UInt64 = 0x12

  /// The multicodec number of the hash function.
  public let code: UInt64
  /// The hash.
  public let digest: [UInt8]

  /// Why bytes are not a multihash.
  public enum DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The code or the length is not a varint.
    case malformed(VarintError)
    /// The digest has another length than the one that is written before it.
    case wrongLength(announced: UInt64, found: Int)

    /// What was found and what was expected, in one line.
    public var description: String {
      switch self {
      case .malformed(let error): "multihash: \(error)"
      case .wrongLength(let announced, let found): "multihash announces \(announced) bytes, \(found) follow"
      }
    }
  }

  /// A hash made by the function with the multicodec number `code`.
  public init(code: UInt64, digest: [UInt8]) {
    self.code = code
    self.digest = digest
  }

  /// Reads a multihash that takes up all of `bytes`.
  public init(bytes: some Collection<UInt8>) throws(DecodingError) {
    let code: UInt64
    let length: UInt64
    let start: Int
    do {
      let first = try Varint.decode(bytes)
      let second = try Varint.decode(bytes.dropFirst(first.length))
      (code, length, start) = (first.value, second.value, first.length + second.length)
    } catch {
      throw .malformed(error)
    }
    let digest = bytes.dropFirst(start)
    guard length == UInt64(digest.count) else { throw .wrongLength(announced: length, found: digest.count) }
    self.init(code: code, digest: Array(digest))
  }

  /// Code, length and digest.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digest.count + 4)
    Varint.append(code, to: &bytes)
    Varint.append(UInt64(digest.count), to: &bytes)
    bytes.append(contentsOf: digest)
    return bytes
  }
}
