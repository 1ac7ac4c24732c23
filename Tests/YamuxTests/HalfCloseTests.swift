import NIOCore
import Testing

@testable import Yamux

@Suite("Ends of Yamux streams")
struct HalfCloseTests {
  /// A server peer with stream 1 open and everything drained.
  private func opened() throws -> Peer {
    var peer = Peer(.server)
    try peer.receive(.windowUpdate, .syn, 1)
    _ = peer.frames()
    _ = peer.events()
    return peer
  }

  private let one = StreamID(1)

  @Test("The remote side ends first, then we: the stream is over with our FIN")
  func remoteFirst() throws {
    var peer = try opened()
    try peer.receive(.data, .fin, 1)
    #expect(peer.events() == ["fin 1"])
    #expect(try peer.send(one, [1]) == 1)
    #expect(try peer.session.closeWrite(one))
    #expect(peer.session.streamCount == 0)
    #expect(peer.headers() == [header(.data, [], 1, 1), header(.data, .fin, 1)])
  }

  @Test("We end first, then the remote side: what it still sends arrives")
  func localFirst() throws {
    var peer = try opened()
    #expect(try !peer.session.closeWrite(one))
    #expect(throws: StreamError.writeClosed(one)) { try peer.send(one, [1]) }
    #expect(throws: StreamError.writeClosed(one)) { try peer.session.closeWrite(one) }
    try peer.receive(.data, [], 1, payload: [1, 2])
    try peer.receive(.windowUpdate, .fin, 1)
    #expect(peer.events() == ["data 1 2", "fin 1", "closed 1"])
    #expect(peer.session.streamCount == 0 && peer.session.inboundStreamCount == 0)
    #expect(throws: StreamError.unknownStream(one)) { try peer.send(one, [1]) }
  }

  @Test("A window that opens after our FIN wakes nobody, and half-closed reading goes on with updates")
  func halfClosedReading() throws {
    var peer = try opened()
    try peer.session.closeWrite(one)
    _ = peer.frames()
    try peer.receive(.data, [], 1, payload: [UInt8](repeating: 0, count: 200_000))
    peer.session.consumed(one, 200_000, now: peer.now + .seconds(9))
    try peer.receive(.windowUpdate, [], 1, length: 5)
    #expect(peer.events() == ["data 1 200000"])
    #expect(peer.headers() == [header(.windowUpdate, [], 1, 200_000)])
  }

  @Test("A second FIN changes nothing (case 31)")
  func doubleFIN() throws {
    var peer = try opened()
    for _ in 0..<3 { try peer.receive(.data, .fin, 1) }
    #expect(peer.events() == ["fin 1"])
    #expect(peer.session.streamCount == 1)
  }

  @Test("Data after FIN resets that stream and no other (case 31)")
  func dataAfterFIN() throws {
    var peer = try opened()
    try peer.receive(.windowUpdate, .syn, 3)
    try peer.receive(.data, .fin, 1)
    try peer.receive(.data, [], 1, payload: [1, 2, 3])
    try peer.receive(.data, [], 3, payload: [4])
    #expect(peer.events() == ["opened 3", "fin 1", "reset 1", "data 3 1"])
    #expect(peer.headers() == [header(.windowUpdate, .ack, 3), header(.data, .rst, 1)])
  }

  @Test("Data, FIN, window updates and RST after RST are ignored (case 31)")
  func afterRST() throws {
    var peer = try opened()
    try peer.receive(.data, .rst, 1)
    try peer.receive(.data, [], 1, payload: [1, 2, 3])
    try peer.receive(.windowUpdate, [], 1, length: 10)
    try peer.receive(.data, .fin, 1)
    try peer.receive(.data, .rst, 1)
    #expect(peer.events() == ["reset 1"])
    #expect(peer.headers().isEmpty)
  }

  @Test("RST after either FIN resets the stream")
  func resetAfterFIN() throws {
    var peer = try opened()
    try peer.receive(.data, .fin, 1)
    try peer.receive(.data, .rst, 1)
    #expect(peer.events() == ["fin 1", "reset 1"])
    peer = try opened()
    try peer.session.closeWrite(one)
    try peer.receive(.windowUpdate, .rst, 1)
    #expect(peer.events() == ["reset 1"])
  }

