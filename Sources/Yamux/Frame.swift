import NIOCore

/// What a frame is for: the second byte of the header.
public enum FrameType: UInt8, Sendable {
  /// Bytes of a stream; `length` counts them.
  case data = 0
  /// `length` more bytes may be sent on a stream.
  case windowUpdate = 1
  /// A ping or its answer; `length` is echoed.
  case ping = 2
  /// No more new streams; `length` is the reason.
  case goAway = 3
}

/// The flag bits of a frame.
public struct FrameFlags: OptionSet, Hashable, Sendable {
  /// The 16 bits on the wire.
  public let rawValue: UInt16

  /// Flags from the wire; bits beyond the four defined ones are refused by the decoder.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Opens a stream; asks, on a ping.
  public static let syn = FrameFlags(rawValue: 1)
  /// Accepts a stream; answers, on a ping.
  public static let ack = FrameFlags(rawValue: 2)
  /// The sender will send no more data on the stream.
  public static let fin = FrameFlags(rawValue: 4)
  /// The stream is over in both directions, now.
  public static let rst = FrameFlags(rawValue: 8)

  /// Every bit that the specification gives a meaning.
  static let defined: FrameFlags = [.syn, .ack, .fin, .rst]
}

/// The twelve bytes at the start of every frame (yamux specification, "Framing"); the version is always 0.
public struct FrameHeader: Hashable, Sendable {
  /// Bytes of an encoded header.
  public static let size = 12

  /// What the frame is for.
  public var type: FrameType
  /// The flag bits.
  public var flags: FrameFlags
  /// The stream, or 0 for pings and go-aways.
  public var stream: StreamID
  /// Payload bytes, window delta, ping value or go-away code, by `type`.
  public var length: UInt32

  /// A header from its fields.
  public init(_ type: FrameType, _ flags: FrameFlags = [], stream: StreamID, length: UInt32 = 0) {
    self.type = type
    self.flags = flags
    self.stream = stream
    self.length = length
  }

  /// Appends the twelve bytes.
  public func write(into buffer: inout ByteBuffer) {
    let first = UInt32(type.rawValue) << 16 | UInt32(flags.rawValue)
    buffer.writeMultipleIntegers(first, stream.rawValue, length)
  }

  /// Reads a header from its three big-endian words and refuses what the specification does not define.
  init(words: (UInt32, UInt32, UInt32)) throws(YamuxError) {
    let version = UInt8(truncatingIfNeeded: words.0 >> 24)
    guard version == 0 else { throw .unsupportedVersion(version) }
    let number = UInt8(truncatingIfNeeded: words.0 >> 16)
    guard let type = FrameType(rawValue: number) else { throw .unknownFrameType(number) }
    let flags = FrameFlags(rawValue: UInt16(truncatingIfNeeded: words.0))
    guard FrameFlags.defined.isSuperset(of: flags) else { throw .undefinedFlags(flags.rawValue) }
    self.init(type, flags, stream: StreamID(words.1), length: words.2)
  }
}

/// One frame that is to be written: its header, and its payload where it has one.
///
/// Header and payload together are at most 65,519 bytes and must go into *one* Noise message: py-libp2p up to 0.4
/// reads both with one short read each. Several frames may share a Noise message.
public struct OutboundFrame: Sendable {
  /// The header.
  public let header: FrameHeader
  /// The payload of a data frame, a slice of what was given to `send`; `nil` on every other frame.
  public let payload: ByteBuffer?

  /// Bytes that `write(into:)` appends.
  public var encodedLength: Int { FrameHeader.size + (payload?.readableBytes ?? 0) }

  /// Appends header and payload.
  public func write(into buffer: inout ByteBuffer) {
    header.write(into: &buffer)
    if let payload { buffer.writeImmutableBuffer(payload) }
  }
}
