import NIOCore
import TestSupport
import Testing

import Multistream

@Suite("Dialer")
struct DialerTests {
  @Test("header and first proposal go out together, byte for byte")
  func start() {
    let dialer = Dialer(protocols: ["/noise", "/tls/1.0.0"])
    #expect(dialer.start().bytes == header + [0x07] + Array("/noise\n".utf8))
  }

  @Test("a protocol of 200 characters has a length of two bytes")
  func longLine() {
    let name = "/" + String(repeating: "x", count: 199)
    #expect(Dialer(protocols: [name]).start().bytes == header + [0xc9, 0x01] + Array((name + "\n").utf8))
  }

  @Test("the echo of the proposal is the agreement")
  func agrees() throws {
    var dialer = Dialer(protocols: ["/a", "/b"])
    var incoming = buffer(header, line("/a"))
    #expect(try dialer.receive(&incoming) == [.agreed("/a")])
    #expect(incoming.readableBytes == 0)
  }

  @Test("after na the next protocol is proposed, one at a time, and nothing before na")
  func nextProposal() throws {
    var dialer = Dialer(protocols: ["/d", "/e", "/c"])
    var incoming = buffer(header)
    #expect(try dialer.receive(&incoming) == [])
    incoming = buffer(notAvailable)
    #expect(try dialer.receive(&incoming) == [.send(buffer(line("/e")))])
    incoming = buffer(notAvailable)
    #expect(try dialer.receive(&incoming) == [.send(buffer(line("/c")))])
    incoming = buffer(line("/c"))
    #expect(try dialer.receive(&incoming) == [.agreed("/c")])
  }

  @Test("na to the last proposal ends the negotiation, naming what was proposed")
  func nothingSupported() {
    var dialer = Dialer(protocols: ["/d", "/e"])
    var incoming = buffer(header, notAvailable)
    #expect(throws: Never.self) { try dialer.receive(&incoming) }
    incoming = buffer(notAvailable)
    #expect(throws: MultistreamError.notSupported(["/d", "/e"])) { try dialer.receive(&incoming) }
  }

  @Test("a peer that says na for ever is left after the last proposal")
  func endlessRefusals() {
    let protocols = (0..<5).map { "/p/\($0)" }
    var dialer = Dialer(protocols: protocols)
    var incoming = buffer(header, Array((0..<1000).map { _ in notAvailable }.joined()))
    var proposals = 1
    #expect(throws: MultistreamError.notSupported(protocols)) {
      while try dialer.receive(&incoming) != [] { proposals += 1 }
    }
    #expect(proposals == protocols.count)
  }

  @Test("bytes of the application behind the agreement stay in the buffer")
  func surplus() throws {
    var dialer = Dialer(protocols: ["/a"])
    var incoming = buffer(header, line("/a"), [1, 2, 3])
    #expect(try dialer.receive(&incoming) == [.agreed("/a")])
    #expect(incoming.bytes == [1, 2, 3])
    // Called again by mistake: the bytes are the application's, even if they look like a line.
    incoming = buffer(notAvailable)
    #expect(try dialer.receive(&incoming) == [])
    #expect(incoming.bytes == notAvailable)
  }

  @Test("an answer that is neither the proposal nor na is an error")
  func strangeAnswer() {
    for answer in ["/b", "/a/", "ls", "/multistream/1.0.0", "NA"] {
      var dialer = Dialer(protocols: ["/a", "/b"])
      var incoming = buffer(header, line(answer))
      #expect(throws: MultistreamError.unexpectedAnswer(proposed: "/a", found: answer)) {
        try dialer.receive(&incoming)
      }
    }
  }

  @Test("the answer must be the proposal byte for byte, not an equivalent text")
  func equivalentAnswer() {
    // U+212A (Kelvin sign) is canonically equivalent to K, and equal to it for Swift's ==.
    var dialer = Dialer(protocols: ["/K"])
    var incoming = buffer(header, line("/\u{212a}"))
    #expect(throws: MultistreamError.unexpectedAnswer(proposed: "/K", found: "/\u{212a}")) {
      try dialer.receive(&incoming)
    }
  }

  @Test("a peer that does not speak multistream is an error that quotes it safely")
  func wrongHeader() {
    var dialer = Dialer(protocols: ["/a"])
    var incoming = buffer(line("/multistream/2.0.0\u{202e}"))
    let error = #expect(throws: MultistreamError.self) { try dialer.receive(&incoming) }
    #expect(error == .notMultistream(found: "/multistream/2.0.0\u{202e}"))
    #expect(error?.description.contains("\u{202e}") == false)
  }

  @Test("after an error every call gives the same error and takes no bytes")
  func failedStaysFailed() {
    var dialer = Dialer(protocols: ["/a"])
    var incoming = buffer(header, notAvailable)
    #expect(throws: MultistreamError.notSupported(["/a"])) { try dialer.receive(&incoming) }
    incoming = buffer(line("/a"))
    #expect(throws: MultistreamError.notSupported(["/a"])) { try dialer.receive(&incoming) }
    #expect(incoming.bytes == line("/a"))
  }

  @Test("lazy holds only for exactly one protocol")
  func lazy() {
    #expect(Dialer(protocols: ["/a"], lazy: true).isLazy)
    #expect(!Dialer(protocols: ["/a"]).isLazy)
    #expect(!Dialer(protocols: ["/a", "/b"], lazy: true).isLazy)
    #expect(!Dialer(protocols: [], lazy: true).isLazy)
  }

  @Test("a lazy dialer learns of na, however late, as an error and never as an agreement")
  func lazyRefused() throws {
    var dialer = Dialer(protocols: ["/a"], lazy: true)
    var incoming = buffer(header)
    #expect(try dialer.receive(&incoming) == [])
    incoming = buffer(notAvailable, [9, 9])
    #expect(throws: MultistreamError.notSupported(["/a"])) { try dialer.receive(&incoming) }
  }

  @Test("with nothing to propose the negotiation fails and does not trap")
  func noProtocols() {
    var dialer = Dialer(protocols: [])
    #expect(dialer.start().bytes == header)
    var incoming = buffer(header)
    #expect(throws: MultistreamError.notSupported([])) { try dialer.receive(&incoming) }
  }
}
