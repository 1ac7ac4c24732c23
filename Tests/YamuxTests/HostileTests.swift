import Limits
import NIOCore
import Testing

@testable import Yamux

@Suite("Hostile Yamux input (libp2p.md 3.5, cases 24 to 32)")
struct HostileTests {
  private let one = StreamID(1)

  /// The session must have ended with this error, and all that it still says is the GoAway.
  private func expectEnd(_ peer: inout Peer, _ error: YamuxError) {
    #expect(peer.session.failure == error)
    #expect(peer.headers() == [header(.goAway, [], 0, 1)])
  }

  @Test(
    "A first frame larger than the window is refused before there is a stream (case 24, CVE-2026-32314)",
    arguments: [262_145, .max] as [UInt32])
  func oversizedSYN(length: UInt32) {
    var peer = Peer()
    let error = YamuxError.windowExceeded(one, length: length, window: 262_144)
    #expect(throws: error) { try peer.receive(.data, .syn, 1, length: length) }
    #expect(peer.events().isEmpty)
    #expect(peer.session.streamCount == 0)
    expectEnd(&peer, error)
  }

  @Test("A first frame as large as the window is taken, in pieces as it comes")
  func largestSYN() throws {
    var peer = Peer()
    try peer.receive(.data, .syn, 1, length: 262_144)
    try peer.receive([1, 2, 3])
    #expect(peer.events() == ["opened 1", "data 1 3"])
  }

  @Test("A length of 2³²−1 on an open or a forgotten stream allocates nothing (case 24)")
  func hugeLength() throws {
    var peer = Peer()
    try peer.receive(.data, .syn, 1)
    try peer.receive(.data, .rst, 1)
    try peer.receive(.data, [], 1, length: .max)
    try peer.receive([UInt8](repeating: 0, count: 1_000))
    #expect(peer.events() == ["opened 1", "reset 1"])

    peer = Peer()
    try peer.receive(.data, .syn, 1)
    let error = YamuxError.windowExceeded(one, length: .max, window: 262_144)
    #expect(throws: error) { try peer.receive(.data, [], 1, length: .max) }
    expectEnd(&peer, error)
  }

  @Test("A window update past 2³² ends the session, on SYN and later (case 25, CVE-2026-31814)")
  func windowOverflow() throws {
    var peer = Peer()
    let onSYN = YamuxError.windowOverflow(one, delta: 0xFFFF_0000)
    #expect(throws: onSYN) { try peer.receive(.windowUpdate, .syn, 1, length: 0xFFFF_0000) }
    #expect(peer.session.streamCount == 0)
    expectEnd(&peer, onSYN)

    peer = Peer()
    try peer.receive(.windowUpdate, .syn, 1)
    try peer.receive(.windowUpdate, [], 1, length: 0x8000_0000)
    _ = peer.frames()
    let later = YamuxError.windowOverflow(one, delta: 0x8000_0000)
    #expect(throws: later) { try peer.receive(.windowUpdate, [], 1, length: 0x8000_0000) }
    expectEnd(&peer, later)
  }

  @Test("A flood of frames without effect ends the session; a few now and then do not (case 25)")
  func uselessFlood() throws {
    var peer = Peer()
    try peer.receive(.windowUpdate, .syn, 1)
    for _ in 0..<Limits.Yamux.uselessFrames { try peer.receive(.windowUpdate, [], 1) }
    #expect(throws: YamuxError.tooManyUselessFrames) { try peer.receive(.data, [], 1) }
    expectEnd(&peer, .tooManyUselessFrames)

    peer = Peer()
    try peer.receive(.windowUpdate, .syn, 1)
    for _ in 0..<(4 * Limits.Yamux.uselessFrames) {
      peer.advance(.milliseconds(20))
      try peer.receive(.windowUpdate, [], 1)
    }
    #expect(peer.session.failure == nil)
  }

  @Test("Stream frames for stream 0 are a protocol error (case 26)", arguments: [FrameType.data, .windowUpdate])
  func streamZero(type: FrameType) {
    var peer = Peer()
    #expect(throws: YamuxError.streamFrameOnSession(type)) { try peer.receive(type, .syn, 0) }
    expectEnd(&peer, .streamFrameOnSession(type))
  }

