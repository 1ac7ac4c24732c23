import Identity
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Wanted peers")
struct WantedPeersTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test("are all dialled at once, equal addresses once")
  func first() throws {
    let address = try Multiaddr("/ip4/127.0.0.1/tcp/1")
    var wanted = WantedPeers([address, try Multiaddr("/ip4/127.0.0.1/tcp/2"), address], now: start)
    #expect(wanted.nextDeadline == start)
    let dials = wanted.due(at: start)
    #expect(dials.map(\.address.description) == ["/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2"])
    #expect(wanted.due(at: start + .hours(1)).isEmpty)
    #expect(wanted.nextDeadline == nil)
  }

  @Test("are dialled again after each failure, later and later, for ever")
  func again() throws {
    var random = SplitMix64(seed: 7)
    var wanted = WantedPeers([try Multiaddr("/ip4/127.0.0.1/tcp/1")], now: start)
    var now = start
    for attempt in 0..<1_000 {
      let dials = wanted.due(at: now)
      #expect(dials.count == 1, "attempt \(attempt)")
      let wait = try #require(wanted.failed(0, at: now, using: &random))
      #expect(wanted.due(at: now).isEmpty)
      #expect(wait <= .seconds(30) && wait >= .milliseconds(500))
      if attempt > 8 { #expect(wait >= .seconds(15)) }
      now = try #require(wanted.nextDeadline)
    }
  }

  @Test("are left in peace while they are connected, and dialled again when the connection is gone")
  func connected() throws {
    var random = SplitMix64(seed: 8)
    let peer = try peer(1)
    var wanted = WantedPeers([try Multiaddr("/ip4/127.0.0.1/tcp/1")], now: start)
    _ = wanted.due(at: start)
    wanted.connected(peer, at: start)
    #expect(wanted.succeeded(0, peer: peer, at: start, using: &random) == nil)
    #expect(wanted.connectedCount == 1)
    #expect(wanted.due(at: start + .hours(9)).isEmpty)
    let lost = start + .hours(10)
    wanted.disconnected(peer, at: lost, using: &random)
    #expect(wanted.connectedCount == 0)
    let next = try #require(wanted.nextDeadline)
    #expect(next > lost && next <= lost + .seconds(1))
    #expect(wanted.due(at: next).count == 1)
  }

  @Test("are not dialled when they have come in by themselves")
  func inbound() throws {
    var random = SplitMix64(seed: 9)
    let peer = try peer(1)
    let address = try Multiaddr("/ip4/127.0.0.1/tcp/1/p2p/\(peer)")
    var wanted = WantedPeers([address], now: start)
    wanted.connected(peer, at: start)
    #expect(wanted.due(at: start).isEmpty)
    #expect(wanted.connectedCount == 1)
    // The same while it waits after a failure.
    var other = WantedPeers([address], now: start)
    _ = other.due(at: start)
    _ = other.failed(0, at: start, using: &random)
    other.connected(peer, at: start)
    #expect(other.nextDeadline == nil)
    // And a dial that fails because the peer came in meanwhile is no failure.
    var crossing = WantedPeers([address], now: start)
    _ = crossing.due(at: start)
    crossing.connected(peer, at: start)
    #expect(crossing.failed(0, at: start, using: &random) == nil)
    #expect(crossing.connectedCount == 1)
  }

  @Test("may be another peer than last time where the address has no id, and are then left in peace as that one")
  func newIdentity() throws {
    var random = SplitMix64(seed: 11)
    let (old, new) = (try peer(1), try peer(2))
    var wanted = WantedPeers([try Multiaddr("/ip4/127.0.0.1/tcp/1")], now: start)
    for peer in [old, new] {
      let now = try #require(wanted.nextDeadline)
      #expect(wanted.due(at: now).count == 1)
      wanted.connected(peer, at: now)
      #expect(wanted.succeeded(0, peer: peer, at: now, using: &random) == nil)
      wanted.disconnected(peer, at: now, using: &random)
    }
    wanted.connected(new, at: start)
    #expect(wanted.connectedCount == 1 && wanted.nextDeadline == nil)
  }

  @Test("wait, when the connection is gone before the dial says that it stands")
  func shortLived() throws {
    var random = SplitMix64(seed: 10)
    let peer = try peer(1)
    var wanted = WantedPeers([try Multiaddr("/ip4/127.0.0.1/tcp/1")], now: start)
    _ = wanted.due(at: start)
    wanted.connected(peer, at: start)
    wanted.disconnected(peer, at: start, using: &random)
    #expect(wanted.succeeded(0, peer: peer, at: start, using: &random) != nil)
    #expect(wanted.nextDeadline != nil)
  }

  @Test("take answers about dials that they do not know, without trapping")
  func unknown() throws {
    var random = SplitMix64(seed: 11)
    var wanted = WantedPeers([], now: start)
    #expect(wanted.failed(3, at: start, using: &random) == nil)
    #expect(wanted.succeeded(-1, peer: try peer(1), at: start, using: &random) == nil)
    #expect(wanted.nextDeadline == nil)
  }
}

@Suite("The schedule of pings")
struct PingScheduleTests {
  private let start = NIODeadline.uptimeNanoseconds(0)

  @Test("pings at once, then an interval after each answer, never two at a time")
  func sequence() throws {
    let peer = try peer(1)
    var schedule = PingSchedule(interval: .seconds(5))
    schedule.connected(peer, at: start)
    #expect(schedule.due(at: start) == [peer])
    #expect(schedule.due(at: start + .seconds(60)) == [])
    #expect(schedule.nextDeadline == nil)
    #expect(schedule.finished(peer, at: start + .seconds(61)) == true)
    #expect(schedule.nextDeadline == start + .seconds(66))
    #expect(schedule.due(at: start + .seconds(65)) == [])
    #expect(schedule.due(at: start + .seconds(66)) == [peer])
  }

  @Test("forgets a peer that is gone, and its late answer")
  func gone() throws {
    let peer = try peer(1)
    var schedule = PingSchedule(interval: .seconds(5))
    schedule.connected(peer, at: start)
    _ = schedule.due(at: start)
    schedule.disconnected(peer)
    #expect(schedule.finished(peer, at: start) == false)
    #expect(schedule.nextDeadline == nil)
  }
}

@Suite("A chat message")
struct ChatMessageTests {
  @Test("has valid text of a bounded length, and keeps its bytes")
  func text() throws {
    let bytes = ByteBuffer(bytes: [0x68, 0x69, 0xFF])
    let message = ChatMessage(id: [1], from: try peer(1), data: bytes, room: "r", receivedNanos: 5)
    #expect(message.text == "hi\u{FFFD}")
    #expect(!message.isUTF8 && !message.truncated)
    #expect(message.data == bytes)
    let long = ChatMessage(
      id: [1], from: try peer(1), data: ByteBuffer(string: String(repeating: "ä", count: 40_000)), room: "r",
      receivedNanos: 5)
    #expect(long.text.utf8.count == 4_096)
    #expect(long.truncated && long.isUTF8)
  }
}

/// A peer id made of a hash; the number tells them apart.
func peer(_ number: UInt8) throws -> PeerID {
  try PeerID(bytes: [0x12, 0x20] + [UInt8](repeating: number, count: 32))
}
