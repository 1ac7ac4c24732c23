import Limits
import NIOCore
import TestSupport
import Testing

import Multistream

@Suite("Listener")
struct ListenerTests {
  @Test("header alone is answered at once: py and nim wait for it")
  func headerFirst() throws {
    var listener = Listener(protocols: ["/a"])
    var incoming = buffer(header)
    #expect(try listener.receive(&incoming) == [.send(buffer(header))])
    incoming = buffer(line("/a"))
    #expect(try listener.receive(&incoming) == [.send(buffer(line("/a"))), .agreed("/a")])
  }

  @Test("header and echo go out in one buffer when they came together")
  func together() throws {
    var listener = Listener(protocols: ["/a", "/b", "/c"])
    var incoming = buffer(header, line("/c"))
    #expect(try listener.receive(&incoming) == [.send(buffer(header, line("/c"))), .agreed("/c")])
  }

  @Test("Kubo's simultaneous-connect and noise in one packet: na to the first, the echo to the second")
  func simultaneousConnect() throws {
    var listener = Listener(protocols: ["/noise"])
    var incoming = buffer(header, line("/libp2p/simultaneous-connect"), line("/noise"))
    #expect(
      try listener.receive(&incoming) == [.send(buffer(header, notAvailable, line("/noise"))), .agreed("/noise")])
  }

  @Test("the first bytes of the application may come with the proposal and are left in the buffer")
  func surplus() throws {
    var listener = Listener(protocols: ["/noise"])
    let message: [UInt8] = [0, 32] + [UInt8](repeating: 7, count: 32)
    var incoming = buffer(header, line("/noise"), message)
    #expect(try listener.receive(&incoming).last == .agreed("/noise"))
    #expect(incoming.bytes == message)
    #expect(try listener.receive(&incoming) == [])
    #expect(incoming.bytes == message)
  }

  @Test("the application's bytes may even look like lines")
  func surplusThatLooksLikeLines() throws {
    var listener = Listener(protocols: ["/multistream-like"])
    var incoming = buffer(header, line("/multistream-like"), header, line("/noise"))
    #expect(try listener.receive(&incoming).count == 2)
    #expect(incoming.bytes == header + line("/noise"))
  }

  @Test("ls and unknown protocols are answered na, one na each")
  func refusals() throws {
    var listener = Listener(protocols: ["/a"])
    var incoming = buffer(header, line("ls"), line("/x"), line("/multistream/1.0.0"))
    #expect(try listener.receive(&incoming) == [.send(buffer(header, notAvailable, notAvailable, notAvailable))])
    incoming = buffer(line("/a"))
    #expect(try listener.receive(&incoming) == [.send(buffer(line("/a"))), .agreed("/a")])
  }

  @Test("protocols match exactly: no prefixes, no case folding, no equivalent characters")
  func exactMatch() throws {
    var listener = Listener(protocols: ["/K/1.0"])
    var incoming = buffer(header, line("/K"), line("/k/1.0"), line("/K/1.0/"), line("/\u{212a}/1.0"))
    let refusals = [UInt8](repeatElement(notAvailable, count: 4).joined())
    #expect(try listener.receive(&incoming) == [.send(buffer(header, refusals))])
  }

  @Test("what is supported may be decided by a function")
  func supports() throws {
    var listener = Listener { $0.hasPrefix("/meshsub/") }
    var incoming = buffer(header, line("/floodsub/1.0.0"), line("/meshsub/1.2.0"))
    #expect(
      try listener.receive(&incoming)
        == [.send(buffer(header, notAvailable, line("/meshsub/1.2.0"))), .agreed("/meshsub/1.2.0")])
  }

  @Test("a long protocol name of valid UTF-8 is just not available")
  func longestLine() throws {
    let name = "/" + String(repeating: "é", count: 511)
    #expect(line(name).count == 2 + Limits.Multistream.line)
    var listener = Listener(protocols: ["/a"])
    var incoming = buffer(header, line(name))
    #expect(try listener.receive(&incoming) == [.send(buffer(header, notAvailable))])
  }

  @Test("the last proposal allowed may still be the right one")
  func lastProposal() throws {
    var listener = Listener(protocols: ["/a"])
    let unknown = repeatElement(line("/x"), count: Limits.Multistream.proposals - 1).joined()
    var incoming = buffer(header, Array(unknown), line("/a"))
    #expect(try listener.receive(&incoming).last == .agreed("/a"))
  }

  @Test("more proposals than the cap end the negotiation", arguments: [true, false])
  func tooManyProposals(inOnePacket: Bool) {
    var listener = Listener(protocols: ["/a"])
    let limit = Limits.Multistream.proposals
    var incoming = buffer(header)
    if inOnePacket { incoming.writeBytes(repeatElement(line("/x"), count: 1001).joined()) }
    #expect(throws: MultistreamError.tooManyProposals(limit: limit)) {
      for _ in 0..<limit {
        _ = try listener.receive(&incoming)
        incoming.writeBytes(line("ls"))
      }
      _ = try listener.receive(&incoming)
    }
  }

  @Test("after an error every call gives the same error and takes no bytes")
  func failedStaysFailed() {
    var listener = Listener(protocols: ["/a"])
    var incoming = buffer(line("/ipfs/QmX/multistream-select/0.3.0"))
    let error = MultistreamError.notMultistream(found: "/ipfs/QmX/multistream-select/0.3.0")
    #expect(throws: error) { try listener.receive(&incoming) }
    incoming = buffer(header, line("/a"))
    #expect(throws: error) { try listener.receive(&incoming) }
    #expect(incoming.bytes == header + line("/a"))
  }
}
