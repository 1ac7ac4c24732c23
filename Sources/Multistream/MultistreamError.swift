import Multiformats

/// Why a negotiation ended without a protocol. Each of them is fatal for the stream (or connection) that was negotiated.
public enum MultistreamError: Error, Hashable, Sendable {
  /// The peer announced a line of `length` bytes; `limit` is ``Limits/Multistream/line``.
  case lineTooLong(length: UInt64, limit: Int)
  /// The length before a line is no minimal varint.
  case malformedLength(VarintError)
  /// A line without text.
  case emptyLine
  /// A line that does not end in a newline.
  case missingNewline
  /// A line that is no UTF-8.
  case invalidUTF8
  /// A line with a NUL, a newline or another control character inside.
  case controlCharacter
  /// The first line was not `/multistream/1.0.0`; `found` is what it was.
  case notMultistream(found: String)
  /// The listener answered a proposal neither with it nor with `na`.
  case unexpectedAnswer(proposed: String, found: String)
  /// The listener answered `na` to every proposal; these were made.
  case notSupported([String])
  /// The dialer proposed more than ``Limits/Multistream/proposals`` protocols.
  case tooManyProposals(limit: Int)
}

extension MultistreamError: CustomStringConvertible {
  /// What was wrong, in one line fit for a log.
  public var description: String {
    switch self {
    case .lineTooLong(let length, let limit): "multistream: line of \(length) bytes, at most \(limit) are accepted"
    case .malformedLength(let reason): "multistream: malformed line length: \(reason)"
    case .emptyLine: "multistream: line without text"
    case .missingNewline: "multistream: line does not end in a newline"
    case .invalidUTF8: "multistream: line is not UTF-8"
    case .controlCharacter: "multistream: control character in a line"
    case .notMultistream(let found): "multistream: expected \(Line.header), found \(Excerpt.quoted(found.utf8))"
    case .unexpectedAnswer(let proposed, let found):
      "multistream: proposed \(proposed), expected it or \(Line.notAvailable) as the answer, found \(Excerpt.quoted(found.utf8))"
    case .notSupported(let protocols): "multistream: the peer supports none of \(protocols.joined(separator: ", "))"
    case .tooManyProposals(let limit): "multistream: no agreement within \(limit) proposals"
    }
  }
}
