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

  @Test("are dialled again after each failure, later and later, for ever", arguments: [false, true])
  func again(isAlone: Bool) throws {
    var random = SplitMix64(seed: 7)
    var wanted = WantedPeers([try Multiaddr("/ip4/127.0.0.1/tcp/1")], now: start)
    if !isAlone { wanted.connected(try peer(9), at: start) }
    var now = start
    var told = 0
    for attempt in 0..<1_000 {
      let dials = wanted.due(at: now)
      #expect(dials.count == 1, "attempt \(attempt)")
      let (wait, isWorthTelling) = try #require(wanted.failed(0, at: now, using: &random))
      if isWorthTelling { told += 1 }
      #expect(wanted.due(at: now).isEmpty)
      #expect(wait <= .seconds(isAlone ? 5 : 30) && wait >= .milliseconds(500))
      if attempt > 8 { #expect(wait >= (isAlone ? .milliseconds(2_500) : .seconds(15))) }
      now = try #require(wanted.nextDeadline)
    }
    // The first ones, and then some: a log of a month must not be full of them.
    #expect(told == 24)
  }

  @Test("are all dialled within a second when the network has changed, spread out")
  func changedNetwork() throws {
    var random = SplitMix64(seed: 17)
    let addresses = try (1...100).map { try Multiaddr("/ip4/127.0.0.1/tcp/\($0)") }
    var wanted = WantedPeers(addresses, now: start)
    wanted.connected(try peer(9), at: start)
    var now = start
    for _ in 0..<12 {
      for dial in wanted.due(at: now) { _ = wanted.failed(dial.index, at: now, using: &random) }
      now = now + .seconds(30)
    }
    for dial in wanted.due(at: now) { _ = wanted.failed(dial.index, at: now, using: &random) }
    #expect(wanted.due(at: now + .seconds(2)).isEmpty)
    wanted.dialSoon(at: now, using: &random)
    let tenths = (1...10).map { wanted.due(at: now + .milliseconds(Int64($0) * 100)).count }
    #expect(tenths.reduce(0, +) == 100)
    #expect(tenths.allSatisfy { (1...25).contains($0) }, "\(tenths)")
  }

  @Test("wait no longer than somebody alone does, once the last connection is gone")
  func lastGone() throws {
    var random = SplitMix64(seed: 18)
    let (friend, other) = (try peer(1), try Multiaddr("/ip4/127.0.0.1/tcp/2"))
    var wanted = WantedPeers([other], now: start)
    wanted.connected(friend, at: start)
    var now = start
    for _ in 0..<12 {
      for dial in wanted.due(at: now) { _ = wanted.failed(dial.index, at: now, using: &random) }
      now = try #require(wanted.nextDeadline)
    }
    _ = wanted.due(at: now)
    let wait = try #require(wanted.failed(0, at: now, using: &random)).wait
    #expect(wait >= .seconds(15))
    wanted.disconnected(friend, at: now, using: &random)
    #expect(try #require(wanted.nextDeadline) <= now + .seconds(5))
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
    #expect(schedule.finished(peer, isUnanswered: false, at: start + .seconds(61)) == .news)
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
    #expect(schedule.finished(peer, isUnanswered: true, at: start) == .stale)
    #expect(schedule.nextDeadline == nil)
  }

  @Test("counts a connection as dead when two pings in a row have no answer; another failure says nothing of the line")
  func dead() throws {
    let peer = try peer(1)
    var schedule = PingSchedule(interval: .seconds(5))
    schedule.connected(peer, at: start)
    var now = start
    func ping(_ isUnanswered: Bool) -> PingSchedule.Outcome {
      now = now + .seconds(5)
      #expect(schedule.due(at: now) == [peer])
      return schedule.finished(peer, isUnanswered: isUnanswered, at: now)
    }
    #expect(ping(true) == .news)
    #expect(ping(false) == .news)
    #expect(ping(true) == .news)
    #expect(ping(true) == .dead)
  }

  @Test("asks everybody at once when the network has changed")
  func probe() throws {
    let (a, b) = (try peer(1), try peer(2))
    var schedule = PingSchedule(interval: .seconds(5))
    for peer in [a, b] { schedule.connected(peer, at: start) }
    _ = schedule.due(at: start)
    _ = schedule.finished(a, isUnanswered: false, at: start)
    #expect(schedule.probeAll(at: start + .seconds(1)) == [a, b])
    // One is being pinged already.
    #expect(schedule.due(at: start + .seconds(1)) == [a])
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
