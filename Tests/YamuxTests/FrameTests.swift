import Limits
import NIOCore
import Testing

@testable import Yamux

@Suite("Yamux frames")
struct FrameTests {
  @Test(
    "A header is written as the twelve bytes of the specification",
    arguments: [
      (header(.data, .syn, 1, 100), "000000010000000100000064"),
      (header(.data, [], 2, 0xFFFF_FFFF), "0000000000000002ffffffff"),
      (header(.data, .fin, 3), "000000040000000300000000"),
      (header(.windowUpdate, .ack, 5, 262_144), "000100020000000500040000"),
      (header(.windowUpdate, .rst, 0x7FFF_FFFF), "000100087fffffff00000000"),
      (header(.ping, .syn, 0, 12_345_678), "000200010000000000bc614e"),
      (header(.ping, .ack, 0, 12_345_678), "000200020000000000bc614e"),
      (header(.goAway, [], 0, 1), "000300000000000000000001"),
    ])
  func literals(header: FrameHeader, hex: String) throws {
    let bytes = encoded(header)
    #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == hex)
    var decoder = FrameDecoder()
    var buffer = ByteBuffer(bytes: bytes)
    guard case .header(let read) = try decoder.next(&buffer) else {
      Issue.record("no header")
      return
    }
    #expect(read == header)
    #expect(buffer.readableBytes == 0)
  }

  @Test("Headers and payload that come byte by byte are put together, and payload is never waited for")
  func byteByByte() throws {
    var decoder = FrameDecoder()
    var headers: [FrameHeader] = []
    var payload: [UInt8] = []
    let wire = encoded(header(.data, [], 7, 3)) + [1, 2, 3] + encoded(header(.ping, .syn, 0, 9))
    for byte in wire {
      var buffer = ByteBuffer(bytes: [byte])
      while let piece = try decoder.next(&buffer) {
        switch piece {
        case .header(let header): headers.append(header)
        case .payload(let slice, let isLast):
          payload += Array(slice.readableBytesView)
          #expect(isLast == (payload.count == 3))
        }
      }
    }
    #expect(headers == [header(.data, [], 7, 3), header(.ping, .syn, 0, 9)])
    #expect(payload == [1, 2, 3])
  }

  @Test("A payload piece is a slice of what was received")
  func slices() throws {
    var decoder = FrameDecoder()
    var buffer = ByteBuffer(bytes: encoded(header(.data, [], 7, 4_096)) + [UInt8](repeating: 7, count: 4_096))
    let address = buffer.withUnsafeReadableBytes { $0.baseAddress.map { $0 + 12 } }
    _ = try decoder.next(&buffer)
    guard case .payload(let slice, let isLast) = try decoder.next(&buffer) else {
      Issue.record("no payload")
      return
    }
    #expect(isLast && slice.readableBytes == 4_096)
    #expect(slice.withUnsafeReadableBytes { $0.baseAddress.map { UnsafeRawPointer($0) } } == address)
  }

  @Test(
    "Versions, types and flags that are not defined are refused (case 23)",
    arguments: [
      ([1, 0, 0, 0], YamuxError.unsupportedVersion(1)),
      ([0, 4, 0, 0], .unknownFrameType(4)),
      ([0, 9, 0, 0], .unknownFrameType(9)),
      ([0, 0, 0, 0x10], .undefinedFlags(0x10)),
      ([0, 1, 0x80, 0x01], .undefinedFlags(0x8001)),
    ] as [([UInt8], YamuxError)])
  func undefined(start: [UInt8], error: YamuxError) {
    var peer = Peer()
    #expect(throws: error) { try peer.receive(start + [0, 0, 0, 1, 0, 0, 0, 0]) }
    #expect(peer.headers() == [header(.goAway, [], 0, 1)])
    #expect(throws: error) { try peer.receive(.ping, .syn, 0) }
    #expect(peer.headers().isEmpty)
  }

  @Test("An outbound frame of the largest payload fits one Noise message")
  func largest() throws {
    var peer = Peer(.client)
    let stream = try peer.open()
    #expect(try peer.send(stream, [UInt8](repeating: 1, count: 200_000)) == 200_000)
    let frames = peer.frames().dropFirst()
    let largest = Limits.Yamux.frame
    #expect(frames.map(\.encodedLength) == [largest + 12, largest + 12, largest + 12, 200_000 - 3 * largest + 12])
    #expect(largest + 12 <= Limits.Noise.plaintext)
  }
}
