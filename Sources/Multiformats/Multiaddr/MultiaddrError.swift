/// Why a text or bytes are not an address: what was found, where, and what was expected.
public struct MultiaddrError: Error, Hashable, Sendable {
  /// What is wrong.
  public enum Kind: Hashable, Sendable {
    /// There is nothing.
    case empty
    /// The whole has more bytes, or more parts, than is accepted.
    case tooLong
    /// A text does not begin with a slash.
    case noSlash
    /// A name or number stands for no protocol.
    case unknownProtocol
    /// The address ends where a value or its rest should be.
    case missingValue
    /// A value is not one of its protocol's.
    case invalidValue
    /// A number before a value, or of a protocol, is not a varint.
    case malformedNumber
    /// Something follows a part that must be the last.
    case trailing
  }

  /// What is wrong.
  public let kind: Kind
  /// Where: bytes from the beginning of the text or of the binary form.
  public let offset: Int
  /// What was found, in words.
  public let problem: String
  /// What was expected there, in words.
  public let expected: String
  /// The address that was read, cut to a length fit for a log, or `nil` for a binary one.
  public let source: String?

  init(_ kind: Kind, offset: Int, _ problem: String, expected: String, source: String? = nil) {
    self.kind = kind
    self.offset = offset
    self.problem = problem
    self.expected = expected
    self.source = source
  }

  /// The same error, found in this text.
  func within(_ text: [UInt8]) -> MultiaddrError {
    MultiaddrError(kind, offset: offset, problem, expected: expected, source: Excerpt.quoted(text))
  }
}

extension MultiaddrError: CustomStringConvertible {
  /// What was found and what was expected, in one line.
  public var description: String {
    if let source {
      "address \(source), character \(offset + 1): \(problem), expected \(expected)"
    } else {
      "binary address, byte \(offset): \(problem), expected \(expected)"
    }
  }
}
