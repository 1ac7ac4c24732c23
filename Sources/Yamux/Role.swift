/// The side of the connection that this session plays; it decides which stream numbers are ours.
public enum Role: Sendable {
  /// The side that dialled: odd stream numbers.
  case client
  /// The side that accepted: even stream numbers.
  case server

  /// The number of the first stream that this side opens.
  var firstStream: StreamID { self == .client ? StreamID(1) : StreamID(2) }

  /// Whether this side, and not the remote one, numbers a stream so.
  func owns(_ stream: StreamID) -> Bool { (stream.rawValue & 1 == 1) == (self == .client) }
}
