import Multiformats
import NIOCore
import TestSupport
import Testing

@Suite("Length-prefixed messages")
struct LengthPrefixTests {
  @Test("a message comes out when its last byte has arrived, and not before")
  func incremental() throws {
    var whole = ByteBuffer()
    whole.writeLengthPrefixed([UInt8](repeating: 7, count: 300))
    var buffer = ByteBuffer()
    for byte in whole.readableBytesView.dropLast() {
      buffer.writeInteger(byte)
      #expect(try buffer.readLengthPrefixed(limit: 300) == nil)
      #expect(buffer.readerIndex == 0)
    }
    buffer.writeInteger(UInt8(7))
    buffer.writeInteger(UInt8(9))
    #expect(try buffer.readLengthPrefixed(limit: 300) == ByteBuffer(repeating: 7, count: 300))
    #expect(buffer.readableBytes == 1)
  }

  @Test("several messages in one buffer come out in order, an empty one too")
  func several() throws {
    var buffer = ByteBuffer()
    buffer.writeLengthPrefixed(ByteBuffer(string: "one"))
    buffer.writeLengthPrefixed([])
    buffer.writeLengthPrefixed(Array("three".utf8))
    #expect(try buffer.readLengthPrefixed(limit: 5) == ByteBuffer(string: "one"))
    #expect(try buffer.readLengthPrefixed(limit: 5) == ByteBuffer())
    #expect(try buffer.readLengthPrefixed(limit: 5) == ByteBuffer(string: "three"))
    #expect(try buffer.readLengthPrefixed(limit: 5) == nil)
  }

  @Test(
    "a length above the limit is refused before any of the body arrives",
    arguments: [65_537, 1 << 31, UInt64(Int64.max)] as [UInt64])
  func tooLong(length: UInt64) {
    var buffer = ByteBuffer(bytes: Varint.encode(length))
    #expect(throws: LengthPrefixError.tooLong(length: length, limit: 65_536)) {
      try buffer.readLengthPrefixed(limit: 65_536)
    }
  }

  @Test("a length that is no varint is refused")
  func malformed() {
    var overlong = ByteBuffer(bytes: hex("ffffffffffffffffffff01"))
    #expect(throws: LengthPrefixError.malformed(.overflow)) { try overlong.readLengthPrefixed(limit: 10) }
    var padded = ByteBuffer(bytes: hex("8500"))
    #expect(throws: LengthPrefixError.malformed(.notMinimal)) { try padded.readLengthPrefixed(limit: 10) }
  }
}
