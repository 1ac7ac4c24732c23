import DNS
import Limits
import Multiformats
import Testing

@Suite("What a /dnsaddr stands for")
struct DnsaddrResolutionTests {
  private static let peer = "/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC"
  private static let other = "/p2p/12D3KooWFhXabKDwALpzqMbto94sB7rvmZ6M28hs9Y9xSopDKwQr"

  /// Resolves with these texts by name; which names were asked for.
  private func resolve(_ address: String, _ texts: [String: [String]]) throws -> ([String], asked: [String]) {
    var resolution = DnsaddrResolution(try Multiaddr(address))
    var asked: [String] = []
    while let name = resolution.next() {
      asked.append("\(name)")
      resolution.answered((texts["\(name)"] ?? []).map { Array($0.utf8) })
    }
    return (resolution.addresses.map { "\($0)" }, asked)
  }

  @Test("is what the texts of its name say, of the peer that it asks for")
  func filtered() throws {
    let tcp = "/ip4/9.9.9.9/tcp/4001"
    let texts = [
      "_dnsaddr.example.org": [
        "dnsaddr=" + tcp + Self.peer, "dnsaddr=" + tcp + Self.other, "v=spf1", "dnsaddr=nonsense",
        "dnsaddr=" + tcp + Self.peer, "dnsaddr=/dns4/x.org/tcp/1" + Self.peer,
      ]
    ]
    #expect(
      try resolve("/dnsaddr/example.org" + Self.peer, texts).0 == [tcp + Self.peer, "/dns4/x.org/tcp/1" + Self.peer])
    #expect(try resolve("/dnsaddr/example.org", texts).0.count == 3)
    #expect(try resolve("/dnsaddr/example.org/tcp/4001" + Self.other, texts).0 == [tcp + Self.other])
    #expect(try resolve("/ip4/9.9.9.9/tcp/1", texts).asked == [])
  }

  @Test("may be another, which is asked in turn")
  func nested() throws {
    let (found, asked) = try resolve(
      "/dnsaddr/a.org" + Self.peer,
      [
        "_dnsaddr.a.org": ["dnsaddr=/dnsaddr/b.a.org" + Self.peer, "dnsaddr=/dnsaddr/c.a.org" + Self.other],
        "_dnsaddr.b.a.org": ["dnsaddr=/ip4/9.9.9.9/tcp/1" + Self.peer],
      ])
    #expect(found == ["/ip4/9.9.9.9/tcp/1" + Self.peer])
    #expect(asked == ["_dnsaddr.a.org", "_dnsaddr.b.a.org"])
  }

  // MARK: case 41 of libp2p.md §3.5

  @Test("ends when names lead in a circle, and after so many steps in one direction")
  func loops() throws {
    let circle = try resolve(
      "/dnsaddr/a.org",
      ["_dnsaddr.a.org": ["dnsaddr=/dnsaddr/b.org"], "_dnsaddr.b.org": ["dnsaddr=/dnsaddr/a.org"]])
    #expect(circle.asked == ["_dnsaddr.a.org", "_dnsaddr.b.org"])
    var endless: [String: [String]] = [:]
    for index in 0..<50 { endless["_dnsaddr.n\(index).org"] = ["dnsaddr=/dnsaddr/n\(index + 1).org"] }
    #expect(try resolve("/dnsaddr/n0.org", endless).asked.count == Limits.DNS.depth)
  }

  @Test("is bounded in breadth: names asked, addresses kept, texts looked at")
  func breadth() throws {
    let many = (0..<1_000).map { "dnsaddr=/dnsaddr/x\($0).org" }
    #expect(try resolve("/dnsaddr/a.org", ["_dnsaddr.a.org": many]).asked.count == Limits.DNS.lookups)
    let addresses = (0..<10_000).map { "dnsaddr=/ip4/10.\($0 / 65_536).\($0 / 256 % 256).\($0 % 256)/tcp/1" }
    #expect(try resolve("/dnsaddr/a.org", ["_dnsaddr.a.org": addresses]).0.count == Limits.DNS.addresses)
    let filler = Array(repeating: "x", count: Limits.DNS.records)
    #expect(try resolve("/dnsaddr/a.org", ["_dnsaddr.a.org": filler + addresses]).0 == [])
  }

  @Test("is nothing when its host is no name")
  func noName() throws {
    #expect(try resolve("/dnsaddr/a..b", [:]).asked == [])
  }
}