  @Test("Pings and go-aways for a stream are a protocol error", arguments: [FrameType.ping, .goAway])
  func sessionFrames(type: FrameType) {
    var peer = Peer()
    #expect(throws: YamuxError.sessionFrameOnStream(type, one)) { try peer.receive(type, .syn, 1) }
  }

  @Test("A stream number of our own side is a protocol error (case 26)")
  func parity() {
    var server = Peer(.server)
    #expect(throws: YamuxError.wrongParity(StreamID(2))) { try server.receive(.windowUpdate, .syn, 2) }
    expectEnd(&server, .wrongParity(StreamID(2)))
    var client = Peer(.client)
    #expect(throws: YamuxError.wrongParity(one)) { try client.receive(.data, .syn, 1) }
  }

  @Test("SYN on an open stream, and on one that was open, is a protocol error (case 26)")
  func reuse() throws {
    var peer = Peer()
    try peer.receive(.windowUpdate, .syn, 1)
    #expect(throws: YamuxError.streamReused(one)) { try peer.receive(.data, .syn, 1) }
    expectEnd(&peer, .streamReused(one))

    peer = Peer()
    try peer.receive(.windowUpdate, .syn, 1)
    peer.session.reset(one)
    #expect(throws: YamuxError.streamReused(one)) { try peer.receive(.data, .syn, 1) }

    peer = Peer()
    try peer.receive(.windowUpdate, [.syn, .rst], 1)
    #expect(throws: YamuxError.streamReused(one)) { try peer.receive(.data, .syn, 1) }
  }

  @Test("Streams may be opened out of order")
  func outOfOrder() throws {
    var peer = Peer()
    for stream in [5, 1, 3, 9, 7] as [UInt32] { try peer.receive(.windowUpdate, .syn, stream) }
    #expect(peer.events() == ["opened 5", "opened 1", "opened 3", "opened 9", "opened 7"])
  }

