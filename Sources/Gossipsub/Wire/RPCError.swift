/// Why a frame of a peer is not a pubsub RPC that we accept. Any of these ends the stream that it came on.
public enum RPCError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes are not protobuf, or not of the RPC's form; the offset counts from the frame's first byte.
  case malformed(String, offset: Int)
  /// The frame holds more elements of one kind than are decoded (CVE-2026-86040).
  case tooMany(String, limit: Int)
  /// One element is longer than it may be.
  case tooLong(String, length: Int, limit: Int)

  /// One line for a log.
  public var description: String {
    switch self {
    case .malformed(let what, let offset): "malformed pubsub RPC: \(what) at byte \(offset)"
    case .tooMany(let what, let limit): "pubsub RPC has more than \(limit) \(what)"
    case .tooLong(let what, let length, let limit): "pubsub RPC has a \(what) of \(length) bytes, the limit is \(limit)"
    }
  }
}