  @Test("A reset drops what waits to be written on its stream, and on no other")
  func resetPurges() throws {
    var peer = try opened()
    try peer.receive(.windowUpdate, .syn, 3)
    #expect(try peer.send(one, [1]) == 1)
    #expect(try peer.send(StreamID(3), [3]) == 1)
    #expect(try peer.send(one, [1]) == 1)
    peer.session.reset(one)
    #expect(
      peer.headers() == [header(.windowUpdate, .ack, 3), header(.data, .rst, 1), header(.data, [], 3, 1)])
    #expect(peer.session.queuedBytes == 0)
  }

  @Test("A reset by the remote side drops what waits, silently")
  func remoteResetPurges() throws {
    var peer = try opened()
    #expect(try peer.send(one, [1]) == 1)
    try peer.session.closeWrite(one)
    try peer.receive(.data, .rst, 1)
    #expect(peer.headers().isEmpty)
    #expect(!peer.session.hasOutbound)
  }

  @Test("What is sent before both sides have ended is still written after")
  func closedStreamDrains() throws {
    var peer = try opened()
    try peer.receive(.data, .fin, 1)
    #expect(try peer.send(one, [1, 2]) == 2)
    #expect(try peer.session.closeWrite(one))
    try peer.receive(.windowUpdate, [], 1, length: 7)
    #expect(peer.headers() == [header(.data, [], 1, 2), header(.data, .fin, 1)])
  }

  @Test("A released stream sends its FIN, drops what comes, and ends with the remote FIN without an action")
  func released() throws {
    var peer = try opened()
    #expect(try peer.send(one, [1]) == 1)
    peer.session.close(one, now: peer.now)
    #expect(!peer.session.isOpen(one))
    try peer.receive(.data, [], 1, payload: [1, 2, 3])
    peer.session.consumed(one, 3, now: peer.now)
    #expect(peer.session.streamCount == 1)
    try peer.receive(.data, .fin, 1, payload: [4])
    #expect(peer.session.streamCount == 0)
    #expect(peer.events().isEmpty)
    #expect(peer.headers() == [header(.data, [], 1, 1), header(.data, .fin, 1)])
    peer.session.close(one, now: peer.now)
    #expect(peer.headers().isEmpty)
  }

  @Test("A released stream whose peer fills the window is reset, so that it does not wait for ever")
  func releasedFull() throws {
    var peer = try opened()
    peer.session.close(one, now: peer.now)
    _ = peer.frames()
    for _ in 0..<4 { try peer.receive(.data, [], 1, payload: [UInt8](repeating: 0, count: 65_536)) }
    #expect(peer.headers() == [header(.data, .rst, 1)])
    #expect(peer.events().isEmpty)
    #expect(peer.session.streamCount == 0)
  }

  @Test("A released stream whose peer says nothing is reset after a while")
  func releasedSilent() throws {
    var peer = try opened()
    peer.session.close(one, now: peer.now)
    _ = peer.frames()
    for _ in 0..<59 {
      peer.advance(.seconds(1))
      try peer.receive(.windowUpdate, [], 1, length: 1)
      try peer.session.tick(now: peer.now)
    }
    #expect(!peer.headers().contains(header(.data, .rst, 1)))
    peer.advance(.seconds(1))
    try peer.session.tick(now: peer.now)
    #expect(peer.headers() == [header(.data, .rst, 1)])
    #expect(peer.session.streamCount == 0)
  }

  @Test("A stream that is reset in the middle of a frame takes no more of its payload")
  func resetInsideFrame() throws {
    var peer = try opened()
    try peer.receive(encoded(header(.data, .fin, 1, 10)) + [1, 2, 3])
    #expect(peer.events() == ["data 1 3"])
    peer.session.reset(one)
    try peer.receive([4, 5, 6, 7, 8, 9, 10] + encoded(header(.ping, .syn, 0, 5)))
    #expect(peer.events().isEmpty)
    #expect(peer.headers() == [header(.data, .rst, 1), header(.ping, .ack, 0, 5)])
  }

  @Test("FIN in a frame with payload is reported after the last piece")
  func finAfterPayload() throws {
    var peer = try opened()
    try peer.receive(encoded(header(.data, .fin, 1, 4)) + [1, 2])
    #expect(peer.events() == ["data 1 2"])
    try peer.receive([3, 4])
    #expect(peer.events() == ["data 1 2", "fin 1"])
  }

  @Test("After the peer's GoAway open streams go on and no new ones are opened (case 31)")
  func remoteGoAway() throws {
    var peer = try opened()
    let own = try peer.open()
    try peer.receive(.goAway, [], 0, length: 0x1005)
    #expect(peer.events() == ["goaway 4101"])
    #expect(throws: StreamError.remoteGoAway) { try peer.open() }
    #expect(try peer.send(own, [1]) == 1)
    try peer.receive(.data, [], 1, payload: [1])
    try peer.receive(.data, .fin, own.rawValue)
    #expect(peer.events() == ["data 1 1", "acknowledged 2", "fin 2"])
  }

  @Test("Our GoAway goes out after everything that was sent before it, as js, rust and py end all streams on it")
  func goAwayAfterData() throws {
    var peer = try opened()
    #expect(try peer.send(one, [1]) == 1)
    try peer.session.closeWrite(one)
    peer.session.goAway(.normal)
    #expect(peer.headers() == [header(.data, [], 1, 1), header(.data, .fin, 1), header(.goAway, [], 0, 0)])
  }

  @Test("After our GoAway new streams are reset and open ones go on")
  func localGoAway() throws {
    var peer = try opened()
    peer.session.goAway(.normal)
    peer.session.goAway(.internalError)
    #expect(throws: StreamError.localGoAway) { try peer.open() }
    try peer.receive(.data, .syn, 3, payload: [1, 2])
    try peer.receive(.data, [], 1, payload: [1])
    #expect(peer.events() == ["data 1 1"])
    #expect(peer.headers() == [header(.data, .rst, 3), header(.goAway, [], 0, 0)])
  }
}
