import Identity

/// A place in the space of 256 bits in which peers and records have theirs: the SHA-256 of what it is the place of.
///
/// Held as four words, because a lookup does little else than compare distances.
public struct KadKey: Hashable, Sendable {
  /// The number, its most significant word first.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The place of a key as it stands in messages.
  public init(of bytes: [UInt8]) { self.init(digest: Sodium.sha256(bytes)) }

  /// The place of a peer.
  public init(_ peer: PeerID) { self.init(of: peer.bytes) }

  /// A place by its number, 32 bytes; what is missing is zero.
  init(digest: [UInt8]) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: digest.prefix($0.count)) }
    self.words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
  }

  private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// How far another place is: the exclusive or of the two, as a number.
  public func distance(to other: KadKey) -> Distance {
    Distance(
      words: (
        words.0 ^ other.words.0, words.1 ^ other.words.1, words.2 ^ other.words.2, words.3 ^ other.words.3
      ))
  }

  /// How many bits the two have in common, from the first on: 256 when they are the same.
  public func commonPrefix(with other: KadKey) -> Int { distance(to: other).leadingZeros }

  /// Whether the words are the same.
  public static func == (left: KadKey, right: KadKey) -> Bool { left.words == right.words }

  /// Feeds the first word: it is as random as all of them.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// How far two places are from each other.
  public struct Distance: Hashable, Comparable, Sendable {
    fileprivate let words: (UInt64, UInt64, UInt64, UInt64)

    /// Bits that the two places have in common, from the first on.
    public var leadingZeros: Int {
      if words.0 != 0 { return words.0.leadingZeroBitCount }
      if words.1 != 0 { return 64 + words.1.leadingZeroBitCount }
      if words.2 != 0 { return 128 + words.2.leadingZeroBitCount }
      return 192 + words.3.leadingZeroBitCount
    }

    /// Whether the words are the same.
    public static func == (left: Distance, right: Distance) -> Bool { left.words == right.words }

    /// Nearer comes first.
    public static func < (left: Distance, right: Distance) -> Bool {
      left.words.0 != right.words.0 ? left.words.0 < right.words.0 : left.words < right.words
    }

    /// Feeds the first word.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
  }
}

extension KadKey {
  /// Bytes whose place shares exactly `length` bits with this one: what a refresh of a bucket looks for.
  ///
  /// They are found by trying, twice as long for each bit, so `length` should not be more than a dozen.
  /// - Returns: The multihash of nothing known, which every peer takes for a peer id; nil if there was no luck.
  func neighbour(sharing length: Int, using random: inout some RandomNumberGenerator) -> [UInt8]? {
    guard (0...16).contains(length) else { return nil }
    for _ in 0..<(32 << length) {
      let bytes = [0x12, 32] + (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
      if KadKey(of: bytes).commonPrefix(with: self) == length { return bytes }
    }
    return nil
  }
}
