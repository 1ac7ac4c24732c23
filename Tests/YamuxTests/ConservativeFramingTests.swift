import Limits
import NIOCore
import Testing

@testable import Yamux

@Suite("Framing that every peer understands (wire.md 7.3)")
struct ConservativeFramingTests {
  @Test("A session begins with a ping that measures the round trip")
  func firstPing() {
    let now = NIODeadline.uptimeNanoseconds(1)
    var session = YamuxSession(role: .client, now: now)
    var frames: [OutboundFrame] = []
    var actions: [YamuxSession.Action] = []
    session.drainOutbound(now: now, into: &frames, actions: &actions)
    #expect(frames.map(\.header) == [header(.ping, .syn, 0, 0)])
  }

  @Test("SYN is an empty window update, data has no flags, FIN is an empty data frame")
  func lifeOfAStream() throws {
    var peer = Peer(.client)
    let stream = try peer.open()
    #expect(try peer.send(stream, [1, 2, 3]) == 3)
    try peer.session.closeWrite(stream)
    #expect(
      Array(peer.bytes().readableBytesView)
        == encoded(header(.windowUpdate, .syn, 1)) + encoded(header(.data, [], 1, 3)) + [1, 2, 3]
        + encoded(header(.data, .fin, 1)))
  }

  @Test("A new inbound stream is acknowledged at once by an empty window update")
  func acknowledgement() throws {
    var peer = Peer(.server)
    try peer.receive(.windowUpdate, .syn, 1)
    #expect(peer.events() == ["opened 1"])
    #expect(peer.headers() == [header(.windowUpdate, .ack, 1)])
  }

  @Test("RST is an empty data frame")
  func reset() throws {
    var peer = Peer(.server)
    try peer.receive(.windowUpdate, .syn, 1)
    peer.session.reset(StreamID(1))
    #expect(peer.headers() == [header(.windowUpdate, .ack, 1), header(.data, .rst, 1)])
    peer.session.reset(StreamID(1))
    #expect(peer.headers().isEmpty)
  }

  @Test("No more than 256,000 bytes go out before a window update, and never more than nim's own count allows")
  func nimWindow() throws {
    var peer = Peer(.client)
    let stream = try peer.open()
    var taken = 0
    let chunk = [UInt8](repeating: 0, count: 100_000)
    for _ in 0..<4 { taken += try peer.send(stream, chunk) }
    #expect(taken == 256_000)
    try peer.receive(.windowUpdate, .ack, 1)
    #expect(try peer.send(stream, chunk) == 0)
    // nim gives back what it consumed: its window is 256,000 again, not 262,144.
    _ = peer.frames()
    try peer.receive(.windowUpdate, [], 1, length: 256_000)
    taken = 0
    for _ in 0..<4 { taken += try peer.send(stream, chunk) }
    #expect(taken == 256_000)
  }

  @Test("No window update goes out after the peer's FIN, not even one that waits")
  func noUpdateAfterFIN() throws {
    var peer = Peer(.server)
    try peer.receive(.windowUpdate, .syn, 1)
    _ = peer.frames()
    try peer.receive(.data, [], 1, payload: [UInt8](repeating: 0, count: 200_000))
    peer.session.consumed(StreamID(1), 200_000, now: peer.now)
    try peer.receive(.data, .fin, 1)
    #expect(peer.headers().isEmpty)
    peer.session.consumed(StreamID(1), 60_000, now: peer.now)
    #expect(peer.headers().isEmpty)
  }

  @Test("Several window updates of a stream that wait become one")
  func coalescing() throws {
    var peer = Peer(.server)
    try peer.receive(.windowUpdate, .syn, 1)
    _ = peer.frames()
    for _ in 0..<2 {
      try peer.receive(.data, [], 1, payload: [UInt8](repeating: 0, count: 131_072))
      peer.session.consumed(StreamID(1), 131_072, now: peer.now + .seconds(60))
    }
    #expect(peer.headers() == [header(.windowUpdate, [], 1, 262_144)])
  }

  @Test("Zero-length data frames with SYN, ACK, FIN and RST are understood (py-libp2p up to 0.6)")
  func pyFlags() throws {
    var server = Peer(.server)
    try server.receive(.data, .syn, 1)
    try server.receive(.data, [], 1, payload: [1])
    try server.receive(.data, .fin, 1)
    try server.receive(.data, .syn, 3)
    try server.receive(.data, .rst, 3)
    #expect(server.events() == ["opened 1", "data 1 1", "fin 1", "opened 3", "reset 3"])

    var client = Peer(.client)
    let stream = try client.open()
    try client.receive(.data, .ack, stream.rawValue)
    #expect(client.events() == ["acknowledged 1"])
    #expect(client.session.unacknowledgedCount == 0)
  }

  @Test("Flags together, and payload in flagged frames, are understood (go, rust, js)")
  func combinedFlags() throws {
    var server = Peer(.server)
    try server.receive(.data, [.syn, .fin], 1, payload: [1, 2])
    #expect(server.events() == ["opened 1", "data 1 2", "fin 1"])
    try server.receive(.windowUpdate, [.syn, .ack], 3, length: 1_000_000)
    #expect(try server.send(StreamID(3), [UInt8](repeating: 0, count: 262_144)) == 262_144)
    try server.receive(.windowUpdate, [.syn, .rst], 5)
    try server.receive(.windowUpdate, [.syn, .fin], 7)
    #expect(server.events() == ["opened 3", "opened 7", "fin 7"])
    #expect(server.session.streamCount == 3)

    var client = Peer(.client)
    _ = try client.open()
    try client.receive(.data, [.ack, .fin], 1, payload: [9])
    #expect(client.events() == ["acknowledged 1", "data 1 1", "fin 1"])
    _ = try client.open()
    try client.receive(.windowUpdate, [.ack, .rst], 3)
    #expect(client.events() == ["reset 3"])
    #expect(client.session.unacknowledgedCount == 0)
  }
}
