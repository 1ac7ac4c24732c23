import NIOCore

/// What ends a whole session: the remote peer broke the protocol, passed a bound, or is gone.
///
/// The session has then queued its GoAway; the driver drains it, flushes and closes the connection.
public enum YamuxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The first byte of a header is not 0.
  case unsupportedVersion(UInt8)
  /// The second byte of a header names no frame type.
  case unknownFrameType(UInt8)
  /// Flag bits outside of SYN, ACK, FIN and RST.
  case undefinedFlags(UInt16)
  /// A data or window update frame for stream 0.
  case streamFrameOnSession(FrameType)
  /// A ping or go-away frame for a stream.
  case sessionFrameOnStream(FrameType, StreamID)
  /// A ping that is not exactly a question (SYN) or an answer (ACK).
  case invalidPingFlags(FrameFlags)
  /// The remote side opened a stream with a number of ours.
  case wrongParity(StreamID)
  /// The remote side opened a stream again that is open, or was.
  case streamReused(StreamID)
  /// A data frame is longer than what the stream's window still allows.
  case windowExceeded(StreamID, length: UInt32, window: UInt32)
  /// A window update takes the send window past 2³²−1.
  case windowOverflow(StreamID, delta: UInt32)
  /// More control frames wait to be written than `Limits.Yamux.pendingControlFrames`: the peer asks and does not read.
  case tooManyPendingFrames(Int)
  /// More frames without any effect than an honest peer has a reason to send.
  case tooManyUselessFrames
  /// A ping was not answered in time.
  case keepAliveTimeout(TimeAmount)

  /// The code of the GoAway frame that tells the peer.
  public var goAwayCode: GoAwayCode {
    switch self {
    case .keepAliveTimeout: .internalError
    default: .protocolError
    }
  }

  /// One line for the log.
  public var description: String {
    switch self {
    case .unsupportedVersion(let version): "yamux: version \(version) in a frame header, expected 0"
    case .unknownFrameType(let type): "yamux: frame type \(type), expected 0 to 3"
    case .undefinedFlags(let flags): "yamux: flags 0x\(String(flags, radix: 16)), expected bits 0x1 to 0x8 only"
    case .streamFrameOnSession(let type): "yamux: \(type) frame for stream 0, which is the session"
    case .sessionFrameOnStream(let type, let stream): "yamux: \(type) frame for stream \(stream), expected 0"
    case .invalidPingFlags(let flags): "yamux: ping with flags 0x\(String(flags.rawValue, radix: 16)), expected 1 or 2"
    case .wrongParity(let stream): "yamux: the peer opened stream \(stream), a number of this side"
    case .streamReused(let stream): "yamux: the peer opened stream \(stream) a second time"
    case .windowExceeded(let stream, let length, let window):
      "yamux: data frame of \(length) bytes on stream \(stream), the window is \(window)"
    case .windowOverflow(let stream, let delta):
      "yamux: window update of \(delta) on stream \(stream) takes the window past 32 bits"
    case .tooManyPendingFrames(let count): "yamux: \(count) control frames wait for a peer that does not read"
    case .tooManyUselessFrames: "yamux: flood of frames without effect"
    case .keepAliveTimeout(let wait): "yamux: no answer to a ping for \(wait.nanoseconds / 1_000_000_000) s"
    }
  }
}

/// Why a command on the session was refused; nothing was sent, and the session goes on.
public enum StreamError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The session ended with an error before.
  case sessionFailed
  /// `goAway` was called on this side.
  case localGoAway
  /// The peer takes no new streams.
  case remoteGoAway
  /// `Limits.Yamux.unacknowledged` opened streams wait for their acknowledgement.
  case tooManyUnacknowledged
  /// Every stream number of this side has been used.
  case identifiersExhausted
  /// The stream is closed, was reset, or never was.
  case unknownStream(StreamID)
  /// `closeWrite` was called before.
  case writeClosed(StreamID)

  /// One line for the log.
  public var description: String {
    switch self {
    case .sessionFailed: "yamux: the session has failed"
    case .localGoAway: "yamux: this side is going away, no new streams"
    case .remoteGoAway: "yamux: the peer is going away and takes no new streams"
    case .tooManyUnacknowledged: "yamux: too many opened streams wait for the peer's acknowledgement"
    case .identifiersExhausted: "yamux: all stream numbers of this connection are used up"
    case .unknownStream(let stream): "yamux: stream \(stream) is not open"
    case .writeClosed(let stream): "yamux: stream \(stream) is closed for writing"
    }
  }
}
