import Multiformats
import Testing

@Suite("From where a peer speaks")
struct VicinityTests {
  private static let addresses = [
    "/ip4/127.0.0.1/tcp/22", "/ip6/::1/tcp/22", "/ip6/::ffff:127.0.0.1/tcp/22", "/ip4/169.254.169.254/tcp/80",
    "/ip4/10.0.0.7/tcp/4001", "/ip6/fd00::7/tcp/4001", "/ip4/9.9.9.9/tcp/4001",
  ]

  @Test(
    "decides what addresses it is told of, and is believed",
    arguments: [
      ("/ip4/127.0.0.1/tcp/1", Vicinity.machine, 7), ("/ip6/::1/tcp/1", .machine, 7),
      ("/ip4/192.168.1.1/tcp/1", .network, 4), ("/ip6/fe80::1/tcp/1", .network, 4),
      ("/ip4/9.9.9.9/tcp/1", .internet, 1),
      // Nothing is known of where that is.
      ("/dns4/example.com/tcp/1", .internet, 1), ("/ip4/10.0.0.1/udp/1/quic-v1", .internet, 1),
    ])
  func places(_ address: String, _ place: Vicinity, _ seen: Int) throws {
    #expect(Vicinity(try Multiaddr(address)) == place)
    #expect(try Self.addresses.filter { place.shares(try Multiaddr($0)) } == Self.addresses.suffix(seen))
  }
}
