import Limits
import Multiformats
import TestSupport
import Testing

@Suite("Multiaddrs")
struct MultiaddrTests {
  @Test("an address comes back from text and from bytes", arguments: MultiaddrFacts.canonical)
  func canonical(text: String) throws {
    let address = try Multiaddr(text)
    #expect(address.description == text)
    let again = try Multiaddr(bytes: address.bytes)
    #expect(again == address)
    #expect(again.description == text)
    #expect(address.components.map(\.description).joined() == text)
  }

  @Test("other spellings are taken, and one is printed", arguments: MultiaddrFacts.spelledOtherwise)
  func spelledOtherwise(text: String, expected: String) throws {
    #expect(try Multiaddr(text).description == expected)
    #expect(try Multiaddr(text) == Multiaddr(expected))
  }

  @Test("bad texts are refused", arguments: MultiaddrFacts.refused)
  func refused(text: String) {
    #expect(throws: MultiaddrError.self) { try Multiaddr(text) }
  }

  @Test("the binary form is that of other implementations", arguments: MultiaddrFacts.binary)
  func binary(text: String, bytes: String) throws {
    #expect(try Multiaddr(text).bytes == hex(bytes))
    #expect(try Multiaddr(bytes: hex(bytes)).description == text)
  }

  @Test("bad bytes are refused", arguments: MultiaddrFacts.refusedBinary)
  func refusedBinary(bytes: String) {
    #expect(throws: MultiaddrError.self) { try Multiaddr(bytes: hex(bytes)) }
  }

