import Multiformats
import NIOCore
import TestSupport
import Testing

@Suite("Varints")
struct VarintTests {
  @Test(
    "numbers have one form, the shortest",
    arguments: [
      (0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (255, "ff01"), (300, "ac02"), (16_384, "808001"),
      (UInt64(Int64.max), "ffffffffffffffff7f"),
    ] as [(UInt64, String)])
  func forms(number: UInt64, form: String) throws {
    #expect(Varint.encode(number) == hex(form))
    #expect(Varint.encodedLength(number) == hex(form).count)
    let read = try Varint.decode(hex(form) + [0xff, 0x00])
    #expect(read.value == number)
    #expect(read.length == hex(form).count)
  }

  @Test(
    "a bad number is refused, and why is said",
    arguments: [
      ("", .truncated), ("80", .truncated), ("ffff", .truncated), ("ffffffffffffffff", .truncated),
      ("8000", .notMinimal), ("ff00", .notMinimal), ("80808000", .notMinimal),
      ("80808080808080808001", .overflow), ("ffffffffffffffffff", .overflow), ("ffffffffffffffffff01", .overflow),
    ] as [(String, VarintError)])
  func refused(bytes: String, error: VarintError) {
    #expect(throws: error) { try Varint.decode(hex(bytes)) }
  }

  @Test("a 64-bit number takes ten bytes")
  func longest() {
    #expect(Varint.encodedLength(.max) == 10)
    #expect(Varint.encode(.max).count == 10)
  }

  @Test("a buffer gives a number up only when all of it is there")
  func incremental() throws {
    var buffer = ByteBuffer()
    for byte in hex("ffffffffffffffff") {
      buffer.writeInteger(byte)
      #expect(try buffer.readVarint() == nil)
      #expect(buffer.readerIndex == 0)
    }
    buffer.writeInteger(UInt8(0x7f))
    #expect(try buffer.readVarint() == UInt64(Int64.max))
    #expect(buffer.readableBytes == 0)
    #expect(try buffer.readVarint() == nil)
  }

  @Test("a buffer refuses a number as soon as it is known to be bad")
  func badInBuffer() {
    var long = ByteBuffer(bytes: hex("ffffffffffffffffff"))
    #expect(throws: VarintError.overflow) { try long.readVarint() }
    var padded = ByteBuffer(bytes: hex("8000"))
    #expect(throws: VarintError.notMinimal) { try padded.readVarint() }
    #expect(padded.readerIndex == 0)
  }

  @Test("what is written to a buffer is what is encoded")
  func written() throws {
    var generator = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let number =
        UInt64.random(in: 0...UInt64(Int64.max), using: &generator)
        >> UInt64.random(
          in: 0..<63, using: &generator)
      var buffer = ByteBuffer()
      #expect(buffer.writeVarint(number) == Varint.encodedLength(number))
      #expect(Array(buffer.readableBytesView) == Varint.encode(number))
      #expect(try buffer.readVarint() == number)
    }
  }
}
