import Identity
import Limits
import NIOCore
import Testing

@testable import Gossipsub

/// Delivery, forwarding, publishing and fanout.
@Suite struct RouterMessageTests {
  let a = PeerID.test(1)
  let author = PeerID.test(900)

  @Test("a message is checked, delivered once, and forwarded to the mesh but neither to its sender nor its author")
  func forward() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<6)
    let message = try Message.test(from: .test(5), number: 1)
    bench.deliver(message, from: .test(0))
    #expect(bench.delivered.map(\.id) == [message.id])
    #expect(try bench.receivers(of: message) == Set((1..<5).map { PeerID.test($0) }))
    #expect(bench.deliver(message, from: .test(1)).isEmpty)
    #expect(bench.router.counters.duplicates == 1)
    #expect(bench.router.counters.messagesDelivered == 1)
  }

  @Test("the bytes that are forwarded are the bytes that came")
  func sameBytes() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<2)
    var encoded = try Message.test(from: author, number: 1).wire.encoded
    encoded.writeBytes([0x38, 0x01])
    let wire = try WireMessage(encoded)
    var all = bench.receive(from: .test(0)) { $0.messages = [wire] }
    for case .validate(let message, let peer) in all { all += bench.step(.validated(message, from: peer, .accept)) }
    #expect(try bench.sent(to: .test(1)).messages.map(\.encoded) == [encoded])
  }

  @Test("an id is not taken before its signature proved right: a forgery does not silence the author")
  func forgeryFirst() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<3)
    let real = try Message.test(from: author, number: 1)
    let forged = try Message.test(from: author, number: 1, data: Array("rubbish".utf8))
    bench.receive(from: .test(0)) { $0.messages = [forged.wire] }
    let first = try bench.check()
    bench.receive(from: .test(1)) { $0.messages = [real.wire] }
    let second = try bench.check()
    bench.step(first.done(.reject(.invalidSignature)))
    #expect(bench.actions.count == 1)
    guard case .rejected(.invalidSignature, from: .test(0))? = bench.actions.first else {
      Issue.record("it is not told of")
      return
    }
    bench.step(second.done(.accept))
    #expect(bench.delivered.map(\.data) == [ByteBuffer(string: "hello")])
    #expect(bench.router.counters.rejected == [.invalidSignature: 1])
    #expect(bench.router.peers[.test(0)]?.misbehaviour == 1)
  }

  @Test("case 53: of two right messages with one id, one is delivered")
  func equivocation() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<2)
    let messages = try [[1], [2]].map { try Message.test(from: author, number: 1, data: $0) }
    let checks = bench.receive(from: .test(0)) { $0.messages = messages.map(\.wire) }
    #expect(checks.count == 2)
    var delivered = 0
    for case .validate(let message, let peer) in checks {
      bench.step(.validated(message, from: peer, .accept))
      delivered += bench.delivered.count
    }
    #expect(delivered == 1)
  }

  @Test("who sent a copy while the signature was checked is not sent the message")
  func copies() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<4)
    let message = try Message.test(from: author, number: 1)
    bench.receive(from: .test(0)) { $0.messages = [message.wire] }
    let check = try bench.check()
    #expect(bench.receive(from: .test(1)) { $0.messages = [message.wire] }.isEmpty)
    bench.step(check.done(.accept))
    #expect(try bench.receivers(of: message) == [.test(2), .test(3)])
  }

  @Test("ignored messages go nowhere and count against nobody; their ids are taken")
  func ignored() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<3)
    let message = try Message.test(from: author, number: 1)
    bench.receive(from: .test(0)) { $0.messages = [message.wire] }
    let check = try bench.check()
    #expect(bench.step(check.done(.ignore)).isEmpty)
    #expect(bench.router.peers[.test(0)]?.misbehaviour == 0)
    #expect(bench.receive(from: .test(1)) { $0.messages = [message.wire] }.isEmpty)
  }

  @Test("case 52: own messages that come back are dropped unchecked")
  func ownEcho() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<3)
    let message = try Message.test(from: RouterBench.local, number: 1)
    #expect(bench.receive(from: .test(0)) { $0.messages = [message.wire] }.isEmpty)
    #expect(bench.router.counters.ownEchoes == 1)
  }

  @Test("case 52: messages of wrong form are refused unchecked, by reason")
  func wrongForm() throws {
    var bench = RouterBench { $0.signaturePolicy = .strict }
    bench.step(.subscribe("t"))
    bench.add(a)
    var nobody = ByteBuffer()
    nobody.writeField(4, "t".utf8)
    let anonymous = try WireMessage(nobody)
    let unsigned = try Message.test(from: author, number: 1)
    let actions = bench.receive(from: a) { $0.messages = [anonymous, unsigned.wire] }
    let told = actions.compactMap { if case .rejected(let reason, from: a) = $0 { reason } else { nil } }
    #expect(told == [.missingSource, .missingSignature] && actions.count == 2)
    #expect(bench.router.counters.rejected == [.missingSource: 1, .missingSignature: 1])
    #expect(bench.router.peers[a]?.misbehaviour == 2)
  }

  @Test("messages of topics that we are not subscribed to are dropped unchecked")
  func otherTopic() throws {
    var bench = RouterBench()
    bench.add(a)
    let message = try Message.test(from: author, number: 1)
    #expect(bench.receive(from: a) { $0.messages = [message.wire] }.isEmpty)
    #expect(bench.router.counters.dropped == [.notSubscribed: 1])
  }

  @Test("case 54: the queue of messages that wait for their check is bounded")
  func validationQueue() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    var number: UInt64 = 0
    var checks = 0
    for _ in 0..<10 {
      try bench.receive(from: a) { rpc in
        rpc.messages = try (0..<1_000).map { _ in
          number += 1
          return try Message.test(from: author, number: number).wire
        }
      }
      checks += bench.actions.count
    }
    #expect(checks == Limits.Gossipsub.validationQueue)
    #expect(bench.router.pendingValidations == Limits.Gossipsub.validationQueue)
    #expect(bench.router.counters.dropped == [.validationQueueFull: 10_000 - Limits.Gossipsub.validationQueue])
  }

  @Test("a message whose check ends after we left the topic is not delivered")
  func leftMeanwhile() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    try bench.receive(from: a) { $0.messages = [try Message.test(from: author, number: 1).wire] }
    let check = try bench.check()
    bench.step(.unsubscribe("t"))
    #expect(bench.step(check.done(.accept)).isEmpty)
  }

  @Test("own messages go to every subscriber, in the mesh or not, and the count is told")
  func flood() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<20)
    bench.add(.test(30), topics: ["other"])
    let message = try Message.test(from: RouterBench.local, number: 1)
    bench.step(.publish(message))
    #expect(try bench.receivers(of: message) == Set((0..<20).map { PeerID.test($0) }))
    #expect(bench.actions.contains { if case .published(message.id, 20) = $0 { true } else { false } })
    #expect(bench.delivered.isEmpty)
    // One frame for all of them.
    #expect(bench.actions.filter { if case .send(_, _, .publish) = $0 { true } else { false } }.count == 1)
  }

  @Test("without flooding, own messages go to the mesh alone")
  func meshOnly() throws {
    var bench = RouterBench { $0.floodsOwnMessages = false }
    bench.step(.subscribe("t"))
    bench.add(0..<20)
    let message = try Message.test(from: RouterBench.local, number: 1)
    bench.step(.publish(message))
    #expect(try bench.receivers(of: message) == bench.router.mesh.peers(in: "t"))
  }

  @Test("a publisher that is not subscribed keeps a fanout, tended while it publishes and forgotten later")
  func fanout() throws {
    var bench = RouterBench { $0.floodsOwnMessages = false }
    bench.add(0..<20)
    let first = try Message.test(from: RouterBench.local, number: 1)
    bench.step(.publish(first))
    let fanout = bench.router.fanout.peers(in: "t")
    #expect(fanout.count == 6)
    #expect(try bench.receivers(of: first) == fanout)
    let second = try Message.test(from: RouterBench.local, number: 2)
    bench.step(.publish(second))
    #expect(try bench.receivers(of: second) == fanout)
    let gone = try #require(fanout.min())
    bench.step(.disconnected(gone))
    bench.heartbeats()
    #expect(bench.router.fanout.peers(in: "t").count == 6)
    #expect(!bench.router.fanout.peers(in: "t").contains(gone))
    bench.heartbeats(60)
    #expect(bench.router.fanout.topics.isEmpty)
  }

  @Test("the fanout is the first choice for the mesh when we subscribe")
  func fanoutBecomesMesh() throws {
    var bench = RouterBench { $0.floodsOwnMessages = false }
    bench.add(0..<30)
    bench.step(.publish(try Message.test(from: RouterBench.local, number: 1)))
    let fanout = bench.router.fanout.peers(in: "t")
    bench.step(.subscribe("t"))
    #expect(bench.router.mesh.peers(in: "t") == fanout)
  }

  @Test("a message too long for every peer's frame is delivered and not forwarded")
  func tooLong() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<3)
    let message = try Message.test(from: author, number: 1, data: Array(repeating: 1, count: 100_000))
    bench.deliver(message, from: .test(0))
    #expect(bench.delivered.count == 1)
    #expect(try bench.receivers(of: message).isEmpty)
    #expect(bench.router.counters.dropped == [.tooLongToSend: 2])
  }

  @Test("a message is taken again after its id was forgotten, two minutes later")
  func seenLifetime() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    let message = try Message.test(from: author, number: 1)
    bench.deliver(message, from: a)
    bench.heartbeats(119)
    #expect(bench.deliver(message, from: a).isEmpty)
    bench.heartbeats(1)
    bench.deliver(message, from: a)
    #expect(bench.delivered.count == 1)
  }
}
