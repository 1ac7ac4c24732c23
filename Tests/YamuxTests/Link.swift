import Limits
import NIOCore
import TestSupport
import Testing

@testable import Yamux

/// One stream as the application at one end sees it: it checks that what arrives is exactly what was sent.
struct Endpoint {
  /// Bytes that `send` took so far.
  var sent = 0
  /// Bytes that wait for the window.
  var pending = 0
  /// `send` took less than it was given: nothing more is offered until `.windowOpened`.
  var isBlocked = false
  var wantsFIN = false
  var sentFIN = false
  var received = 0
  var unconsumed = 0
  var gotFIN = false
}

/// What every stream carries: a sequence with a period that divides no frame size, shifted by the stream's number,
/// so that a byte at a wrong place shows.
enum Pattern {
  private static let period = 251
  private static let table = ByteBuffer(bytes: (0..<(131_072 + period)).map { UInt8($0 % period) })

  static func slice(_ stream: StreamID, _ role: Role, at position: Int, length: Int) -> ByteBuffer {
    let shift = Int(stream.rawValue % 97) * 13 + (role == .client ? 0 : 101)
    return table.getSlice(at: (position + shift) % period, length: length) ?? ByteBuffer()
  }
}

/// One side of a connection: a session, its applications, and the bytes on their way to it.
struct End {
  var session: YamuxSession
  var endpoints: [StreamID: Endpoint] = [:]
  /// Endpoints of streams that have ended in good order.
  var finished: [StreamID: Endpoint] = [:]
  var incoming = ByteBuffer()
  var mostUnconsumed = 0
  var role: Role { session.role }

  /// The ids of live streams in a fixed order, so that a seed decides everything.
  var live: [StreamID] { endpoints.keys.sorted() }

  mutating func perform(_ actions: [YamuxSession.Action]) {
    for action in actions {
      switch action {
      case .streamOpened(let stream): endpoints[stream] = Endpoint()
      case .data(let stream, let bytes): deliver(bytes, to: stream)
      case .remoteClosedWrite(let stream): endpoints[stream]?.gotFIN = true
      case .windowOpened(let stream): endpoints[stream]?.isBlocked = false
      case .closed(let stream): finished[stream] = endpoints.removeValue(forKey: stream)
      case .reset(let stream): endpoints[stream] = nil
      case .acknowledged, .pong, .goAway: break
      }
    }
  }

  private mutating func deliver(_ bytes: ByteBuffer, to stream: StreamID) {
    guard var endpoint = endpoints[stream] else {
      Issue.record("data for stream \(stream), which has ended")
      return
    }
    let other: Role = role == .client ? .server : .client
    let expected = Pattern.slice(stream, other, at: endpoint.received, length: bytes.readableBytes)
    #expect(expected == bytes, "stream \(stream) at \(endpoint.received)")
    #expect(!endpoint.gotFIN)
    endpoint.received += bytes.readableBytes
    endpoint.unconsumed += bytes.readableBytes
    mostUnconsumed = max(mostUnconsumed, endpoint.unconsumed)
    endpoints[stream] = endpoint
  }

  /// Offers what an endpoint has pending, and its FIN after that.
  mutating func write(_ stream: StreamID) throws {
    guard var endpoint = endpoints[stream], !endpoint.sentFIN else { return }
    while endpoint.pending > 0, !endpoint.isBlocked {
      let length = min(endpoint.pending, 131_072)
      var bytes = Pattern.slice(stream, role, at: endpoint.sent, length: length)
      let taken = try session.send(stream, &bytes)
      #expect(bytes.readableBytes == length - taken)
      endpoint.sent += taken
      endpoint.pending -= taken
      endpoint.isBlocked = taken < length
    }
    if endpoint.wantsFIN, endpoint.pending == 0 {
      endpoint.sentFIN = true
      if try session.closeWrite(stream) {
        endpoints[stream] = nil
        finished[stream] = endpoint
        return
      }
    }
    endpoints[stream] = endpoint
  }

  mutating func consume(_ stream: StreamID, _ count: Int, now: NIODeadline) {
    guard let unconsumed = endpoints[stream]?.unconsumed else { return }
    let count = min(count, unconsumed)
    endpoints[stream]?.unconsumed = unconsumed - count
    session.consumed(stream, count, now: now)
  }
}

/// Two sessions and the wire between them, which splits and delays bytes as a seed says.
struct Link {
  var ends: [End]
  var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  var random: SplitMix64

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    ends = [End(session: YamuxSession(role: .client, now: now)), End(session: YamuxSession(role: .server, now: now))]
  }

  /// Moves frames of one end, up to `limit` bytes, onto the wire.
  mutating func drain(_ end: Int, upTo limit: Int = .max) {
    var frames: [OutboundFrame] = []
    var actions: [YamuxSession.Action] = []
    ends[end].session.drainOutbound(upTo: limit, now: now, into: &frames, actions: &actions)
    for frame in frames {
      #expect(frame.encodedLength <= Limits.Noise.plaintext)
      frame.write(into: &ends[1 - end].incoming)
    }
    ends[end].perform(actions)
  }

  /// Gives one end up to `count` of the bytes on their way to it.
  mutating func deliver(_ end: Int, _ count: Int) throws {
    guard var bytes = ends[end].incoming.readSlice(length: min(count, ends[end].incoming.readableBytes)) else { return }
    ends[end].incoming.discardReadBytes()
    var actions: [YamuxSession.Action] = []
    try ends[end].session.receive(&bytes, now: now, into: &actions)
    #expect(bytes.readableBytes == 0)
    ends[end].perform(actions)
  }

  /// Lets everything come to an end: all is written, read and closed.
  mutating func finish() throws {
    for _ in 0..<10_000 {
      now = now + .milliseconds(10)
      for end in 0...1 { try ends[end].session.tick(now: now) }
      for end in 0...1 {
        for stream in ends[end].live {
          ends[end].endpoints[stream]?.wantsFIN = true
          ends[end].consume(stream, .max, now: now)
          try ends[end].write(stream)
        }
        drain(end)
      }
      for end in 0...1 { try deliver(end, .max) }
      let isAtRest = ends.allSatisfy {
        $0.endpoints.isEmpty && $0.incoming.readableBytes == 0 && !$0.session.hasOutbound
      }
      if isAtRest { return }
    }
    Issue.record("the sessions did not come to rest")
  }
}
