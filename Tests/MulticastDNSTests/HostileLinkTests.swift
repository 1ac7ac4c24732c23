import DNS
import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import MulticastDNS

/// Case 72 of libp2p.md §3.5; pointers that lead in circles and sizes that are lies are tried in `DNSMessageTests`.
@Suite("A link with somebody hostile on it")
struct HostileLinkTests {
  private static func claim(
    _ label: String, _ texts: [String], ttl: UInt32 = 120, service: String = MDNSCore.service
  ) throws -> DNSMessage {
    let service = try #require(DNSName(service))
    let instance = try #require(service.child(label))
    var message = DNSMessage.multicastResponse()
    message.answers = [DNSRecord(service, ttl: ttl, .ptr(instance))]
    message.additionals = [DNSRecord(instance, ttl: ttl, .txt(texts.map { Array($0.utf8) }))]
    return message
  }

  private static func text(_ address: String, _ peer: PeerID = KeyPair.generate().peerID) -> String {
    "dnsaddr=\(address)/p2p/\(peer)"
  }

  @Test("a million made-up peers take no more room than is given to them, and those known before stay")
  func flood() throws {
    var network = try Network(2)
    network.run(.seconds(2))
    let friend = network.nodes[1].peer
    let claimed = KeyPair.generate().peerID
    for index in 0..<3_000 {
      let text = Self.text("/ip4/10.0.0.1/tcp/\(index + 1)", claimed)
      network.send(try Self.claim("fake\(index)", [text]).bytes, by: 9)
      if index % 100 == 99 { network.run(.seconds(1)) }
    }
    let core = network.nodes[0].core
    #expect(core.neighbours.count <= Limits.MDNS.instances)
    #expect(core.counters.unremembered > 2_000)
    #expect(network.nodes[0].found[friend] != nil)
    #expect(network.nodes[0].events.count < Limits.MDNS.instances + 20)
    // And once it has ended, there is room again.
    network.run(.minutes(12))
    #expect(network.nodes[0].core.neighbours.count == 2, "the friend by its two names")
  }

  @Test("so many packets are looked at in a second, and the rest is counted")
  func packets() throws {
    var network = try Network(1)
    network.run(.seconds(5))
    let bytes = try Self.claim("fake", [Self.text("/ip4/10.0.0.1/tcp/1")]).bytes
    for _ in 0..<1_000 { network.send(bytes, by: 9) }
    #expect(network.nodes[0].core.counters.tooMany >= UInt64(1_000 - Limits.MDNS.packetsPerSecond))
    network.run(.seconds(1))
    let before = network.nodes[0].core.counters.tooMany
    network.send(bytes, by: 9)
    #expect(network.nodes[0].core.counters.tooMany == before)
  }

