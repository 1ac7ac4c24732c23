import Identity
import Limits
import Multiformats
import NIOCore
import Swarm
import TestSupport
import Testing

@testable import Kademlia

@Suite("The distributed hash table between real peers")
struct KademliaServiceTests {
  @Test("A peer is found through another that nobody had told of it, and is reached")
  func findPeer() async throws {
    let (first, others) = try await smallNetwork(4)
    let found = try await others[0].table.findPeer(others[2].id).get()
    #expect(found.id == others[2].id)
    #expect(found.addresses == others[2].addresses.map(\.withoutPeerID))
    #expect(await others[0].swarm.connectedPeers.contains(others[2].id))
    for node in others + [first] { await node.stop() }
  }

  @Test("What one announces the others find, and nothing else")
  func providers() async throws {
    let (first, others) = try await smallNetwork(4)
    let key = Array("universal-connectivity/0.1.0".utf8)
    #expect(try await others[0].table.provide(key).get() == 3)
    let found = try await others[2].table.findProviders(key).get()
    #expect(found.map(\.id) == [others[0].id])
    #expect(found.first?.addresses == others[0].addresses.map(\.withoutPeerID))
    await #expect(throws: KademliaError.notFound) { try await others[1].table.findProviders([1, 2]).get() }
    for node in others + [first] { await node.stop() }
  }