  @Test(
    "an error says what, where and what was expected",
    arguments: [
      (
        "/ip4/999.1.1.1/tcp/1",
        #"address "/ip4/999.1.1.1/tcp/1", character 6: "999.1.1.1" is no value of /ip4, "#
          + "expected four numbers from 0 to 255, such as 127.0.0.1"
      ),
      (
        "/ip4/1.1.1.1/tpc/1",
        #"address "/ip4/1.1.1.1/tpc/1", character 14: "tpc" is no protocol, "#
          + "expected one such as ip4, dns4, tcp or p2p"
      ),
      (
        "/ip4/1.1.1.1/tcp",
        #"address "/ip4/1.1.1.1/tcp", character 17: /tcp has no value, expected a port from 0 to 65535"#
      ),
      (
        "localhost:4001",
        #"address "localhost:4001", character 1: no slash, expected an address that begins with /"#
      ),
      (
        "/p2p/12D3KooW0",
        #"address "/p2p/12D3KooW0", character 6: peer id: character 9 is not base58 "#
          + "(digits and letters without 0, O, I and l), expected a peer id"
      ),
      ("", #"address "", character 1: empty address, expected such as /ip4/127.0.0.1/tcp/4001"#),
    ])
  func errors(text: String, message: String) {
    let error = #expect(throws: MultiaddrError.self) { try Multiaddr(text) }
    #expect(error?.description == message)
  }

  @Test("an error about bytes says at which")
  func binaryErrors() {
    let error = #expect(throws: MultiaddrError.self) { try Multiaddr(bytes: hex("047f00000106")) }
    #expect(error?.description == "binary address, byte 6: 0 bytes left for /tcp, expected 2")
    #expect(error?.kind == .missingValue)
    #expect(error?.offset == 6)
  }

  @Test("an error never carries control characters or a long text into a log")
  func safeErrors() throws {
    let text = "/dns4/a\u{1b}[2J\n" + String(repeating: "x", count: 3_000)
    let error = try #require(#expect(throws: MultiaddrError.self) { try Multiaddr(text) })
    #expect(error.description.count < 400)
    #expect(error.description.allSatisfy { !$0.isNewline && $0 != "\u{1b}" })
  }

  @Test("addresses have a largest size, text and binary")
  func sizes() throws {
    let longest = "/dns4/" + String(repeating: "a", count: Limits.Multiaddr.bytes - 3)
    let address = try Multiaddr(longest)
    #expect(address.bytes.count == Limits.Multiaddr.bytes)
    #expect(try Multiaddr(bytes: address.bytes) == address)
    #expect(#expect(throws: MultiaddrError.self) { try Multiaddr(longest + "a") }?.kind == .tooLong)
    let bytes = [0x36] + Varint.encode(2_046) + [UInt8](repeating: 0x61, count: 2_046)
    #expect(#expect(throws: MultiaddrError.self) { try Multiaddr(bytes: bytes) }?.kind == .tooLong)
    let text = "/unix/" + String(repeating: "a", count: Limits.Multiaddr.text)
    #expect(#expect(throws: MultiaddrError.self) { try Multiaddr(text) }?.kind == .tooLong)
    #expect(throws: MultiaddrError.self) { try Multiaddr(String(repeating: "/", count: 1_000_000)) }
    #expect(throws: MultiaddrError.self) { try Multiaddr("/p2p/" + String(repeating: "1", count: 1_000_000)) }
    #expect(throws: MultiaddrError.self) { try Multiaddr(bytes: repeatElement(0x04, count: 1_000_000)) }
  }

  @Test("nobody nests circuits without end")
  func depth() throws {
    let most = String(repeating: "/p2p-circuit", count: Limits.Multiaddr.components)
    #expect(try Multiaddr(most).components.count == Limits.Multiaddr.components)
    #expect(#expect(throws: MultiaddrError.self) { try Multiaddr(most + "/ws") }?.kind == .tooLong)
    let bytes = [[UInt8]](repeating: [0xa2, 0x02], count: Limits.Multiaddr.components + 1).flatMap { $0 }
    #expect(#expect(throws: MultiaddrError.self) { try Multiaddr(bytes: bytes) }?.kind == .tooLong)
  }

  @Test("the peer of an address is the one at its end")
  func peers() throws {
    let one = MultiaddrFacts.qm
    let two = MultiaddrFacts.ed25519
    let direct = try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(one)")
    #expect(direct.peerID == (try Base58.decode(one)))
    #expect(direct.withoutPeerID.description == "/ip4/1.2.3.4/tcp/1")
    #expect(direct.withoutPeerID.withoutPeerID == direct.withoutPeerID)
    #expect(direct.withoutPeerID.peerID == nil)
    let relayed = try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(one)/p2p-circuit/p2p/\(two)")
    #expect(relayed.peerID == (try Base58.decode(two)))
    #expect(relayed.withoutPeerID.peerID == nil)
    let path = try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(one)/http-path/a")
    #expect(path.peerID == (try Base58.decode(one)))
    #expect(path.withoutPeerID == path)
    let bare = try Multiaddr("/p2p/\(one)").withoutPeerID
    #expect(bare.isEmpty && bare.components.isEmpty && bare.description == "/")
  }

  @Test("addresses are put together")
  func appending() throws {
    let address = try Multiaddr(ip: "127.0.0.1", tcpPort: 4_001)
    #expect(address.description == "/ip4/127.0.0.1/tcp/4001")
    #expect(try Multiaddr(ip: "::1", tcpPort: 0).description == "/ip6/::1/tcp/0")
    let peer = try Multiaddr("/p2p/\(MultiaddrFacts.qm)")
    #expect(address.appending(peer).description == "/ip4/127.0.0.1/tcp/4001/p2p/\(MultiaddrFacts.qm)")
    #expect(address.appending(peer).withoutPeerID == address)
    #expect(throws: MultiaddrError.self) { try Multiaddr(ip: "127.0.0.1", tcpPort: 65_536) }
    #expect(throws: MultiaddrError.self) { try Multiaddr(ip: "127.0.0.1", tcpPort: -1) }
    #expect(throws: MultiaddrError.self) { try Multiaddr(ip: "1.2.3.4/tcp/1", tcpPort: 1) }
    #expect(throws: MultiaddrError.self) { try Multiaddr(ip: "example.org", tcpPort: 1) }
  }

  @Test("parts give their values up")
  func components() throws {
    let parts = try Multiaddr("/dns4/example.org/tcp/4001/ws").components
    #expect(parts.map(\.proto) == [.dns4, .tcp, .ws])
    #expect(parts.map(\.text) == ["example.org", "4001", nil])
    #expect(parts.map(\.port) == [nil, 4_001, nil])
    #expect(parts[1].value == [0x0f, 0xa1])
  }

  @Test("every protocol has a name and a number of its own")
  func protocols() {
    for proto in MultiaddrProtocol.allCases {
      #expect(MultiaddrProtocol(name: proto.name) == proto)
      #expect(MultiaddrProtocol(rawValue: proto.code) == proto)
    }
    #expect(MultiaddrProtocol(name: "ipfs") == .p2p)
    #expect(MultiaddrProtocol(name: "carrier-pigeon") == nil)
  }
}
