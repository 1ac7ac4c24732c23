import Kademlia
import Multiformats
import Testing

@testable import uc_bot

@Suite("Options of the distributed hash table")
struct DHTOptionsTests {
  private static let address = "/ip4/127.0.0.1/tcp/4001"

  private static func settings(
    bootstrap: [String] = [], _ choice: DHTChoice? = nil, environment: [String: String] = [:]
  ) throws -> PeerSettings {
    var settings = try PeerSettings(connect: [address], listen: [], port: nil, environment: environment)
    try settings.setDHT(bootstrap: bootstrap, choice, environment: environment)
    return settings
  }

  @Test("Without --bootstrap and --dht nobody is asked anything")
  func off() throws {
    #expect(try Self.settings().dht == nil)
    #expect(try Self.settings(bootstrap: [Self.address], .off).dht == nil)
  }

  @Test("Who is named by --bootstrap or BOOTSTRAP_PEERS is where the table begins, and a wanted peer")
  func named() throws {
    let settings = try Self.settings(
      bootstrap: ["/ip4/127.0.0.1/tcp/4002", Self.address],
      environment: ["BOOTSTRAP_PEERS": " /ip4/127.0.0.1/tcp/4003,,/ip4/127.0.0.1/tcp/4002"])
    let numbers = [4002, 4001, 4003]
    #expect(settings.dht?.bootstrap.map(\.description) == numbers.map { "/ip4/127.0.0.1/tcp/\($0)" })
    #expect(settings.dht?.mode == .auto)
    #expect(settings.connect.map(\.description) == [4001, 4002, 4003].map { "/ip4/127.0.0.1/tcp/\($0)" })
    #expect(try Self.settings(bootstrap: [Self.address], .server).dht?.mode == .server)
    #expect(try Self.settings(.client).dht?.bootstrap == [])
  }

  @Test("The public network is asked only when it is named, and its peers are not wanted ones")
  func publicNetwork() throws {
    let settings = try Self.settings(bootstrap: ["public"])
    #expect(settings.dht?.bootstrap == KademliaConfiguration.publicBootstrap)
    #expect(KademliaConfiguration.publicBootstrap.count == 5)
    #expect(settings.connect.map(\.description) == [Self.address])
  }

  @Test("What cannot be dialled is refused, by the name of where it stands")
  func refused() {
    #expect(throws: UsageError.self) { try Self.settings(bootstrap: ["private"]) }
    let error = #expect(throws: UsageError.self) {
      try Self.settings(environment: ["BOOTSTRAP_PEERS": "/ip4/1.2.3.4/udp/1/quic-v1"])
    }
    #expect(error?.description.hasPrefix("BOOTSTRAP_PEERS:") == true)
  }

  @Test("A key is a name's multihash, the multihash of a CID, or the text itself")
  func keys() {
    #expect(DHTKey.bytes("abc", hashes: false) == Array("abc".utf8))
    #expect(DHTKey.bytes("abc", hashes: true).prefix(4) == [0x12, 0x20, 0xBA, 0x78])
    let first = DHTKey.bytes("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR", hashes: false)
    #expect(first.count == 34)
    // The same content as CIDv1.
    #expect(DHTKey.bytes("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", hashes: false).count == 34)
    let text = "an ordinary text of more than twenty letters"
    #expect(DHTKey.bytes(text, hashes: false) == Array(text.utf8))
    #expect(DHTKey.valueKey("/uc/x/y") == Array("/uc/x/y".utf8))
    #expect(DHTKey.valueKey("/pk/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC").count == 38)
  }

  @Test("The lines are those of the workshop's lessons")
  func lines() throws {
    let id = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC"
    let address = try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(id)")
    #expect(
      EventLine.dht(.bootstrapping(address)).text == "Adding bootstrap peer: \(id) with multiaddr: \(address)")
    #expect(EventLine.dht(.bootstrapped(peers: 3)).text == "Kademlia bootstrap completed successfully")
    #expect(EventLine.dht(.bootstrapFailed).text == "Kademlia bootstrap timed out")
    #expect(EventLine.dht(.bootstrapping(try Multiaddr("/ip4/1.2.3.4/tcp/1"))).text.hasSuffix(": /ip4/1.2.3.4/tcp/1"))
    let unreachable = EventLine.dht(.unreachable(address, "\u{1B}[2Jno route"))
    #expect(unreachable.text.hasSuffix("no route") && !unreachable.text.contains("\u{1B}"))
    #expect(unreachable.json(nanoseconds: 0).contains("dht_unreachable"))
    #expect(EventLine.dht(.serving).json(nanoseconds: 0).contains("dht_serving"))
  }
}
