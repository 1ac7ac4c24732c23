import Limits
import NIOCore
import Testing

import Multistream

/// Cases 6 to 9 of libp2p.md §3.5, each at both ends and at each place where a line can stand.
@Suite("Hostile lines")
struct HostileLineTests {
  static let cases: [([UInt8], MultistreamError)] = [
    // 6: lengths
    ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .malformedLength(.overflow)),
    ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], .lineTooLong(length: (1 << 63) - 1, limit: 1024)),
    ([0x80, 0x80, 0x80, 0x80, 0x08], .lineTooLong(length: 1 << 31, limit: 1024)),
    ([0x87, 0x00] + Array("/noise\n".utf8), .malformedLength(.notMinimal)),
    ([0x00], .emptyLine),
    // 7: size and newline
    ([0x81, 0x08], .lineTooLong(length: 1025, limit: 1024)),
    ([0x06] + Array("/noise".utf8), .missingNewline),
    ([0x01, 0x0a], .emptyLine),
    ([0x01, 0x61], .emptyLine),
    // 9: content
    ([0x04, 0x2f, 0xff, 0xfe, 0x0a], .invalidUTF8),
    ([0x04, 0x2f, 0xc0, 0xaf, 0x0a], .invalidUTF8),
    ([0x04, 0x2f, 0x00, 0x61, 0x0a], .controlCharacter),
    ([0x04, 0x2f, 0x0a, 0x61, 0x0a], .controlCharacter),
    ([0x04, 0x1b, 0x5b, 0x4a, 0x0a], .controlCharacter),
    ([0x04, 0x2f, 0x61, 0x7f, 0x0a], .controlCharacter),
  ]

  @Test("a bad line ends the negotiation at the dialer", arguments: cases)
  func dialer(_ bad: [UInt8], _ error: MultistreamError) {
    for start in [[], header] {
      var dialer = Dialer(protocols: ["/noise"])
      var incoming = buffer(start, bad)
      #expect(throws: error) { try dialer.receive(&incoming) }
    }
  }

  @Test("a bad line ends the negotiation at the listener, with no answer", arguments: cases)
  func listener(_ bad: [UInt8], _ error: MultistreamError) {
    for start in [[], header, header + line("/unknown")] {
      var listener = Listener(protocols: ["/noise"])
      var incoming = buffer(start, bad)
      #expect(throws: error) { try listener.receive(&incoming) }
    }
  }

  @Test("a bad line is found out byte by byte too, and never later than at its last byte", arguments: cases)
  func byteByByte(_ bad: [UInt8], _ error: MultistreamError) {
    var listener = Listener(protocols: ["/noise"])
    var incoming = ByteBuffer()
    #expect(throws: error) {
      for byte in header + bad {
        incoming.writeInteger(byte)
        _ = try listener.receive(&incoming)
      }
    }
  }

  @Test("an announced length waits for nothing but its own line, and holds no more than the cap")
  func incomplete() throws {
    var listener = Listener(protocols: ["/noise"])
    var incoming = buffer(header, [0x80, 0x08], [UInt8](repeating: 0x61, count: 1023))
    #expect(try listener.receive(&incoming) == [.send(buffer(header))])
    #expect(incoming.readableBytes == 2 + 1023)
    incoming.writeBytes([0x0a])
    #expect(try listener.receive(&incoming) == [.send(buffer(notAvailable))])
  }

  @Test("every error says in one line what was found")
  func descriptions() {
    for (_, error) in Self.cases {
      #expect(error.description.hasPrefix("multistream: "))
      #expect(!error.description.contains("\n"))
    }
    #expect(
      MultistreamError.lineTooLong(length: 1025, limit: 1024).description
        == "multistream: line of 1025 bytes, at most 1024 are accepted")
  }
}
