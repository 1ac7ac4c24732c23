import Limits
import NIOCore
import Testing

@testable import Yamux

@Suite("Yamux pings")
struct PingTests {
  @Test("A ping is answered with its own value")
  func answer() throws {
    var peer = Peer()
    try peer.receive(.ping, .syn, 0, length: 0xDEAD_BEEF)
    #expect(peer.headers() == [header(.ping, .ack, 0, 0xDEAD_BEEF)])
  }

  @Test("The round trip counts from the moment at which the ping left the queue")
  func roundTrip() throws {
    var peer = Peer()
    try peer.receive(.ping, .ack, 0, length: 0)
    peer.session.ping(now: peer.now)
    peer.advance(.seconds(5))
    #expect(peer.headers() == [header(.ping, .syn, 0, 1)])
    peer.session.ping(now: peer.now)
    #expect(peer.headers().isEmpty)
    peer.advance(.milliseconds(40))
    peer.actions.removeAll()
    try peer.receive(.ping, .ack, 0, length: 1)
    guard case .pong(let time)? = peer.actions.first else {
      Issue.record("no pong")
      return
    }
    #expect(time == .milliseconds(40))
    // The first one took no time at all: half of both.
    #expect(peer.session.roundTrip == .milliseconds(20))
  }

  @Test("Answers that nobody asked for are ignored")
  func unsolicited() throws {
    var peer = Peer()
    try peer.receive(.ping, .ack, 0, length: 77)
    try peer.receive(.ping, .ack, 0, length: 0)
    try peer.receive(.ping, .ack, 0, length: 0)
    #expect(peer.events() == ["pong"])
  }

  @Test("A ping that is neither a question nor an answer is a protocol error", arguments: [0, 3, 4, 9] as [UInt16])
  func badFlags(flags: UInt16) {
    var peer = Peer()
    let flags = FrameFlags(rawValue: flags)
    #expect(throws: YamuxError.invalidPingFlags(flags)) { try peer.receive(.ping, flags, 0) }
  }

  /// Lets seconds pass and collects what is sent.
  private func pass(_ peer: inout Peer, seconds: Int) throws -> [FrameHeader] {
    var headers: [FrameHeader] = []
    for _ in 0..<seconds {
      peer.advance(.seconds(1))
      try peer.session.tick(now: peer.now)
      headers += peer.headers()
    }
    return headers
  }

  @Test("A quiet connection is pinged after the keep-alive time, and lives on when it answers")
  func keepAlive() throws {
    var peer = Peer()
    try peer.receive(.ping, .ack, 0, length: 0)
    for value in 1...3 as ClosedRange<UInt32> {
      #expect(try pass(&peer, seconds: Limits.Yamux.keepAliveSeconds) == [header(.ping, .syn, 0, value)])
      try peer.receive(.ping, .ack, 0, length: value)
    }
  }

  @Test("A ping that is never answered ends the session (case 33)")
  func timeout() throws {
    var peer = Peer()
    try peer.receive(.ping, .ack, 0, length: 0)
    _ = try pass(&peer, seconds: Limits.Yamux.keepAliveSeconds)
    _ = try pass(&peer, seconds: Limits.Yamux.keepAliveSeconds - 1)
    #expect(throws: YamuxError.keepAliveTimeout(.seconds(30))) { try pass(&peer, seconds: 1) }
    #expect(peer.headers() == [header(.goAway, [], 0, 2)])
    #expect(throws: StreamError.sessionFailed) { try peer.open() }
  }

  @Test("A peer that sends all the time gets longer for its answer, but not for ever")
  func busyPeer() throws {
    var peer = Peer()
    try peer.receive(.windowUpdate, .syn, 1)
    var seconds = 0
    #expect(throws: YamuxError.keepAliveTimeout(.seconds(120))) {
      while seconds < 1_000 {
        try peer.receive(.data, [], 1, payload: [1])
        _ = try pass(&peer, seconds: 1)
        seconds += 1
      }
    }
    #expect(seconds == 119)
  }

  @Test("The round trip is measured again while data comes in, and not on a quiet connection")
  func remeasured() throws {
    var peer = Peer()
    try peer.receive(.ping, .ack, 0, length: 0)
    #expect(try pass(&peer, seconds: 20).isEmpty)
    try peer.receive(.data, .syn, 1, payload: [1])
    #expect(try pass(&peer, seconds: 1).last == header(.ping, .syn, 0, 1))
    try peer.receive(.ping, .ack, 0, length: 1)
    try peer.receive(.data, [], 1, payload: [1])
    #expect(try pass(&peer, seconds: 9).isEmpty)
    #expect(try pass(&peer, seconds: 1) == [header(.ping, .syn, 0, 2)])
  }
}
