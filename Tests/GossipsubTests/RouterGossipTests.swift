import Identity
import Limits
import NIOCore
import Testing

@testable import Gossipsub

/// IHAVE, IWANT and IDONTWANT.
@Suite struct RouterGossipTests {
  let a = PeerID.test(1)
  let author = PeerID.test(900)

  private func big(_ number: UInt64) throws -> Message {
    try .test(from: author, number: number, data: Array(repeating: 7, count: 1_024))
  }

  // MARK: IHAVE out

  @Test("messages of the last three heartbeats are offered to peers outside the mesh")
  func offers() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<20)
    let message = try Message.test(from: author, number: 1)
    bench.deliver(message, from: .test(0))
    let mesh = bench.router.mesh.peers(in: "t")
    for beat in 0..<5 {
      bench.heartbeats()
      let offered = try (0..<20).map { PeerID.test($0) }.filter {
        try bench.sent(to: $0).ihave.flatMap(\.ids) == [message.id]
      }
      #expect(offered.count == (beat < 3 ? 6 : 0))
      #expect(mesh.isDisjoint(with: offered))
    }
  }

  @Test("of many peers a quarter is told")
  func factor() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<106)
    bench.deliver(try .test(from: author, number: 1), from: .test(0))
    bench.heartbeats()
    let offered = try (0..<106).filter { try !bench.sent(to: .test($0)).ihave.isEmpty }
    #expect(offered.count == 25)
  }

  @Test(
    "peers with another notion of ids are not told, nor those that did not identify themselves",
    arguments: [
      "universal-connectivity/0.1.0", "js-libp2p/2.8.14 node/22", "nim-libp2p/0.0.1", "py-libp2p/0.4.0",
    ])
  func dialects(agent: String) throws {
    var bench = RouterBench {
      $0.mesh.degree = 0; $0.mesh.low = 0; $0.mesh.outbound = 0
    }
    bench.step(.subscribe("t"))
    bench.add(.test(1), agent: agent)
    bench.add(.test(2), agent: "kubo/0.22.0/")
    bench.step(.connected(.test(3), isOutbound: false))
    bench.step(.streamOpened(.test(3), .v12))
    bench.receive(from: .test(3)) { $0.subscriptions = [.init(topic: "t", subscribes: true)] }
    bench.deliver(try .test(from: author, number: 1), from: .test(2))
    bench.heartbeats()
    #expect(try bench.sent(to: .test(1)).ihave.isEmpty)
    #expect(try !bench.sent(to: .test(2)).ihave.isEmpty)
    #expect(try bench.sent(to: .test(3)).ihave.isEmpty)
  }

  @Test("one offer has 5,000 ids at most, in frames that every peer takes")
  func longOffers() throws {
    var bench = RouterBench {
      $0.mesh.degree = 0; $0.mesh.low = 0; $0.mesh.outbound = 0
    }
    bench.step(.subscribe("t"))
    bench.add(a)
    for number in 0..<6_000 { bench.deliver(try .test(from: author, number: UInt64(number), data: [1]), from: a) }
    bench.heartbeats()
    var ids = 0
    for case .send(let frame, [a], .control) in bench.actions {
      #expect(frame.readableBytes <= Limits.Gossipsub.sendRPC)
      ids += try RPCCodec.decode(RouterBench.body(of: frame)).ihave.reduce(0) { $0 + $1.ids.count }
    }
    #expect(ids == Limits.Gossipsub.ihaveIDs)
  }

  // MARK: IHAVE in

  @Test("what is offered and not known is asked for; what is known or of another topic is not")
  func requests() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    let known = try Message.test(from: author, number: 1)
    bench.deliver(known, from: a)
    bench.receive(from: a) { rpc in
      rpc.ihave = [.init(topic: "t", ids: [known.id, [1], [2], [1]]), .init(topic: "other", ids: [[3]])]
    }
    #expect(try bench.sent(to: a).iwant == [[1], [2]])
  }

  @Test("a message is asked of one peer, and of another one when it has not come by the next heartbeat")
  func promises() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<2)
    bench.receive(from: .test(0)) { $0.ihave = [.init(topic: "t", ids: [[1]])] }
    bench.receive(from: .test(1)) { $0.ihave = [.init(topic: "t", ids: [[1]])] }
    #expect(try bench.sent(to: .test(1)).iwant.isEmpty)
    bench.heartbeats()
    bench.receive(from: .test(1)) { $0.ihave = [.init(topic: "t", ids: [[1]])] }
    #expect(try bench.sent(to: .test(1)).iwant == [[1]])
    bench.heartbeats(2)
    #expect(bench.router.counters.brokenPromises == 1)
    #expect(bench.router.peers[.test(0)]?.misbehaviour == 1)
    bench.heartbeats(1)
    #expect(bench.router.peers[.test(1)]?.misbehaviour == 1)
  }

  @Test("a promise is kept when the message comes, from whomever")
  func kept() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<2)
    let message = try Message.test(from: author, number: 1)
    bench.receive(from: .test(0)) { $0.ihave = [.init(topic: "t", ids: [message.id])] }
    bench.deliver(message, from: .test(1))
    bench.heartbeats(5)
    #expect(bench.router.counters.brokenPromises == 0)
  }

  @Test("case 49: offers of one peer are looked at ten times a heartbeat, and 5,000 ids are asked for")
  func offerCaps() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    func ids(_ round: Int, _ count: Int) -> [MessageID] {
      (0..<count).map { [UInt8(round), UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }
    bench.receive(from: a) { $0.ihave = [.init(topic: "t", ids: ids(0, 5_001))] }
    #expect(try bench.sent(to: a).iwant.count == 5_000)
    bench.heartbeats()
    var asked = 0
    for round in 1...11 {
      bench.receive(from: a) { $0.ihave = [.init(topic: "t", ids: ids(round, 1))] }
      asked += try bench.sent(to: a).iwant.count
    }
    #expect(asked == 10)
    #expect(bench.router.counters.dropped[.offerLimit] == 2)
    #expect(bench.router.promises.count <= Limits.Gossipsub.promises)
  }

  @Test("an id of another dialect is echoed as it came, once")
  func foreignOffers() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<0)
    bench.add(.test(0), agent: "universal-connectivity/0.1.0")
    bench.add(.test(1), agent: "universal-connectivity/0.1.0")
    let id: MessageID = Array("9754003402134539932".utf8)
    bench.receive(from: .test(0)) { $0.ihave = [.init(topic: "t", ids: [id])] }
    #expect(try bench.sent(to: .test(0)).iwant == [id])
    bench.receive(from: .test(1)) { $0.ihave = [.init(topic: "t", ids: [id])] }
    #expect(try bench.sent(to: .test(1)).iwant.isEmpty)
    bench.heartbeats(5)
    #expect(bench.router.counters.brokenPromises == 0)
  }

  // MARK: IWANT in

  @Test("case 50: a message is sent three times to one peer, however often it asks, and unknown ids cost nothing")
  func retransmissions() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<2)
    let message = try Message.test(from: author, number: 1)
    bench.deliver(message, from: .test(0))
    bench.receive(from: .test(1)) { $0.iwant = Array(repeating: message.id, count: 100) }
    #expect(try bench.sent(to: .test(1)).messages.count == 3)
    bench.receive(from: .test(1)) { $0.iwant = [message.id] }
    #expect(bench.actions.isEmpty)
    bench.receive(from: .test(1)) { $0.iwant = (0..<20_000).map { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }
    #expect(bench.actions.isEmpty)
  }

  @Test("messages are served for five heartbeats, several to a frame")
  func served() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<2)
    let messages = try (0..<50).map { try Message.test(from: author, number: UInt64($0)) }
    for message in messages { bench.deliver(message, from: .test(0)) }
    bench.heartbeats(4)
    bench.receive(from: .test(1)) { $0.iwant = messages.map(\.id) }
    #expect(try bench.sent(to: .test(1)).messages.count == 50)
    #expect(bench.actions.count == 1)
    bench.heartbeats()
    bench.receive(from: .test(1)) { $0.iwant = messages.map(\.id) }
    #expect(bench.actions.isEmpty)
  }

  // MARK: IDONTWANT

  @Test("a long message is announced to the mesh before it is checked, not to its sender and not to older peers")
  func announced() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<3)
    bench.add(.test(3), version: .v11)
    bench.add(.test(4), agent: "js-libp2p/2.8.14 node/22")
    let message = try big(1)
    bench.receive(from: .test(0)) { $0.messages = [message.wire] }
    #expect(try bench.sent(to: .test(0)).idontwant.isEmpty)
    #expect(try bench.sent(to: .test(1)).idontwant == [message.id])
    #expect(try bench.sent(to: .test(2)).idontwant == [message.id])
    #expect(try bench.sent(to: .test(3)).idontwant.isEmpty)
    #expect(try bench.sent(to: .test(4)).idontwant.isEmpty)
    #expect(bench.actions.contains { if case .validate = $0 { true } else { false } })
  }

  @Test("short messages and duplicates are not announced, nor anything to peers outside the mesh")
  func notAnnounced() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<10)
    let outside = try #require((0..<10).map { PeerID.test($0) }.first { !bench.router.mesh.contains($0, in: "t") })
    try bench.receive(from: outside) { $0.messages = [try Message.test(from: author, number: 1).wire] }
    #expect(bench.actions.count == 1)
    let message = try big(2)
    bench.receive(from: .test(0)) { $0.messages = [message.wire] }
    #expect(try bench.sent(to: outside).idontwant.isEmpty)
    #expect(bench.receive(from: .test(1)) { $0.messages = [message.wire] }.isEmpty)
  }

  @Test("what a peer does not want is not sent to it, for three heartbeats")
  func honoured() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<4)
    let messages = try (0..<2).map { try big(UInt64($0)) }
    bench.receive(from: .test(1)) { $0.idontwant = messages.map(\.id) }
    bench.deliver(messages[0], from: .test(0))
    #expect(try bench.receivers(of: messages[0]) == [.test(2), .test(3)])
    bench.receive(from: .test(1)) { $0.iwant = [messages[0].id] }
    #expect(bench.actions.isEmpty)
    bench.heartbeats(3)
    bench.deliver(messages[1], from: .test(0))
    #expect(try bench.receivers(of: messages[1]) == [.test(1), .test(2), .test(3)])
  }

  @Test("case 51: the ids that a peer does not want are bounded, and those of other dialects are not kept")
  func unwantedCap() {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(.test(0))
    bench.add(.test(1), agent: "js-libp2p/2.8.14 node/22")
    for number in 0..<2 {
      for round in 0..<10 {
        bench.receive(from: .test(number)) { rpc in
          rpc.idontwant = (0..<5_000).map { [UInt8(round), UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        }
      }
    }
    #expect(bench.router.peers[.test(0)]?.unwanted.count == Limits.Gossipsub.idontwantIDs)
    #expect(bench.router.peers[.test(1)]?.unwanted.count == 0)
    bench.heartbeats(3)
    #expect(bench.router.peers[.test(0)]?.unwanted.count == 0)
  }
}