  @Test("what comes from off the link, or is too long, is not looked at")
  func foreign() throws {
    var network = try Network(1)
    network.run(.seconds(5))
    let bytes = try Self.claim("fake", [Self.text("/ip4/10.0.0.1/tcp/1")]).bytes
    network.receive(bytes, from: [9, 9, 9, 9])
    network.receive(bytes, from: [UInt8](repeating: 0xFE, count: 16))
    network.receive(bytes, from: [])
    #expect(network.nodes[0].core.counters.foreign == 3)
    var long = try DNSMessage(bytes: bytes)
    let filler = try #require(DNSName("filler"))
    for _ in 0..<40 { long.additionals.append(DNSRecord(filler, ttl: 1, .txt([[UInt8](repeating: 1, count: 255)]))) }
    #expect(long.bytes.count > Limits.MDNS.packet)
    network.receive(long.bytes, from: Network.ip(9))
    network.receive([1, 2, 3], from: Network.ip(9))
    #expect(network.nodes[0].core.counters.malformed == 2)
    #expect(network.nodes[0].events.isEmpty)
    // On a link that is not there.
    #expect(
      network.nodes[0].core.received(
        bytes, from: Network.ip(9), on: 5, now: network.now, using: &network.random
      ).isEmpty)
    network.receive(bytes, from: Network.ip(9))
    #expect(network.nodes[0].events.count == 1)
  }

  @Test(
    "texts that are of no use are left out: other keys, other peers, loopback, names, too many",
    arguments: [
      ["dnsaddr"], ["dnsaddr="], ["dnsaddr=/ip4/10.0.0.1/tcp/1"], ["path=/ip4/10.0.0.1/tcp/1"], ["dnsaddrs=/x"], [""],
      ["dnsaddr=/ip4/127.0.0.1/tcp/1/p2p/12D3KooWFhXabKDwALpzqMbto94sB7rvmZ6M28hs9Y9xSopDKwQr"],
      ["dnsaddr=/dns4/victim.org/tcp/1/p2p/12D3KooWFhXabKDwALpzqMbto94sB7rvmZ6M28hs9Y9xSopDKwQr"],
      ["dnsaddr=/ip4/224.0.0.1/tcp/1/p2p/12D3KooWFhXabKDwALpzqMbto94sB7rvmZ6M28hs9Y9xSopDKwQr"],
      ["dnsaddr=/ip4/10.0.0.1/udp/1/quic-v1/p2p/12D3KooWFhXabKDwALpzqMbto94sB7rvmZ6M28hs9Y9xSopDKwQr"],
      ["dnsaddr=/ip6/fe80::1/tcp/1/p2p/12D3KooWFhXabKDwALpzqMbto94sB7rvmZ6M28hs9Y9xSopDKwQr"],
    ])
  func useless(_ texts: [String]) throws {
    var network = try Network(1)
    network.send(try Self.claim("fake", texts).bytes, by: 9)
    #expect(network.nodes[0].events.isEmpty)
  }

  @Test("of one name the first peer counts, and so many of its addresses; py-libp2p's numbered keys are read")
  func onePeer() throws {
    let (peer, other) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    var texts = [
      Self.text("/ip4/10.0.0.1/tcp/1", peer), Self.text("/ip4/10.0.0.2/tcp/1", other),
      "DNSADDR2=/ip4/10.0.0.3/tcp/1/p2p/\(peer)",
    ]
    var network = try Network(1)
    network.send(try Self.claim("fake", texts).bytes, by: 9)
    #expect(network.nodes[0].found[peer]?.count == 2 && network.nodes[0].found[other] == nil)
    texts += (0..<100).map { Self.text("/ip4/10.0.1.\($0)/tcp/1", peer) }
    network.send(try Self.claim("fake", texts).bytes, by: 9)
    #expect(try #require(network.nodes[0].found[peer]).count == Limits.MDNS.addresses)
  }

  @Test("who claims to be a peer does not hide where that peer is")
  func impostor() throws {
    var network = try Network(2)
    network.run(.seconds(2))
    let peer = network.nodes[1].peer
    let real = try Network.address(1, of: peer)
    network.send(try Self.claim("impostor", [Self.text("/ip4/10.6.6.6/tcp/1", peer)]).bytes, by: 9)
    #expect(network.nodes[0].found[peer]?.contains(real) == true)
    #expect(network.nodes[0].found[peer]?.count == 2)
    network.send(try Self.claim("impostor", [], ttl: 0).bytes, by: 9)
    #expect(network.nodes[0].found[peer] == [real])
    // Nobody is told that it is itself somewhere else.
    network.send(try Self.claim("me", [Self.text("/ip4/10.6.6.6/tcp/1", network.nodes[0].peer)]).bytes, by: 9)
    #expect(network.nodes[0].found[network.nodes[0].peer] == nil)
  }

  @Test("is believed for ten minutes at most, whatever it says")
  func timeToLive() throws {
    var network = try Network(1)
    network.send(try Self.claim("fake", [Self.text("/ip4/10.0.0.1/tcp/1")], ttl: .max >> 1).bytes, by: 9)
    network.run(.seconds(Int64(Limits.MDNS.believedSeconds) - 1))
    #expect(network.nodes[0].found.count == 1)
    network.run(.seconds(1))
    #expect(network.nodes[0].found.isEmpty)
  }

  @Test("who says only its name is asked who it is, so many of them")
  func unresolved() throws {
    var network = try Network(1)
    for index in 0..<100 {
      var message = try Self.claim("silent\(index)", [])
      message.additionals = []
      network.send(message.bytes, by: 9)
    }
    network.run(.seconds(1))
    let asked = network.messages(by: 0, responses: false).flatMap(\.questions).filter { $0.type == .txt }
    #expect(asked.count == Limits.MDNS.unresolved)
  }

  @Test("there are so many links at most")
  func links() throws {
    var network = try Network(1)
    for link in 0..<1_000 { network.nodes[0].core.linkUp(link, networks: [], now: network.now, using: &network.random) }
    #expect(network.nodes[0].core.links.count == Limits.MDNS.links)
  }

  @Test("damaged packets do nothing but be counted, or be read", arguments: 0..<3)
  func damaged(_ seed: UInt64) throws {
    var network = try Network(2, seed: seed + 1)
    network.run(.seconds(3))
    let packets = network.sent.map(\.bytes)
    for round in 0..<3_000 {
      network.send(mutated(packets[round % packets.count], with: &network.random), by: 9)
      network.run(.milliseconds(20))
    }
    #expect(network.nodes[0].core.neighbours.count <= Limits.MDNS.instances)
    #expect(network.nodes[0].core.counters.malformed > 100)
  }
}

@Suite("The addresses of a link")
struct IPNetworkTests {
  @Test(
    "are those that begin like ours",
    arguments: [
      ([10, 0, 0, 1], 24, [10, 0, 0, 200], true), ([10, 0, 0, 1], 24, [10, 0, 1, 1], false),
      ([10, 0, 0, 1], 20, [10, 0, 15, 1], true), ([10, 0, 0, 1], 20, [10, 0, 16, 1], false),
      ([10, 0, 0, 1], 0, [9, 9, 9, 9], true), ([10, 0, 0, 1], 32, [10, 0, 0, 2], false),
      ([10, 0, 0, 1], 8, [10], false),
      ([10, 0, 0, 1], 99, [10, 0, 0, 1], true),
    ] as [([UInt8], Int, [UInt8], Bool)])
  func contains(_ address: [UInt8], _ prefix: Int, _ other: [UInt8], _ isIn: Bool) {
    #expect(IPNetwork(address, prefix: prefix).contains(other) == isIn)
  }

  @Test("have as many bits in common as the mask has")
  func mask() {
    #expect(IPNetwork([10, 0, 0, 1], mask: [255, 255, 240, 0]) == IPNetwork([10, 0, 0, 1], prefix: 20))
  }
}
