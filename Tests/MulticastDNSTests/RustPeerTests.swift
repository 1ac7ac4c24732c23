import DNS
import Identity
import Limits
import Multiformats
import NIOCore
import Testing

@testable import MulticastDNS

/// What rust-libp2p sends (libp2p-mdns, `behaviour/iface/dns.rs`): from any port, a pointer and behind it a record of
/// texts for each address, under a name that is another one in each answer, and that stands under no service.
@Suite("A peer of rust-libp2p on the link")
struct RustPeerTests {
  private let peer = KeyPair.generate().peerID

  private func answer(_ label: String, _ addresses: [String], ttl: UInt32 = 360) throws -> [UInt8] {
    let service = try #require(DNSName(MDNSCore.service))
    let instance = try #require(DNSName(label))
    var message = DNSMessage.multicastResponse()
    message.id = 0xF8F8
    message.answers = [DNSRecord(service, ttl: ttl, .ptr(instance))]
    message.additionals = addresses.map {
      DNSRecord(instance, ttl: ttl, isUnique: true, .txt([Array("dnsaddr=\($0)/p2p/\(peer)".utf8)]))
    }
    return message.bytes
  }

  @Test("is found at all its addresses, in one event")
  func addresses() throws {
    var network = try Network(1)
    let addresses = ["/ip4/192.168.0.9/tcp/4001", "/ip4/10.0.0.9/tcp/4001", "/ip6/fd00::9/tcp/4001"]
    let others = ["/ip4/127.0.0.1/tcp/4001"] + (0..<20).map { "/ip4/192.168.0.9/udp/\($0 + 1)/quic-v1" }
    network.send(try answer("abc", others + addresses), by: 9)
    #expect(network.nodes[0].events.count == 1)
    #expect(
      Set(try #require(network.nodes[0].found[peer])) == Set(try addresses.map { try Multiaddr("\($0)/p2p/\(peer)") }))
  }

  @Test("takes one place, however many names it has gone by, and is gone when it is silent")
  func names() throws {
    var network = try Network(1)
    let addresses = ["/ip4/192.168.0.9/tcp/4001", "/ip4/10.0.0.9/tcp/4001"]
    for number in 0..<2 * Limits.MDNS.instances {
      network.send(try answer("name\(number)", number % 2 == 0 ? addresses : addresses.reversed()), by: 9)
      network.run(.milliseconds(100))
    }
    #expect(network.nodes[0].core.neighbours.count == 1)
    #expect(network.nodes[0].events.count == 1)
    network.run(.seconds(360))
    #expect(network.nodes[0].events.last == .lost(peer))
  }

  @Test("that has moved is found where it is now, and no longer where it was once that is too old")
  func moving() throws {
    var network = try Network(1)
    network.send(try answer("a", ["/ip4/192.168.0.9/tcp/4001"]), by: 9)
    network.run(.seconds(60))
    network.send(try answer("b", ["/ip4/192.168.0.10/tcp/4001"]), by: 9)
    #expect(network.nodes[0].found[peer]?.count == 2)
    network.run(.seconds(301))
    #expect(network.nodes[0].found[peer] == [try Multiaddr("/ip4/192.168.0.10/tcp/4001/p2p/\(peer)")])
  }
}
