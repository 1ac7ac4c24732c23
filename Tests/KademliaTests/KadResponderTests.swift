import Identity
import Limits
import Multiformats
import NIOCore
import Testing

@testable import Kademlia

@Suite("What a server answers")
struct KadResponderTests {
  private var responder = KadResponder(localKey: KadKey(.test(0)), validators: RecordValidators())
  private var table = RoutingTable(localPeer: .test(0))

  init() { for number in 1...40 { _ = table.insert(.test(number)) } }

  private mutating func answer(
    _ request: KadMessage, from peer: PeerID = .test(99), place: Vicinity = .internet, known: KadPeer? = nil
  ) throws -> KadMessage? {
    try responder.answer(
      request, from: peer, place: place, table: table, known: { $0 == known?.id ? known : nil }, now: .test(5))
  }

  @Test("The nearest k peers to a key, without the one that asks")
  mutating func findNode() throws {
    let key = PeerID.test(7).bytes
    let answer = try #require(try answer(KadMessage(.findNode, key: key), from: .test(8)))
    #expect(answer.type == .findNode)
    #expect(answer.closerPeers.count == Limits.Kademlia.bucket)
    #expect(answer.closerPeers.first?.id == .test(7))
    #expect(!answer.closerPeers.contains { $0.id == .test(8) })
  }

  @Test("A connected peer is told of when it is looked for, also when it is no server")
  mutating func clients() throws {
    let client = KadPeer.test(77)
    let answer = try #require(try answer(KadMessage(.findNode, key: client.id.bytes), known: client))
    #expect(answer.closerPeers.first == client)
    #expect(answer.closerPeers.count == Limits.Kademlia.bucket)
  }

  @Test("Addresses of private networks are told to peers in such a one only, those of loopback on this machine only")
  mutating func scopes() throws {
    let local = KadPeer.test(50, at: "/ip4/10.0.0.7/tcp/4001")
    let own = KadPeer.test(51, at: "/ip4/127.0.0.1/tcp/4001")
    for (peer, told) in [(local, [Vicinity.network, .machine]), (own, [.machine])] {
      _ = table.insert(peer)
      let request = KadMessage(.findNode, key: peer.id.bytes)
      for place in [Vicinity.internet, .network, .machine] {
        let answer = try #require(try answer(request, place: place))
        #expect(answer.closerPeers.contains(peer) == told.contains(place))
        #expect(told.contains(place) || !answer.closerPeers.contains { $0.id == peer.id })
      }
    }
  }

  @Test("Case 61: an announcement for another peer is dropped; one's own is kept, and given to others")
  mutating func announcements() throws {
    let key: [UInt8] = [1, 2]
    #expect(throws: KadFault.notTheProvider) {
      try answer(KadMessage(.addProvider, key: key, providerPeers: [.test(3)]), from: .test(4))
    }
    let mixed = KadMessage(.addProvider, key: key, providerPeers: [.test(3), .test(4)])
    #expect(try answer(mixed, from: .test(4)) == nil)
    let found = try #require(try answer(KadMessage(.getProviders, key: key)))
    #expect(found.providerPeers == [.test(4)])
    #expect(found.closerPeers.count == Limits.Kademlia.bucket)
  }

  @Test("Case 58: a request without a key, or with one that is too long for a provider, is refused")
  mutating func keys() throws {
    for type in [KadRequestType.findNode, .getValue, .putValue, .getProviders, .addProvider] {
      #expect(throws: KadFault.noKey) { try answer(KadMessage(type)) }
    }
    let long = Array(repeating: UInt8(1), count: Limits.Kademlia.providerKey + 1)
    for type in [KadRequestType.getProviders, .addProvider] {
      #expect(throws: KadFault.keyTooLong(bytes: long.count, limit: Limits.Kademlia.providerKey)) {
        try answer(KadMessage(type, key: long))
      }
    }
  }

  @Test("Case 60: a value is stored when it is valid and its key is that of the message, and is given back")
  mutating func values() throws {
    let owner = KeyPair.generate()
    let record = KadRecord(key: PublicKeyValidator.key(of: owner.peerID), value: owner.publicKey.protobuf)
    #expect(throws: KadFault.self) { try answer(KadMessage(.putValue, key: [1], record: record)) }
    #expect(throws: KadFault.self) { try answer(KadMessage(.putValue, key: record.key)) }
    // What a peer stuffs into a request is not in the answer.
    let stuffed = KadMessage(.putValue, key: record.key, record: record, closerPeers: [.test(66)])
    #expect(try answer(stuffed) == KadMessage(.putValue, key: record.key, record: record))
    #expect(try answer(KadMessage(.getValue, key: record.key))?.record == record)
    #expect(try answer(KadMessage(.getValue, key: [5]))?.record == nil)
  }

  @Test("A ping is answered without what was stuffed into it")
  mutating func ping() throws {
    #expect(try answer(KadMessage(.ping, closerPeers: [.test(1)])) == KadMessage(.ping))
  }

  @Test("Case 64: the answer to a small request never grows above the bound")
  mutating func amplification() throws {
    let key: [UInt8] = [9]
    let addresses = try (1...16).map { try Multiaddr("/ip4/9.9.9.\($0)/tcp/4001") }
    for number in 200..<200 + Limits.Kademlia.providers {
      let provider = KadPeer(id: .test(number), addresses: addresses)
      _ = try answer(KadMessage(.addProvider, key: key, providerPeers: [provider]), from: provider.id)
    }
    let found = try #require(try answer(KadMessage(.getProviders, key: key)))
    #expect(found.providerPeers.count == Limits.Kademlia.providers)
    #expect(found.frame().readableBytes <= Limits.Kademlia.send + 4)
  }
}
