import Identity
import Limits
import NIOCore
import TestSupport
import Testing

@testable import Gossipsub

private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

@Suite struct SeenCacheTests {
  @Test("an id is new once, until its time is up; meeting it again does not prolong it")
  func lifetime() {
    var seen = SeenCache(lifetime: .seconds(120), capacity: 10)
    let times = [0, 119, 120].map { start + .seconds($0) }
    let isNew = times.map { seen.insert([1], now: $0) }
    #expect(isNew == [true, false, true])
    #expect(seen.contains([1]))
  }

  @Test("the cache is bounded: the oldest goes first")
  func capacity() {
    var seen = SeenCache(lifetime: .seconds(120), capacity: 100)
    for number in 0..<1_000 {
      seen.insert([UInt8(number & 0xFF), UInt8(number >> 8)], now: start)
      #expect(seen.count <= 100)
    }
    #expect(!seen.contains([0, 0]))
    #expect(seen.contains([UInt8(999 & 0xFF), UInt8(999 >> 8)]))
  }

  @Test("everything is forgotten in time, without a new id coming")
  func expiry() {
    var seen = SeenCache(lifetime: .seconds(120), capacity: 100)
    for number in 0..<50 { seen.insert([UInt8(number)], now: start + .seconds(Int64(number))) }
    seen.expire(now: start + .seconds(145))
    #expect(seen.count == 24)
    seen.expire(now: .distantFuture)
    #expect(seen.count == 0)
  }
}

@Suite struct MessageCacheTests {
  private func message(_ number: UInt64, topic: String = "t", size: Int = 5) throws -> Message {
    try .test(from: .test(1), number: number, data: Array(repeating: 0, count: size), topic: topic)
  }

  @Test("a message can be asked for during five heartbeats and is offered for three")
  func windows() throws {
    var cache = MessageCache(history: 5, gossip: 3, byteLimit: 1 << 20)
    let first = try message(1)
    cache.insert(first)
    for beat in 0..<5 {
      #expect(cache.message(first.id) != nil)
      #expect(cache.gossip(for: "t").contains(first.id) == (beat < 3))
      cache.shift()
    }
    #expect(cache.message(first.id) == nil)
    #expect(cache.count == 0)
    #expect(cache.bytes == 0)
  }

  @Test("offers are of one topic, the oldest first")
  func topics() throws {
    var cache = MessageCache(history: 5, gossip: 3, byteLimit: 1 << 20)
    let messages = try (0..<6).map { try message(UInt64($0), topic: $0 % 2 == 0 ? "even" : "odd") }
    for (number, message) in messages.enumerated() {
      cache.insert(message)
      if number == 2 { cache.shift() }
    }
    #expect(cache.gossip(for: "even") == [0, 2, 4].map { messages[$0].id })
    #expect(cache.gossip(for: "none").isEmpty)
  }

  @Test("the cache is bounded in bytes: the oldest go first")
  func bytes() throws {
    var cache = MessageCache(history: 5, gossip: 3, byteLimit: 20_000)
    for number in 0..<100 {
      cache.insert(try message(UInt64(number), size: 1_000))
      if number % 10 == 0 { cache.shift() }
      #expect(cache.bytes <= 20_000)
    }
    #expect(cache.message(try message(0).id) == nil)
    #expect(cache.message(try message(99).id) != nil)
    for _ in 0..<5 { cache.shift() }
    #expect(cache.bytes == 0)
  }

  @Test("a peer gets one message three times; what it asked for is forgotten with the message, or with the peer")
  func retransmission() throws {
    var cache = MessageCache(history: 2, gossip: 1, byteLimit: 1 << 20)
    let first = try message(1)
    cache.insert(first)
    for _ in 0..<3 { #expect(cache.retransmit(first.id, to: .test(5), limit: 3) != nil) }
    #expect(cache.retransmit(first.id, to: .test(5), limit: 3) == nil)
    #expect(cache.retransmit(first.id, to: .test(6), limit: 3) != nil)
    #expect(cache.retransmit([9, 9], to: .test(7), limit: 3) == nil)
    #expect(cache.askingPeers == 2)
    cache.forget(.test(6))
    #expect(cache.askingPeers == 1)
    cache.shift()
    cache.shift()
    #expect(cache.askingPeers == 0)
  }
}

@Suite struct BackoffTests {
  @Test("a pruned peer must wait; we wait a little longer than told")
  func waiting() {
    var backoff = Backoff(slack: .seconds(1))
    backoff.impose(on: .test(1), topic: "t", for: .seconds(60), now: start)
    backoff.accept(from: .test(2), topic: "t", seconds: 30, now: start)
    #expect(backoff.forbidsGraft(by: .test(1), topic: "t", now: start + .seconds(59)))
    #expect(!backoff.forbidsGraft(by: .test(1), topic: "t", now: start + .seconds(60)))
    #expect(!backoff.forbidsGraft(by: .test(1), topic: "u", now: start))
    // The peer that pruned us may change its mind.
    #expect(!backoff.forbidsGraft(by: .test(2), topic: "t", now: start))
    #expect(!backoff.allowsGraft(of: .test(2), topic: "t", now: start + .seconds(30)))
    #expect(backoff.allowsGraft(of: .test(2), topic: "t", now: start + .seconds(31)))
  }

