import DNS
import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import MulticastDNS

@Suite("Peers on one link")
struct MDNSCoreTests {
  @Test("find each other within two seconds, and nobody finds itself")
  func finding() throws {
    var network = try Network(10)
    network.run(.seconds(2))
    for (index, node) in network.nodes.enumerated() {
      var expected: [PeerID: [Multiaddr]] = [:]
      for (other, each) in network.nodes.enumerated() where other != index {
        expected[each.peer] = [try Network.address(other, of: each.peer)]
      }
      #expect(node.found == expected)
      #expect(node.events.count == 9, "each is told once")
    }
  }

  @Test("find each other where a third of the packets gets lost", arguments: 1..<3)
  func loss(_ seed: UInt64) throws {
    var network = try Network(10, seed: seed)
    network.isLost = { Int.random(in: 0..<3, using: &$0) == 0 }
    network.run(.seconds(60))
    for node in network.nodes { #expect(node.found.count == 9) }
  }

  @Test("find who comes later at once, by its own question")
  func later() throws {
    var network = try Network(3)
    network.run(.minutes(10))
    let late = try network.join()
    network.run(.milliseconds(300))
    #expect(network.nodes[late].found.count == 3)
    #expect(network.nodes[0].found[network.nodes[late].peer] != nil)
  }

  @Test("that know only one of the two names find each other by it: go-peers by the room's, all others by libp2p's")
  func names() throws {
    var network = try Network(1)
    let go = try network.join(services: [Network.room])
    let rust = try network.join(services: [MDNSCore.service])
    network.run(.seconds(5))
    #expect(network.nodes[0].found.count == 2)
    #expect(network.nodes[go].found.count == 1 && network.nodes[rust].found.count == 1)
  }

  @Test("are gone when they say goodbye, and when they have not been heard of for ten minutes")
  func leaving() throws {
    var network = try Network(3)
    network.run(.seconds(5))
    let (polite, crashed) = (network.nodes[1].peer, network.nodes[2].peer)
    for packet in network.nodes[1].core.farewell() { network.send(packet.bytes, by: 1) }
    #expect(network.nodes[0].events.last == .lost(polite))
    network.nodes.removeLast()
    network.nodes.removeLast()
    network.run(.seconds(Int64(Limits.MDNS.believedSeconds)))
    #expect(network.nodes[0].events.last == .lost(crashed))
    #expect(network.nodes[0].core.neighbours.count == 0)
  }

  @Test("stay known for long, though little is sent")
  func quiet() throws {
    var network = try Network(10)
    network.run(.minutes(25))
    for node in network.nodes { #expect(node.events.count == 9) }
    // Ten questions a minute, each answered by who asked and by those who have not been heard of for long.
    let last = network.sent.filter { $0.at > network.now - .minutes(10) }
    #expect(last.count < 10 * 10 * 6, "\(last.count) packets in ten minutes")
  }

  @Test("tell when they are somewhere else")
  func moving() throws {
    var network = try Network(2)
    network.run(.seconds(30))
    let peer = network.nodes[1].peer
    let moved = try Network.address(7, of: peer)
    network.nodes[1].core.setAddresses([moved], now: network.now, using: &network.random)
    network.run(.seconds(2))
    #expect(network.nodes[0].found[peer] == [moved])
  }

  @Test("ask again at once when a link comes back")
  func linkAgain() throws {
    var network = try Network(1)
    network.run(.minutes(2))
    let before = network.sent.count
    network.nodes[0].core.linkDown(0)
    network.run(.minutes(2))
    #expect(network.sent.count == before && network.nodes[0].core.deadline == nil)
    network.nodes[0].core.linkUp(
      0, networks: [IPNetwork([192, 168, 0, 1], prefix: 16)], now: network.now, using: &network.random)
    network.run(.milliseconds(121))
    try #require(network.sent.count > before)
    #expect(try DNSMessage(bytes: network.sent[before].bytes).isResponse == false)
  }
}

@Suite("What is said on a link")
struct MDNSAnswerTests {
  @Test("is what the spec wants: a pointer, texts with addresses, and what other tools ask for")
  func answer() throws {
    var network = try Network(1)
    network.run(.seconds(1))
    let message = try #require(
      network.messages(by: 0, responses: true).first { $0.answers.first?.name.labels.count == 3 })
    let service = try #require(DNSName("_p2p._udp.local"))
    let pointer = try #require(message.answers.first)
    guard case .ptr(let instance) = pointer.content else {
      Issue.record("\(pointer) is no pointer")
      return
    }
    #expect(message.answers.count == 1 && message.questions.isEmpty && message.isAuthoritative && message.id == 0)
    #expect(pointer.name == service && !pointer.isUnique && instance.parent == service)
    #expect(instance.labels.first?.count == 32)
    #expect("\(instance)".contains("\(network.nodes[0].peer)") == false)
    let address = try Network.address(0, of: network.nodes[0].peer)
    let contents = message.additionals.map(\.content)
    #expect(contents.contains(.txt([Array("dnsaddr=\(address)".utf8)])))
    #expect(contents.contains(.a([192, 168, 0, 1])))
    #expect(message.additionals.contains { if case .srv(_, _, 4001, _) = $0.content { $0.isUnique } else { false } })
    #expect(message.additionals.allSatisfy { Int($0.ttl) == Limits.MDNS.ttlSeconds })
  }

  @Test(
    "answers each question that a browser of services asks",
    arguments: [
      ("_services._dns-sd._udp.local", DNSType.ptr, 2), ("_P2P._udp.local", .ptr, 1), ("_p2p._udp.local", .any, 1),
      ("_p2p._udp.local", .txt, 0), ("_http._tcp.local", .ptr, 0),
    ])
  func questions(_ name: String, _ type: DNSType, _ answers: Int) throws {
    var network = try Network(1)
    network.run(.minutes(10))
    network.sent = []
    var question = DNSMessage()
    question.questions = [DNSQuestion(try #require(DNSName(name)), type)]
    network.send(question.bytes, by: 9)
    network.run(.milliseconds(120))
    #expect(network.messages(by: 0, responses: true).first?.answers.count ?? 0 == answers)
  }

  @Test("answers for its own name and its machine")
  func details() throws {
    var network = try Network(1)
    network.run(.minutes(10))
    let names = network.nodes[0].core.names
    for (name, type, count) in [(names.instances[0], DNSType.txt, 2), (names.host, .a, 1), (names.host, .txt, 0)] {
      network.sent = []
      var question = DNSMessage()
      question.questions = [DNSQuestion(name, type)]
      network.send(question.bytes, by: 9)
      network.run(.milliseconds(1_500))
      #expect(network.messages(by: 0, responses: true).first?.answers.count ?? 0 == count)
    }
  }

  @Test("is said once a second at most, whoever asks how often")
  func rate() throws {
    var network = try Network(1)
    network.run(.minutes(10))
    network.sent = []
    var question = DNSMessage()
    question.questions = [DNSQuestion(try #require(DNSName(MDNSCore.service)), .ptr)]
    for _ in 0..<1_000 {
      network.send(question.bytes, by: 9)
      network.run(.milliseconds(10))
    }
    let answers = network.messages(by: 0, responses: true)
    #expect((9...12).contains(answers.count), "\(answers.count) answers in ten seconds")
  }

  @Test("is left out when who asks knows it already, but not when that is old")
  func knownAnswer() throws {
    var network = try Network(1)
    network.run(.minutes(10))
    let names = network.nodes[0].core.names
    func answers(ttl: UInt32) -> Int {
      var network = network
      network.sent = []
      var question = DNSMessage()
      question.questions = [DNSQuestion(names.services[0], .ptr)]
      question.answers = [DNSRecord(names.services[0], ttl: ttl, .ptr(names.instances[0]))]
      network.send(question.bytes, by: 9)
      network.run(.milliseconds(120))
      return network.messages(by: 0, responses: true).count
    }
    #expect(answers(ttl: 300) == 0)
    #expect(answers(ttl: 299) == 1)
  }

  @Test("leaves out addresses that are of no use to neighbours, puts those of the link first, and fits into a packet")
  func addresses() throws {
    var random = SplitMix64(seed: 1)
    let peer = KeyPair.generate().peerID
    var core = try #require(MDNSCore(peer: peer, services: [MDNSCore.service], label: "x"))
    let now = NIODeadline.uptimeNanoseconds(1)
    let texts = [
      "/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/1", "/ip6/fe80::1/tcp/1", "/ip4/0.0.0.0/tcp/1",
      "/ip4/9.9.9.9/udp/1/quic-v1",
      "/dns4/x.org/tcp/1", "/ip6/::ffff:127.0.0.1/tcp/1", "/ip4/9.9.9.9/tcp/1", "/ip4/10.0.0.5/tcp/1",
      "/ip6/fd00::5/tcp/1",
    ]
    core.setAddresses(try texts.map { try Multiaddr($0 + "/p2p/\(peer)") }, now: now, using: &random)
    core.linkUp(0, networks: [IPNetwork([10, 0, 0, 1], prefix: 24)], now: now, using: &random)
    func told() throws -> [String] {
      var packets: [MDNSCore.Packet] = []
      while let deadline = core.deadline, packets.count < 2 {
        packets += core.advance(now: deadline, using: &random).packets
      }
      #expect(packets.allSatisfy { $0.bytes.count < 1_400 })
      let message = try DNSMessage(bytes: try #require(packets.last?.bytes))
      for case .txt(let texts) in message.additionals.map(\.content) {
        return texts.map { String(decoding: $0, as: UTF8.self) }
      }
      return []
    }
    #expect(
      try told()
        == ["/ip4/10.0.0.5/tcp/1", "/ip4/9.9.9.9/tcp/1", "/ip6/fd00::5/tcp/1"].map { "dnsaddr=\($0)/p2p/\(peer)" })
    let many = try (0..<200).map { try Multiaddr("/ip4/9.9.9.\($0)/tcp/1/p2p/\(peer)") }
    core.setAddresses(many, now: now + .hours(1), using: &random)
    #expect((5...Limits.MDNS.addresses).contains(try told().count))
  }

  @Test("is nothing before there is an address to tell, and questions are asked all the same")
  func noAddress() throws {
    var network = try Network(2)
    network.nodes[0].core.setAddresses([], now: network.now, using: &network.random)
    network.run(.seconds(5))
    #expect(network.messages(by: 0, responses: true).isEmpty)
    #expect(network.nodes[0].found.count == 1)
    #expect(network.nodes[0].core.farewell().isEmpty)
  }
}
