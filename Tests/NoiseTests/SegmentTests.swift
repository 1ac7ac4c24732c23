import Limits
import NIOCore
import Noise
import TestSupport
import Testing

@Suite("Sealing segments")
struct SegmentTests {
  static let limit = Limits.Noise.plaintext

  /// A header and a payload that are never joined before they are sealed, like a Yamux frame.
  struct Frame: NoiseSegment {
    let header: UInt64
    let payload: ByteBuffer

    var byteCount: Int { 8 + payload.readableBytes }

    func write(to out: inout ByteBuffer) {
      out.writeInteger(header)
      out.writeImmutableBuffer(payload)
    }
  }

  /// A segment that does not write as much as it says.
  struct Liar: NoiseSegment {
    let byteCount: Int
    let written: Int

    func write(to out: inout ByteBuffer) { out.writeRepeatingByte(1, count: written) }
  }

  /// The plaintext lengths of the messages in `sealed`.
  static func lengths(_ sealed: ByteBuffer) -> [Int] {
    var (rest, lengths) = (sealed, [Int]())
    while let length = rest.readInteger(as: UInt16.self), rest.readSlice(length: Int(length)) != nil {
      lengths.append(Int(length) - 16)
    }
    return lengths
  }

  @Test(
    "as many whole segments as fit go into each message",
    arguments: [
      ([1, 2, 3], [6]),
      ([0, 5, 0], [5]),
      ([limit], [limit]),
      ([limit, 1], [limit, 1]),
      ([1, limit], [1, limit]),
      ([limit - 1, 1, 1], [limit, 1]),
      ([40_000, 40_000, 20_000, 5_519, 1], [40_000, 65_519, 1]),
      ([30_000, 30_000, 30_000, 30_000], [60_000, 60_000]),
    ])
  func packing(segments: [Int], messages: [Int]) throws {
    var pair = try TransportPair()
    var (sealed, opened) = (ByteBuffer(), ByteBuffer())
    try pair.near.seal(segments.map { ByteBuffer(bytes: pattern($0)) }, into: &sealed)
    #expect(Self.lengths(sealed) == messages)
    try pair.far.open(&sealed, into: &opened)
    #expect(opened.bytes == Array(segments.map(pattern).joined()))
  }

  @Test(
    "header and payload of a frame arrive in one message, whatever else is written", arguments: 0..<6 as Range<UInt64>)
  func framesStayWhole(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var pair = try TransportPair()
    let frames = (0..<50).map { index in
      Frame(header: UInt64(index), payload: ByteBuffer(bytes: pattern(Int.random(in: 0...20_000, using: &random))))
    }
    var sealed = ByteBuffer()
    try pair.near.seal(frames, into: &sealed)
    var seen: [UInt64] = []
    while let length = sealed.getInteger(at: sealed.readerIndex, as: UInt16.self),
      var message = sealed.readSlice(length: 2 + Int(length))
    {
      var plaintext = ByteBuffer()
      try pair.far.open(&message, into: &plaintext)
      while let header = plaintext.readInteger(as: UInt64.self) {
        seen.append(header)
        let payload = plaintext.readSlice(length: frames[Int(header)].payload.readableBytes)
        #expect(payload == frames[Int(header)].payload)
      }
    }
    #expect(seen == frames.map(\.header))
  }

  @Test("a segment larger than a message is refused, and then nothing at all is written")
  func tooLong() throws {
    var pair = try TransportPair()
    var sealed = ByteBuffer(bytes: [5])
    let segments = [10, Self.limit + 1].map { ByteBuffer(repeating: 1, count: $0) }
    #expect(throws: NoiseError.segmentTooLong(length: Self.limit + 1, limit: Self.limit)) {
      try pair.near.seal(segments, into: &sealed)
    }
    #expect(sealed.bytes == [5])
    // No nonce was used up by it.
    let message = try #require(try pair.messages([[1]]).first)
    #expect(try pair.open(message) == [1])
  }

  @Test("a segment that writes more or less than it said does not break the framing")
  func liars() throws {
    var pair = try TransportPair()
    var (sealed, opened) = (ByteBuffer(), ByteBuffer())
    try pair.near.seal([Liar(byteCount: 10, written: 20), Liar(byteCount: 10, written: 1)], into: &sealed)
    try pair.far.open(&sealed, into: &opened)
    #expect(opened.readableBytes == 21)
    #expect(throws: NoiseError.segmentTooLong(length: Self.limit + 1, limit: Self.limit)) {
      try pair.near.seal([Liar(byteCount: 1, written: Self.limit + 1)], into: &sealed)
    }
    #expect(sealed.readableBytes == 0)
  }

  @Test("the room for everything is made at once")
  func capacity() throws {
    var pair = try TransportPair()
    var sealed = ByteBuffer()
    try pair.near.seal([ByteBuffer](repeating: ByteBuffer(repeating: 1, count: 30_000), count: 20), into: &sealed)
    // ByteBuffer rounds up to a power of two: no growth step beyond that.
    #expect(sealed.readableBytes == 20 * 30_000 + 10 * 18)
    #expect(sealed.capacity == 1 << 20)
  }
}
