/// Which directions of a stream are open.
///
/// A stream that is closed in both directions, or reset, is no state: it is gone from the session's table.
enum StreamState: Hashable, Sendable {
  /// Both sides may send.
  case open
  /// We sent FIN; the remote side may send.
  case localClosed
  /// The remote side sent FIN; we may send.
  case remoteClosed

  /// What a FIN did.
  enum FINOutcome: Hashable, Sendable {
    /// One direction is closed now, the other is open.
    case halfClosed
    /// Both directions are closed: the stream leaves the table.
    case closed
    /// The direction was closed before.
    case repeated
  }

  /// Whether this side may send data.
  var canSend: Bool { self != .localClosed }
  /// Whether the remote side may send data.
  var canReceive: Bool { self != .remoteClosed }

  /// This side sends FIN.
  mutating func closeLocal() -> FINOutcome {
    switch self {
    case .open:
      self = .localClosed
      return .halfClosed
    case .remoteClosed: return .closed
    case .localClosed: return .repeated
    }
  }

  /// The remote side's FIN arrived.
  mutating func closeRemote() -> FINOutcome {
    switch self {
    case .open:
      self = .remoteClosed
      return .halfClosed
    case .localClosed: return .closed
    case .remoteClosed: return .repeated
    }
  }
}
