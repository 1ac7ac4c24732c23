import NIOCore
import TestSupport
import Testing

@testable import Yamux

@Suite("Random Yamux input")
struct FuzzTests {
  /// Gives a session bytes in random pieces, reacts as an application might, and checks that it stays consistent.
  private func run(_ bytes: ByteBuffer, _ random: inout SplitMix64) {
    var bytes = bytes
    var peer = Peer(Bool.random(using: &random) ? .client : .server)
    for _ in 0..<3 { _ = try? peer.open() }
    while bytes.readableBytes > 0 {
      let count = Int.random(in: 1...2_000, using: &random)
      guard var piece = bytes.readSlice(length: min(count, bytes.readableBytes)) else { return }
      do {
        try peer.session.receive(&piece, now: peer.now, into: &peer.actions)
      } catch {
        #expect(peer.session.failure == error)
        #expect(peer.headers().map(\.type) == [.goAway])
        return
      }
      #expect(piece.readableBytes == 0)
      peer.advance(.milliseconds(Int64.random(in: 0...100, using: &random)))
      for action in peer.actions { react(to: action, &peer, &random) }
      peer.actions.removeAll()
      if Int.random(in: 0..<3, using: &random) == 0 { _ = peer.frames() }
      let inbound = peer.session.streams.keys.filter { !peer.session.role.owns($0) }
      #expect(inbound.count == peer.session.inboundStreamCount)
      let waiting = peer.session.streams.values.filter(\.awaitsAcknowledgement)
      #expect(waiting.count == peer.session.unacknowledgedCount)
      #expect(peer.session.streams.values.filter { $0.released != nil }.count == peer.session.releasedCount)
      #expect(peer.session.streams.values.reduce(0) { $0 + $1.receiveWindow.grown } == peer.session.grown)
    }
  }

  private func react(to action: YamuxSession.Action, _ peer: inout Peer, _ random: inout SplitMix64) {
    switch action {
    case .streamOpened(let stream):
      _ = try? peer.send(stream, [1, 2, 3])
    case .data(let stream, let bytes):
      peer.session.consumed(stream, bytes.readableBytes, now: peer.now)
    case .remoteClosedWrite(let stream), .windowOpened(let stream), .acknowledged(let stream):
      switch Int.random(in: 0..<4, using: &random) {
      case 0: peer.session.reset(stream)
      case 1: peer.session.close(stream, now: peer.now)
      case 2: _ = try? peer.session.closeWrite(stream)
      default: _ = try? peer.send(stream, [UInt8](repeating: 0, count: 300_000))
      }
    default: break
    }
  }

  @Test("Random bytes end the session or are taken, and never trap", arguments: 0..<200)
  func randomBytes(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    let bytes = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
    run(ByteBuffer(bytes: bytes), &random)
  }

  @Test("Random valid headers end the session or are taken, and never trap", arguments: 0..<200)
  func randomHeaders(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed) &+ 1_000)
    run(session(&random), &random)
  }

  @Test("Sessions with flipped, lost and doubled bytes never trap", arguments: 0..<200)
  func mutations(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed) &+ 2_000)
    var bytes = Array(session(&random).readableBytesView)
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let position = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.remove(at: position)
      default: bytes.insert(bytes[position], at: position)
      }
    }
    run(ByteBuffer(bytes: bytes), &random)
  }

  /// Frames with plausible fields in an implausible order.
  private func session(_ random: inout SplitMix64) -> ByteBuffer {
    var bytes = ByteBuffer()
    let sizes: [UInt32] = [0, 0, 1, 1, 7, 100, 70_000, 262_144, .max]
    let flags: [FrameFlags] = [[], [], [], .syn, .syn, .ack, .fin, .rst, [.syn, .fin], [.ack, .fin], [.syn, .rst]]
    for _ in 0..<200 {
      let stream = UInt32.random(in: 1...12, using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let flags: FrameFlags = Bool.random(using: &random) ? .syn : .ack
        header(.ping, flags, 0, .random(in: 0...3, using: &random)).write(into: &bytes)
      case 1 where Int.random(in: 0..<20, using: &random) == 0: header(.goAway, [], 0, stream).write(into: &bytes)
      case 2..<10:
        let size = sizes.randomElement(using: &random) ?? 0
        header(.windowUpdate, flags.randomElement(using: &random) ?? [], stream, size).write(into: &bytes)
      default:
        let size = Int.random(in: 0..<50, using: &random) == 0 ? 70_000 : Int.random(in: 0...50, using: &random)
        header(.data, flags.randomElement(using: &random) ?? [], stream, UInt32(size)).write(into: &bytes)
        bytes.writeRepeatingByte(UInt8(stream), count: size)
      }
    }
    return bytes
  }
}
