import Limits
import NIOCore
import Testing

@testable import Yamux

@Suite("Yamux windows")
struct WindowTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  /// Lets a window be filled and read in halves, a half every `interval`, and returns its size after each.
  private func sizes(_ count: Int, interval: TimeAmount, roundTrip: TimeAmount?, growth: Int = .max / 2) -> [UInt32] {
    var window = ReceiveWindow(now: start)
    var now = start
    var growth = growth
    var sizes: [UInt32] = []
    for _ in 0..<count {
      now = now + interval
      let half = window.size / 2
      let fits = window.receive(half)
      let update = window.consume(Int(half), now: now, roundTrip: roundTrip, growth: &growth)
      #expect(fits && update != nil)
      #expect(window.granted == window.size)
      sizes.append(window.size)
    }
    return sizes
  }

  @Test("A window doubles each time that half of it is read within four round trips, up to its maximum")
  func growth() {
    let sizes = sizes(8, interval: .milliseconds(100), roundTrip: .milliseconds(30))
    #expect(sizes == [1, 2, 4, 8, 16, 32, 32, 32].map { 524_288 * $0 })
    #expect(sizes.last == Limits.Yamux.maximumWindow)
  }

  @Test("A window stays as it is for a slow sender, and while the round trip is not known")
  func noGrowth() {
    #expect(sizes(3, interval: .milliseconds(130), roundTrip: .milliseconds(30)) == [262_144, 262_144, 262_144])
    #expect(sizes(3, interval: .milliseconds(1), roundTrip: nil) == [262_144, 262_144, 262_144])
  }

  @Test("A window takes no more than what the connection has left")
  func budget() {
    let sizes = sizes(4, interval: .milliseconds(1), roundTrip: .milliseconds(30), growth: 1_000_000)
    #expect(sizes == [524_288, 1_048_576, 1_048_576, 1_048_576])
  }

  @Test("An update goes out when half of the window has been read, not when it has been received")
  func half() {
    var window = ReceiveWindow(now: start)
    var growth = 0
    let received = [window.receive(262_144), window.receive(1)]
    #expect(received == [true, false])
    let updates = [131_071, 1, 100].map { window.consume($0, now: start, roundTrip: nil, growth: &growth) }
    #expect(updates == [nil, 131_072, nil])
    let after = [window.receive(131_072), window.receive(1)]
    #expect(after == [true, false])
  }

  @Test("Reading more than was received is not believed")
  func overconsumption() {
    var window = ReceiveWindow(now: start)
    var growth = 0
    _ = window.receive(10)
    let updates = [.max, -1].map { window.consume($0, now: start, roundTrip: nil, growth: &growth) }
    #expect(updates == [nil, nil])
    #expect(window.unconsumed == 0 && window.granted == 262_134)
  }

  @Test("The windows of a connection grow to its bound together and give their growth back")
  func connectionBound() throws {
    var peer = Peer(.server)
    try peer.receive(.ping, .ack, 0, length: 0)
    // The first ping is not answered yet by the lines above: it left at the same instant.
    peer.session.ping(now: peer.now)
    let value = peer.headers().last?.length ?? 0
    peer.advance(.seconds(1))
    try peer.receive(.ping, .ack, 0, length: value)
    #expect(peer.session.roundTrip != nil)
    let streams = (0..<40).map { UInt32($0 * 2 + 1) }
    for stream in streams { try peer.receive(.windowUpdate, .syn, stream) }
    for _ in 0..<8 {
      for stream in streams {
        guard let size = peer.session.streams[StreamID(stream)]?.receiveWindow.size else { continue }
        try peer.receive(.data, [], stream, payload: [UInt8](repeating: 0, count: Int(size / 2)))
        peer.session.consumed(StreamID(stream), Int(size / 2), now: peer.now)
        peer.actions.removeAll()
        _ = peer.frames()
      }
    }
    let total = peer.session.streams.values.reduce(0) { $0 + Int($1.receiveWindow.size) }
    #expect(total <= Limits.Yamux.connectionWindow)
    #expect(total > Limits.Yamux.connectionWindow / 2)
    for stream in streams { peer.session.reset(StreamID(stream)) }
    #expect(peer.session.grown == 0)
  }

  @Test("send takes what the window allows, and windowOpened comes once when more is possible")
  func windowOpened() throws {
    var peer = Peer(.client)
    let stream = try peer.open()
    var taken = 0
    while taken < 256_000 {
      let now = try peer.send(stream, [UInt8](repeating: 0, count: 64_000))
      guard now > 0 else { break }
      taken += now
    }
    #expect(taken == 256_000)
    #expect(try peer.send(stream, [1]) == 0)
    _ = peer.frames()
    try peer.receive(.windowUpdate, .ack, 1)
    #expect(peer.events() == ["acknowledged 1"])
    try peer.receive(.windowUpdate, [], 1, length: 10)
    try peer.receive(.windowUpdate, [], 1, length: 10)
    #expect(peer.events() == ["window 1"])
    #expect(try peer.send(stream, [UInt8](repeating: 0, count: 100)) == 20)
  }

  @Test("One stream cannot fill the queue for the others, and is woken when it has drained")
  func fairness() throws {
    var peer = Peer(.client)
    let greedy = try peer.open()
    let modest = try peer.open()
    try peer.receive(.windowUpdate, [], greedy.rawValue, length: 8_000_000)
    _ = peer.events()
    #expect(try peer.send(greedy, [UInt8](repeating: 0, count: 1_000_000)) == Limits.Yamux.streamQueueBytes)
    #expect(try peer.send(modest, [1]) == 1)
    var frames: [OutboundFrame] = []
    peer.session.drainOutbound(upTo: 1, now: peer.now, into: &frames, actions: &peer.actions)
    #expect(frames.count == 1)
    #expect(peer.events().isEmpty)
    _ = peer.frames()
    #expect(peer.events() == ["window 1"])
    #expect(try peer.send(greedy, [UInt8](repeating: 0, count: 1_000_000)) == Limits.Yamux.streamQueueBytes)
  }

  @Test("All streams together queue no more than the connection's bound, and are woken in their order")
  func connectionQueue() throws {
    var peer = Peer(.client)
    let chunk = [UInt8](repeating: 0, count: 200_000)
    var streams: [StreamID] = []
    for _ in 0..<8 { streams.append(try peer.open()) }
    let taken = try streams.map { try peer.send($0, chunk) }
    #expect(taken.reduce(0, +) == Limits.Yamux.connectionQueueBytes)
    #expect(peer.session.queuedBytes == Limits.Yamux.connectionQueueBytes)
    #expect(taken.prefix(5).allSatisfy { $0 == 200_000 } && taken.suffix(2) == [0, 0])
    _ = peer.frames()
    #expect(peer.events() == ["window 11", "window 13", "window 15"])
  }

  @Test("A window is never taken past 32 bits (case 25)")
  func overflow() {
    var window = SendWindow()
    let first = [window.grant(UInt32.max - 262_144), window.grant(1)]
    #expect(first == [true, false])
    #expect(window.credit == .max)
    window.use(1_000)
    let second = [window.grant(1_000), window.grant(.max)]
    #expect(second == [true, false])
  }
}
