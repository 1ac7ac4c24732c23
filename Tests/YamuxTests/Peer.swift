import NIOCore

@testable import Yamux

/// A session with virtual time, fed frame by frame, whose output is read as bytes and parsed again by a decoder of
/// its own.
struct Peer {
  var session: YamuxSession
  var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  var actions: [YamuxSession.Action] = []

  init(_ role: Role = .server) {
    session = YamuxSession(role: role, now: now)
    _ = frames()
  }

  mutating func advance(_ amount: TimeAmount) { now = now + amount }

  /// Receives the bytes of one frame.
  mutating func receive(
    _ type: FrameType, _ flags: FrameFlags = [], _ stream: UInt32, length: UInt32 = 0, payload: [UInt8]? = nil
  ) throws(YamuxError) {
    let length = payload.map { UInt32($0.count) } ?? length
    try receive(encoded(FrameHeader(type, flags, stream: StreamID(stream), length: length)) + (payload ?? []))
  }

  mutating func receive(_ bytes: [UInt8]) throws(YamuxError) {
    var buffer = ByteBuffer(bytes: bytes)
    try session.receive(&buffer, now: now, into: &actions)
  }

  mutating func open() throws -> StreamID { try session.openStream(now: now) }

  mutating func send(_ stream: StreamID, _ bytes: [UInt8]) throws -> Int {
    var buffer = ByteBuffer(bytes: bytes)
    return try session.send(stream, &buffer)
  }

  /// Drains the session.
  mutating func frames() -> [OutboundFrame] {
    var frames: [OutboundFrame] = []
    session.drainOutbound(now: now, into: &frames, actions: &actions)
    return frames
  }

  /// Drains the session and gives the headers.
  mutating func headers() -> [FrameHeader] { frames().map(\.header) }

  /// Drains the session into bytes.
  mutating func bytes() -> ByteBuffer {
    var buffer = ByteBuffer()
    for frame in frames() { frame.write(into: &buffer) }
    return buffer
  }

  /// The actions since the last call, as short texts.
  mutating func events() -> [String] {
    defer { actions.removeAll() }
    return actions.map { action in
      switch action {
      case .streamOpened(let stream): "opened \(stream)"
      case .acknowledged(let stream): "acknowledged \(stream)"
      case .data(let stream, let bytes): "data \(stream) \(bytes.readableBytes)"
      case .remoteClosedWrite(let stream): "fin \(stream)"
      case .windowOpened(let stream): "window \(stream)"
      case .closed(let stream): "closed \(stream)"
      case .reset(let stream): "reset \(stream)"
      case .pong: "pong"
      case .goAway(let code): "goaway \(code.rawValue)"
      }
    }
  }
}

/// The twelve bytes of a header.
func encoded(_ header: FrameHeader) -> [UInt8] {
  var buffer = ByteBuffer()
  header.write(into: &buffer)
  return Array(buffer.readableBytesView)
}

/// A header from short parts.
func header(_ type: FrameType, _ flags: FrameFlags = [], _ stream: UInt32, _ length: UInt32 = 0) -> FrameHeader {
  FrameHeader(type, flags, stream: StreamID(stream), length: length)
}