  @Test("a shorter back-off does not cut a longer one")
  func longest() {
    var backoff = Backoff(slack: .seconds(0))
    backoff.accept(from: .test(1), topic: "t", seconds: 60, now: start)
    backoff.accept(from: .test(1), topic: "t", seconds: 1, now: start)
    #expect(!backoff.allowsGraft(of: .test(1), topic: "t", now: start + .seconds(59)))
  }

  @Test("case 47: absurd times are clamped to an hour and trap nowhere", arguments: [UInt64.max, 1 << 63, 3_601])
  func clamping(seconds: UInt64) {
    var backoff = Backoff(slack: .seconds(1))
    backoff.accept(from: .test(1), topic: "t", seconds: seconds, now: start)
    #expect(!backoff.allowsGraft(of: .test(1), topic: "t", now: start + .seconds(3_600)))
    #expect(backoff.allowsGraft(of: .test(1), topic: "t", now: start + .seconds(3_601)))
    // Also where the clock itself is at its end.
    backoff.accept(from: .test(2), topic: "t", seconds: seconds, now: .distantFuture)
    #expect(!backoff.forbidsGraft(by: .test(2), topic: "t", now: .distantFuture))
    backoff.expire(now: .distantFuture)
    #expect(backoff.count == 0)
  }

  @Test("the table is bounded, and empty when all is over")
  func bounds() {
    var backoff = Backoff(capacity: 100, slack: .seconds(1))
    for number in 0..<1_000 { backoff.accept(from: .test(number), topic: "t\(number % 7)", seconds: 60, now: start) }
    #expect(backoff.count == 100)
    backoff.expire(now: start + .seconds(62))
    #expect(backoff.count == 0)
  }

  @Test("a peer that left is remembered for a minute, whatever time it had named")
  func leaving() {
    var backoff = Backoff(slack: .seconds(1))
    backoff.accept(from: .test(1), topic: "t", seconds: 3_600, now: start)
    backoff.shorten(.test(1), to: .seconds(60), now: start)
    #expect(!backoff.allowsGraft(of: .test(1), topic: "t", now: start + .seconds(60)))
    #expect(backoff.allowsGraft(of: .test(1), topic: "t", now: start + .seconds(61)))
  }
}

@Suite struct SmallTableTests {
  @Test("an unwanted id lives for three heartbeats; the table is bounded")
  func unwanted() {
    var unwanted = UnwantedMessages(capacity: 100)
    for number in 0..<1_000 { unwanted.insert([UInt8(number & 0xFF), UInt8(number >> 8)]) }
    #expect(unwanted.count == 100)
    for _ in 0..<2 { unwanted.heartbeat() }
    #expect(unwanted.contains([0, 0]))
    unwanted.heartbeat()
    #expect(unwanted.count == 0)
    let hasRoom = unwanted.insert([1])
    #expect(hasRoom)
  }

  @Test("a promise is kept by whoever brings the message; broken ones are counted for their peer, once")
  func promises() {
    var promises = GossipPromises(capacity: 3, lifetime: .seconds(3), patience: .seconds(1))
    for number in 0..<5 { promises.expect([UInt8(number)], from: .test(number % 2), now: start) }
    #expect(promises.count == 3)
    promises.fulfil([0])
    #expect(promises.count == 2)
    let early = promises.takeBroken(now: start + .seconds(2))
    let due = promises.takeBroken(now: start + .seconds(3))
    let late = promises.takeBroken(now: start + .seconds(3))
    #expect([early, due, late] == [[:], [.test(1): 1, .test(0): 1], [:]])
    promises.expect([9], from: .test(9), now: start)
    promises.remove(.test(9))
    #expect(promises.count == 0)
  }

  @Test("somebody else is asked after a while, and both owe the message then")
  func patience() {
    var promises = GossipPromises(capacity: 10, lifetime: .seconds(3), patience: .seconds(1))
    promises.expect([1], from: .test(1), now: start)
    #expect(promises.isAwaited([1], now: start + .milliseconds(999)))
    #expect(!promises.isAwaited([1], now: start + .seconds(1)))
    promises.expect([1], from: .test(2), now: start + .seconds(1))
    #expect(promises.isAwaited([1], now: start + .seconds(1)))
    let broken = promises.takeBroken(now: start + .seconds(3))
    #expect(broken == [.test(1): 1])
    promises.fulfil([1])
    #expect(promises.count == 0)
  }

  @Test("a fanout is forgotten a while after the last message")
  func fanout() {
    var fanout = Fanout()
    fanout.touch("t", now: start)
    fanout.add([.test(1), .test(2)], to: "t")
    fanout.remove(.test(1))
    fanout.touch("t", now: start + .seconds(30))
    fanout.expire(.seconds(60), now: start + .seconds(89))
    #expect(fanout.peers(in: "t") == [.test(2)])
    fanout.expire(.seconds(60), now: start + .seconds(90))
    #expect(fanout.topics.isEmpty)
  }

