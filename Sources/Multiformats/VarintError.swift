/// Why bytes are not a varint.
public enum VarintError: Error, Hashable, Sendable {
  /// The bytes end before the number does.
  case truncated
  /// The number has more than 63 bits.
  case overflow
  /// The number is written with more bytes than it needs.
  case notMinimal
}

extension VarintError: CustomStringConvertible {
  /// What was found and what was expected, in one line.
  public var description: String {
    switch self {
    case .truncated: "varint ends early: expected a last byte below 0x80"
    case .overflow: "varint has more than \(Varint.maximumLength) bytes, expected at most 63 bits"
    case .notMinimal: "varint is longer than its value needs, expected the shortest form"
    }
  }
}
