import Multiformats

/// Why bytes or a text are not a peer id.
public struct PeerIDError: Error, Hashable, Sendable, CustomStringConvertible {
  private let failure: PeerIDCoding.Failure

  init(_ failure: PeerIDCoding.Failure) { self.failure = failure }

  /// What was found and what was expected, in one line.
  public var description: String { failure.description }
}