  @Test("copies of a waiting message are duplicates; other messages of its id wait beside it, a few at most")
  func pending() throws {
    var pending = PendingValidations(capacity: 10)
    let message = try Message.test(from: .test(1), number: 1)
    guard case .added = pending.add(message, from: .test(2)) else { throw RPCError.malformed("not added", offset: 0) }
    guard case .duplicate = pending.add(message, from: .test(3)) else { throw RPCError.malformed("no copy", offset: 0) }
    var forged: [Message] = []
    for number in 0..<6 {
      let other = try Message.test(from: .test(1), number: 1, data: [UInt8(number)])
      if case .added = pending.add(other, from: .test(4)) { forged.append(other) }
    }
    #expect(forged.count == Limits.Gossipsub.variants - 1)
    for other in forged { #expect(pending.finish(other) == [.test(4)]) }
    #expect(pending.finish(message) == [.test(2), .test(3)])
    #expect(pending.finish(message) == nil)
    #expect(pending.count == 0)
  }

  @Test("the queue of waiting messages is bounded")
  func fullPending() throws {
    var pending = PendingValidations(capacity: 10)
    for number in 0..<30 { _ = pending.add(try .test(from: .test(1), number: UInt64(number)), from: .test(2)) }
    #expect(pending.count == 10)
  }

  @Test(
    "the dialect of ids follows from the agent",
    arguments: [
      ("universal-connectivity/0.1.0", MessageIDDialect.foreign), ("rust-libp2p/0.56", .foreign),
      ("js-libp2p/2.8.14 node/22", .foreign), ("nim-libp2p/0.0.1", .foreign), ("py-libp2p/0.4.0", .foreign),
      ("py-libp2p/0.6.0", .foreign), ("py-libp2p/", .foreign), ("py-libp2p/0.8.1", .shared),
      ("py-libp2p/1.0.0", .shared), ("universal-connectivity/go-peer", .shared), ("kubo/0.22.0/", .shared),
      ("p2pd/0.1", .shared), ("uc-bot/0.1.0", .shared), ("", .shared),
    ])
  func dialects(agent: String, dialect: MessageIDDialect) {
    #expect(MessageIDDialect(agent: agent) == dialect)
  }
}

@Suite struct MeshPlanTests {
  private func peers(_ range: Range<Int>) -> [PeerID] { range.map { .test($0) } }

  private func plan(_ neighbours: Range<Int>, _ candidates: Range<Int>, outbound: Set<Int> = []) -> MeshPlan {
    var random = SplitMix64(seed: 1)
    let dialled = Set(outbound.map { PeerID.test($0) })
    return MeshPlan(
      MeshParameters(), neighbours: peers(neighbours), candidates: peers(candidates),
      isOutbound: { dialled.contains($0) },
      random: &random)
  }

  @Test("a mesh that is too small grows to the degree, one that is too large shrinks to it, others are left alone")
  func size() {
    #expect(plan(0..<4, 10..<30).grafts.count == 2)
    #expect(plan(0..<4, 10..<11).grafts.count == 1)
    #expect(plan(0..<0, 10..<30).grafts.count == 6)
    #expect(plan(0..<5, 10..<30) == plan(0..<12, 10..<30))
    #expect(plan(0..<5, 10..<30).grafts.isEmpty)
    #expect(plan(0..<13, 20..<30).prunes.count == 7)
    #expect(Set(plan(0..<13, 20..<30).prunes).count == 7)
  }

  @Test("enough outbound peers are kept when others are dismissed, and taken when there are too few")
  func outbound() {
    for first in 0..<12 {
      let kept = Set(peers(0..<13)).subtracting(plan(0..<13, 20..<20, outbound: [first, first + 1]).prunes)
      #expect(kept.isSuperset(of: [.test(first), .test(first + 1)]))
    }
    let taken = plan(0..<6, 20..<40, outbound: [25, 30, 35]).grafts
    #expect(taken.count == 2)
    #expect(Set(taken).isSubset(of: [.test(25), .test(30), .test(35)]))
    #expect(plan(0..<6, 20..<40, outbound: [0, 1, 25]).grafts.isEmpty)
  }

  @Test("a plan is the same for the same seed")
  func repeatable() {
    #expect(plan(0..<2, 10..<60) == plan(0..<2, 10..<60))
  }

  @Test("parameters that contradict each other are named")
  func parameters() {
    #expect(MeshParameters().problem == nil)
    var wrong = MeshParameters()
    wrong.low = 7
    #expect(wrong.problem != nil)
    wrong = MeshParameters()
    wrong.outbound = 4
    #expect(wrong.problem != nil)
    wrong = MeshParameters()
    wrong.gossipFactor = 2
    #expect(wrong.problem != nil)
  }
}
