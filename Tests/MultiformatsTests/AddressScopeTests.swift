import Multiformats
import Testing

@Suite("From where an address can be reached")
struct AddressScopeTests {
  @Test(
    "is known of every address that TCP can reach, and of no other",
    arguments: [
      ("/ip4/9.9.9.9/tcp/4001", .global), ("/ip4/127.0.0.1/tcp/1", .local), ("/ip4/10.1.2.3/tcp/1", .local),
      ("/ip4/172.31.0.1/tcp/1", .local), ("/ip4/172.32.0.1/tcp/1", .global), ("/ip4/192.168.1.1/tcp/1", .local),
      ("/ip4/169.254.1.1/tcp/1", .local), ("/ip4/100.64.0.1/tcp/1", .local), ("/ip4/0.0.0.0/tcp/1", .unusable),
      ("/ip4/224.0.0.1/tcp/1", .unusable), ("/ip4/255.255.255.255/tcp/1", .unusable),
      ("/ip4/203.0.113.7/tcp/1", .unusable), ("/ip4/9.9.9.9/tcp/0", nil), ("/ip4/9.9.9.9/udp/1/quic-v1", nil),
      ("/ip4/9.9.9.9/tcp/1/ws", nil), ("/dns4/example.com/tcp/1", nil), ("/ip6/2606:4700::1111/tcp/1", .global),
      ("/ip6/::1/tcp/1", .local), ("/ip6/::/tcp/1", .unusable), ("/ip6/fd00::1/tcp/1", .local),
      ("/ip6/fe80::1/tcp/1", .local), ("/ip6/ff02::1/tcp/1", .unusable), ("/ip6/2001:db8::1/tcp/1", .unusable),
      ("/ip6/::ffff:127.0.0.1/tcp/1", .local), ("/ip6/64:ff9b::a00:1/tcp/1", .local), ("/tcp/1", nil),
    ] as [(String, AddressScope?)])
  func scopes(_ address: String, _ scope: AddressScope?) throws {
    #expect(AddressScope(tcp: try Multiaddr(address)) == scope)
    #expect(AddressScope(tcp: try Multiaddr("\(address)/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC")) == scope)
  }
}