  @Test("Frames of streams that never were are ignored, answered by nothing, and counted (case 27)")
  func neverOpened() throws {
    var peer = Peer()
    for stream in [1, 2, 0x7FFF_FFFF, .max] as [UInt32] {
      for flags in [[], .ack, .fin, .rst, [.fin, .ack]] as [FrameFlags] {
        try peer.receive(.windowUpdate, flags, stream, length: .max)
        try peer.receive(.data, flags, stream, payload: [1, 2, 3])
      }
    }
    #expect(peer.events().isEmpty)
    #expect(peer.headers().isEmpty)
    #expect(throws: YamuxError.tooManyUselessFrames) {
      for _ in 0...Limits.Yamux.uselessFrames { try peer.receive(.data, [], 99, payload: [1]) }
    }
  }

  @Test("Late frames of streams that were are ignored without end, as py sends an update for every read")
  func lateFrames() throws {
    var peer = Peer(.client)
    for round in 0..<3_000 {
      let stream = try peer.open()
      if round == 0 { #expect(stream == one) }
      peer.session.reset(stream)
      try peer.receive(.windowUpdate, .ack, stream.rawValue, length: 1)
      try peer.receive(.data, [], 1, payload: [1, 2])
      try peer.receive(.windowUpdate, .fin, 1)
      #expect(peer.headers().count == 2)
    }
    #expect(peer.events().isEmpty)
  }

  @Test("Streams beyond the cap are reset, memory stays flat, and an honest stream goes on (case 28)")
  func streamFlood() throws {
    var peer = Peer()
    for number in 0..<5_000 as Range<UInt32> {
      try peer.receive(.data, .syn, 1 + 2 * number, payload: [1])
      if number % 500 == 0 { _ = peer.frames() }
    }
    #expect(peer.session.streamCount == Limits.Yamux.inboundStreams)
    #expect(peer.session.refusedStreamCount == 5_000 - Limits.Yamux.inboundStreams)
    _ = peer.frames()
    peer.actions.removeAll()
    try peer.receive(.data, [], 1, payload: [1, 2, 3])
    #expect(peer.events() == ["data 1 3"])
    peer.session.reset(one)
    try peer.receive(.windowUpdate, .syn, 20_001)
    #expect(peer.events() == ["opened 20001"])
  }

  @Test("Pings whose answers are not read end the session at the bound (case 29, CVE-2024-32984)")
  func pingFlood() throws {
    var peer = Peer()
    for value in 0..<UInt32(Limits.Yamux.pendingControlFrames) {
      try peer.receive(.ping, .syn, 0, length: value)
    }
    let error = YamuxError.tooManyPendingFrames(Limits.Yamux.pendingControlFrames + 1)
    #expect(throws: error) { try peer.receive(.ping, .syn, 0) }
    expectEnd(&peer, error)
  }

  @Test("Pings whose answers are read are answered for as long as they come")
  func manyPings() throws {
    var peer = Peer()
    for value in 0..<10_000 as Range<UInt32> {
      try peer.receive(.ping, .syn, 0, length: value)
      if value % 1_000 == 999 { #expect(peer.headers().count == 1_000) }
    }
  }

  @Test("Streams opened and reset by the peer, with answers that are not read, end the session")
  func openResetFlood() {
    var peer = Peer()
    #expect(throws: YamuxError.tooManyPendingFrames(Limits.Yamux.pendingControlFrames + 1)) {
      for number in 0..<10_000 as Range<UInt32> {
        try peer.receive(.windowUpdate, .syn, 1 + 2 * number)
        try peer.receive(.data, .rst, 1 + 2 * number)
      }
    }
  }

  @Test("A body that exceeds the window by one byte ends the session (case 30)")
  func windowExceeded() throws {
    var peer = Peer()
    try peer.receive(.data, .syn, 1, payload: [UInt8](repeating: 0, count: 262_143))
    try peer.receive(.data, [], 1, payload: [1])
    _ = peer.frames()
    let error = YamuxError.windowExceeded(one, length: 1, window: 0)
    #expect(throws: error) { try peer.receive(.data, [], 1, length: 1) }
    expectEnd(&peer, error)
  }

  @Test("A million data frames of one byte leave nothing behind in the session (case 32)")
  func tinyFrames() throws {
    var peer = Peer()
    try peer.receive(.data, .syn, 1)
    var frames = ByteBuffer()
    for _ in 0..<4_000 {
      header(.data, [], 1, 1).write(into: &frames)
      frames.writeInteger(UInt8(7))
    }
    for _ in 0..<25 {
      var copy = frames
      try peer.session.receive(&copy, now: peer.now, into: &peer.actions)
      #expect(peer.actions.count <= 4_001)
      peer.actions.removeAll(keepingCapacity: true)
      peer.session.consumed(one, 4_000, now: peer.now)
      _ = peer.frames()
    }
    #expect(peer.session.streamCount == 1 && !peer.session.hasOutbound)
  }

  @Test("No more than the allowed number of our streams wait for acknowledgement")
  func unacknowledged() throws {
    var peer = Peer(.client)
    for _ in 0..<Limits.Yamux.unacknowledged { _ = try peer.open() }
    #expect(throws: StreamError.tooManyUnacknowledged) { try peer.open() }
    try peer.receive(.windowUpdate, .ack, 1)
    _ = try peer.open()
    #expect(throws: StreamError.tooManyUnacknowledged) { try peer.open() }
    peer.session.reset(StreamID(3))
    _ = try peer.open()
  }

  @Test("When all stream numbers are used, opening one is an error", arguments: [Role.client, .server])
  func exhausted(role: Role) throws {
    var peer = Peer(role)
    let last: UInt32 = role == .client ? .max : .max - 1
    peer.session.nextStream = StreamID(last)
    #expect(try peer.open() == StreamID(last))
    #expect(throws: StreamError.identifiersExhausted) { try peer.open() }
    try peer.receive(.windowUpdate, .ack, last)
    try peer.receive(.data, .rst, last)
    try peer.receive(.data, [], last, payload: [1])
    #expect(peer.events() == ["acknowledged \(last)", "reset \(last)"])
  }

  @Test("GoAway codes of any number are reported once")
  func goAways() throws {
    var peer = Peer()
    for code in [0x1005, 0, 1, .max] as [UInt32] { try peer.receive(.goAway, [], 0, length: code) }
    #expect(peer.events() == ["goaway 4101"])
    #expect(peer.session.remoteGoAway == GoAwayCode(0x1005))
  }

  @Test("What happened before the error in one read is still reported")
  func actionsBeforeError() {
    var peer = Peer()
    let bytes = encoded(header(.data, .syn, 1, 1)) + [5] + [7, 7, 7, 7] + encoded(header(.ping, .syn, 0))
    #expect(throws: YamuxError.unsupportedVersion(7)) { try peer.receive(bytes) }
    #expect(peer.events() == ["opened 1", "data 1 1"])
  }
}
