/// Why the length before a message is refused.
public enum LengthPrefixError: Error, Hashable, Sendable {
  /// The message is announced as longer than its reader takes.
  case tooLong(length: UInt64, limit: Int)
  /// The length is not a varint.
  case malformed(VarintError)
}

extension LengthPrefixError: CustomStringConvertible {
  /// What was found and what was expected, in one line.
  public var description: String {
    switch self {
    case .tooLong(let length, let limit): "message of \(length) bytes announced, expected at most \(limit)"
    case .malformed(let error): "length of a message: \(error)"
    }
  }
}