  @Test("A value is stored and found, and a newer one takes its place everywhere")
  func values() async throws {
    let (first, others) = try await smallNetwork(4)
    func record(_ sequence: UInt64, _ text: String) throws -> KadRecord {
      try SignedRecord(peer: first.id, name: "n", sequence: sequence, value: Array(text.utf8)).sealed(with: first.key)
    }
    let old = try record(1, "old")
    #expect(try await first.table.put(old).get() == 3)
    #expect(try await others[1].table.get(old.key).get() == old.value)
    let new = try record(2, "new")
    #expect(try await first.table.put(new).get() == 3)
    #expect(try await others[2].table.get(new.key).get() == new.value)
    // Nobody takes the old one back.
    await #expect(throws: KademliaError.self) { try await others[2].table.put(old).get() }
    await #expect(throws: KademliaError.notFound) {
      try await others[2].table.get(PublicKeyValidator.key(of: .test(1))).get()
    }
    await #expect(throws: KademliaError.invalid(.unknownNamespace)) { try await first.table.get([1]).get() }
    for node in others + [first] { await node.stop() }
  }

  @Test("Of a value that has changed at one peer alone all of those near to its key have the new one after a search")
  func corrections() async throws {
    let (first, others) = try await smallNetwork(4)
    func record(_ sequence: UInt64) throws -> KadRecord {
      try SignedRecord(peer: first.id, name: "n", sequence: sequence, value: [7]).sealed(with: first.key)
    }
    let (old, new) = (try record(1), try record(2))
    // One has the new value, one has none, the others have the old one.
    let values = [(others[0], old), (others[1], new), (first, old)]
    let client = try await TestNode(bootstrap: first, mode: .client)
    for node in others { _ = try await client.swarm.dial(#require(node.addresses.first)) }
    for (node, value) in values {
      let taken = try await client.ask(node.id, KadMessage(.putValue, key: value.key, record: value))
      #expect(taken.record == value)
    }
    #expect(try await client.table.get(new.key).get() == new.value)
    for node in others + [first] {
      try await withDeadline {
        while try await client.ask(node.id, KadMessage(.getValue, key: new.key)).record != new { await Task.yield() }
      }
    }
    for node in others + [first, client] { await node.stop() }
  }

  @Test("What is too long for others is not sent to them, and it is said why")
  func tooLong() async throws {
    let (first, others) = try await smallNetwork(2)
    let client = try await TestNode(bootstrap: first, mode: .client)
    let value = [UInt8](repeating: 1, count: Limits.Kademlia.value)
    let record = try SignedRecord(peer: client.id, name: "n", sequence: 1, value: value).sealed(with: client.key)
    let why = KadFault.badRecord("\(record.value.count) bytes, the limit is \(Limits.Kademlia.value)")
    await #expect(throws: KademliaError.invalid(why)) { try await client.table.put(record).get() }
    let name = String(repeating: "n", count: Limits.Kademlia.key)
    let long = try SignedRecord(peer: client.id, name: name, sequence: 1, value: []).sealed(with: client.key)
    await #expect(throws: KademliaError.self) { try await client.table.put(long).get() }
    for node in others + [first, client] { await node.stop() }
  }

  @Test(
    "Who begins is told whom it has for neighbours; a peer to begin with that is not there is named once, with the reason"
  )
  func beginnings() async throws {
    let server = try await TestNode()
    let nobody = try Multiaddr("/ip4/127.0.0.1/tcp/1").withPeer(.test(1))
    let addresses = server.addresses
    let node = try await TestNode(mode: .client) { $0.bootstrap = [nobody] + addresses }
    let serverID = server.id
    _ = try await node.heard.first {
      if case .neighbours(let peers) = $0, peers.map(\.id) == [serverID] { 1 } else { nil }
    }
    let why = try await node.heard.first { if case .unreachable(nobody, let why) = $0 { why } else { nil } }
    #expect(why.contains("refused"))
    await server.stop()
    let alone = try await TestNode(mode: .client) { $0.bootstrap = [nobody] }
    var tries = 0
    while tries < 2 {
      let before = tries
      _ = try await alone.heard.first { if case .unreachable = $0 { 1 } else { nil } }
      alone.table.refresh()
      _ = try await alone.table.status.get()
      tries = alone.heard.events.count { $0 == .bootstrapping(nobody) }
      if tries == before { await Task.yield() }
    }
    #expect(alone.heard.events.count { if case .unreachable = $0 { true } else { false } } == 1)
    for node in [node, alone] { await node.stop() }
  }

  @Test("A client asks and is answered, but says in identify that it does not answer, and is in no table")
  func clients() async throws {
    let server = try await TestNode()
    let client = try await TestNode(bootstrap: server, mode: .auto)
    #expect(try await client.table.closestPeers([7]).get().map(\.id) == [server.id])
    #expect(try await server.table.peers.get().isEmpty)
    let info = await server.swarm.identifyInfo(of: client.id)
    #expect(info?.protocols.contains(KademliaConfiguration.publicProtocol) != true)
    #expect(try await client.table.status.get().isServer == false)
    // A third one finds the client through the server, which is connected to it.
    let third = try await TestNode(bootstrap: server)
    #expect(try await third.table.findPeer(client.id).get().addresses == client.addresses.map(\.withoutPeerID))
    for node in [server, client, third] { await node.stop() }
  }

  @Test("A server that is asked for itself names itself: Go takes no other into its table")
  func itself() async throws {
    let server = try await TestNode()
    let client = try await TestNode(bootstrap: server, mode: .client)
    let answer = try await client.ask(server.id, KadMessage(.findNode, key: server.id.bytes))
    #expect(answer.closerPeers == [KadPeer(id: server.id, addresses: server.addresses.map(\.withoutPeerID))])
    await client.stop()
    await server.stop()
  }

  @Test("Without anybody to ask everything fails, and says so")
  func alone() async throws {
    let node = try await TestNode()
    await #expect(throws: KademliaError.noPeers) { try await node.table.findPeer(.test(1)).get() }
    await #expect(throws: KademliaError.noPeers) { try await node.table.provide([1]).get() }
    await #expect(throws: KademliaError.noPeers) { try await node.table.findProviders([1]).get() }
    await #expect(throws: KademliaError.invalid(.noKey)) { try await node.table.findProviders([]).get() }
    await #expect(throws: KademliaError.self) {
      try await node.table.provide(Array(repeating: 1, count: Limits.Kademlia.providerKey + 1)).get()
    }
    await node.stop()
    await #expect(throws: KademliaError.stopping) { try await node.table.findPeer(.test(1)).get() }
  }

  @Test("Case 63: a peer that takes requests and never answers is waited for no longer than a request may take")
  func silence() async throws {
    let mute = try await TestNode(mode: .client)
    mute.swarm.handle(KademliaConfiguration.publicProtocol) { _ in }
    let node = try await TestNode {
      $0.lookup.requestTimeout = .milliseconds(50)
      $0.lookup.patience = .milliseconds(20)
    }
    _ = try await node.swarm.dial(#require(mute.addresses.first))
    try await node.knows(mute.id)
    _ = try await withDeadline {
      await #expect(throws: KademliaError.noPeers) { try await node.table.findProviders([1]).get() }
    }
    // A second time, and it is not asked again.
    _ = try? await node.table.findProviders([2]).get()
    #expect(try await node.table.peers.get().isEmpty)
    // Ending completes whatever is under way.
    await node.stop()
    await mute.stop()
  }

  @Test("Case 63: whoever waits is told when the peer ends")
  func ending() async throws {
    let mute = try await TestNode(mode: .client)
    mute.swarm.handle(KademliaConfiguration.publicProtocol) { _ in }
    let node = try await TestNode()
    _ = try await node.swarm.dial(#require(mute.addresses.first))
    try await node.knows(mute.id)
    let search = node.table.findProviders([1])
    node.table.stop()
    _ = try await withDeadline {
      await #expect(throws: KademliaError.stopping) { try await search.get() }
    }
    await node.stop()
    await mute.stop()
  }

  @Test(
    "Case 58: a message that is too long, of an unknown type, without a key or with one of 10 KB resets the stream",
    arguments: [
      Varint.encode(4 * 1_024 * 1_024 + 1), [2, 0x08, 9], [2, 0x08, 4],
      Varint.encode(10_243) + [0x12] + Varint.encode(10_240) + Array(repeating: 1, count: 10_240), [1, 0xFF],
    ])
  func hostile(_ bytes: [UInt8]) async throws {
    let server = try await TestNode()
    let enemy = try await TestNode(mode: .client)
    _ = try await enemy.swarm.dial(#require(server.addresses.first))
    let stream = try await enemy.swarm.openStream(
      to: server.id, protocols: [KademliaConfiguration.publicProtocol]
    ) { channel, _ in
      channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }.get()
    let enemyID = enemy.id
    _ = try await server.heard.first { if case .refused(enemyID, _) = $0 { true } else { nil } }
    try await withDeadline { try await stream.closeFuture.get() }
    #expect(try await server.table.status.get().refused == 1)
    // The connection is still good.
    #expect(await server.swarm.connectedPeers.contains(enemy.id))
    await enemy.stop()
    await server.stop()
  }

  @Test("One stream may carry many requests, but only so many in a minute")
  func budget() async throws {
    let server = try await TestNode()
    let enemy = try await TestNode(mode: .client)
    _ = try await enemy.swarm.dial(#require(server.addresses.first))
    var requests = ByteBuffer()
    for _ in 0..<2 * Limits.Kademlia.perMinute {
      requests.writeImmutableBuffer(KadMessage(.findNode, key: PeerID.test(1).bytes).frame())
    }
    let flood = requests
    _ = try await enemy.swarm.openStream(
      to: server.id, protocols: [KademliaConfiguration.publicProtocol]
    ) { channel, _ in
      channel.writeAndFlush(flood, promise: nil)
    }.get()
    let enemyID = enemy.id
    let reason = try await server.heard.first { if case .refused(enemyID, let why) = $0 { why } else { nil } }
    #expect(reason == KadFault.tooMany.description)
    // Some more than in no time at all.
    #expect(try await server.table.status.get().answered < UInt64(Limits.Kademlia.perMinute) * 3 / 2)
    await enemy.stop()
    await server.stop()
  }

  @Test("Connections that lookups have opened are closed when nobody needs them")
  func idle() async throws {
    let (first, others) = try await smallNetwork(3)
    let client = try await TestNode(bootstrap: first, mode: .client) { $0.idle = .milliseconds(100) }
    let kept = others[0].id
    client.table.keepConnections { $0 == kept }
    _ = try await client.table.closestPeers([1]).get()
    let (gone, clientID) = (others[1], client.id)
    let closed = EventRecorder<PeerID>()
    gone.swarm.addObserver { if case .disconnected(let peer, _) = $0 { closed.record(peer) } }
    client.table.refresh()
    _ = try await closed.first { $0 == clientID ? true : nil }
    #expect(await client.swarm.connectedPeers.contains(kept))
    for node in others + [first, client] { await node.stop() }
  }
}
