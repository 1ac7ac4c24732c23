import Identity
import Limits
import Multiformats
import NIOCore
import Swarm
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("A peer's announcement of itself")
struct PeerAnnouncementTests {
  private let vector = hex(
    "0a240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b81231047f000001062384a5032600240801122003"
      + "a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
  private let id = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"

  @Test("is the key and the addresses, to the byte")
  func vectors() throws {
    let address = try Multiaddr("/ip4/127.0.0.1/tcp/9092/p2p/\(id)")
    let read = try PeerAnnouncement(ByteBuffer(bytes: vector))
    #expect(read.peer.description == id && read.addresses == [address])
    let key = try #require(try PeerID(id).publicKey)
    #expect(PeerAnnouncement.encode(key, addresses: [address])?.bytes == vector)
  }

  @Test("is read without the addresses that are none, are another's, or are said twice")
  func tolerant() throws {
    let key = try #require(try PeerID(id).publicKey)
    let good = try Multiaddr("/ip4/127.0.0.1/tcp/9092/p2p/\(id)")
    let other = try Multiaddr("/ip4/127.0.0.1/tcp/9093/p2p/\(KeyPair.generate().peerID)")
    var bytes = try #require(PeerAnnouncement.encode(key, addresses: [other, good, good.withoutPeerID])).bytes
    // No address at all, and one that breaks off.
    bytes += [0x12, 0x00, 0x12, 0x02, 0x04, 0x7F, 0x1A, 0x01, 0x00]
    #expect(try PeerAnnouncement(ByteBuffer(bytes: bytes)).addresses.contains(good))
    #expect(try PeerAnnouncement(ByteBuffer(bytes: bytes)).addresses.count { !$0.withoutPeerID.isEmpty } == 1)
    let many = (1...100).compactMap { try? Multiaddr("/ip4/9.9.9.9/tcp/\($0)") }
    let long = try #require(PeerAnnouncement.encode(key, addresses: many))
    #expect(try PeerAnnouncement(long).addresses.count == Limits.Discovery.addresses)
  }

  @Test("is refused when it has no key that is one, or is too long")
  func refused() throws {
    func fault(_ bytes: [UInt8]) -> PeerAnnouncement.Fault? {
      do throws(PeerAnnouncement.Fault) { _ = try PeerAnnouncement(ByteBuffer(bytes: bytes)) } catch { return error }
      return nil
    }
    #expect(fault(Array("hello".utf8)) == .notAPeer)
    guard case .badKey = fault([]), case .badKey = fault([0x0A, 0x02, 0x08, 0x01]) else {
      Issue.record("no key was taken for one")
      return
    }
    let padding = [UInt8](repeating: 0, count: Limits.Discovery.message)
    #expect(fault(vector + padding) == .tooLong(vector.count + padding.count))
  }

  @Test("of any bytes is read without harm")
  func hostile() {
    var generator = SplitMix64(seed: 4)
    var read = 0
    for _ in 0..<3_000 {
      let bytes = ByteBuffer(bytes: mutated(vector, with: &generator))
      guard let announcement = try? PeerAnnouncement(bytes) else { continue }
      read += 1
      for address in announcement.addresses { #expect(address.peerID == announcement.peer.bytes) }
    }
    #expect(read > 50)
  }
}

@Suite("Dialling those who announce themselves")
struct DiscoveryDialsTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  private func announcement(_ addresses: [String] = ["/ip4/9.9.9.9/tcp/1"]) throws -> PeerAnnouncement {
    let key = KeyPair.generate().publicKey
    let payload = PeerAnnouncement.encode(key, addresses: try addresses.map { try Multiaddr($0) })
    return try PeerAnnouncement(try #require(payload))
  }

  @Test("is done once, and again when enough time has gone by")
  func again() throws {
    var dials = DiscoveryDials(allowsLocal: false)
    let one = try announcement()
    #expect(dials.heard(one, isConnected: true, connections: 1, now: start) == [])
    #expect(dials.heard(one, isConnected: false, connections: 0, now: start) == one.addresses)
    #expect(dials.heard(one, isConnected: false, connections: 0, now: start) == [])
    dials.ended(one.peer)
    let soon = start + .seconds(Int64(Limits.Discovery.retrySeconds) - 1)
    #expect(dials.heard(one, isConnected: false, connections: 0, now: soon) == [])
    #expect(dials.heard(one, isConnected: false, connections: 0, now: soon + .seconds(1)) == one.addresses)
  }

  @Test("is done at a few public addresses, and at local ones where that is wanted")
  func addresses() throws {
    let mixed = try announcement(["/ip4/127.0.0.1/tcp/1", "/dns4/example.com/tcp/1", "/ip4/9.9.9.9/tcp/1"])
    var careful = DiscoveryDials(allowsLocal: false)
    #expect(careful.heard(mixed, isConnected: false, connections: 0, now: start) == [mixed.addresses[2]])
    var local = DiscoveryDials(allowsLocal: true)
    #expect(
      local.heard(mixed, isConnected: false, connections: 0, now: start) == [mixed.addresses[0], mixed.addresses[2]])
    let many = try announcement((1...20).map { "/ip4/9.9.9.9/tcp/\($0)" })
    #expect(local.heard(many, isConnected: false, connections: 0, now: start).count == Limits.Discovery.attempts)
    let unreachable = try announcement(["/ip4/0.0.0.0/tcp/1"])
    #expect(local.heard(unreachable, isConnected: false, connections: 0, now: start) == [])
  }

  @Test("is done for so many at a time, in a minute, and in all")
  func bounds() throws {
    var dials = DiscoveryDials(allowsLocal: false)
    var dialled: [PeerID] = []
    func hear(connections: Int = 0, at now: NIODeadline) throws -> Bool {
      let one = try announcement()
      guard !dials.heard(one, isConnected: false, connections: connections, now: now).isEmpty else { return false }
      dialled.append(one.peer)
      return true
    }
    for _ in 0..<Limits.Discovery.dials { #expect(try hear(at: start)) }
    #expect(try !hear(at: start))
    var count = Limits.Discovery.dials
    for _ in 0..<1_000 {
      if let last = dialled.popLast() { dials.ended(last) }
      if try hear(at: start) { count += 1 }
    }
    #expect(count == Limits.Discovery.dialsPerMinute)
    let later = start + .minutes(1)
    for peer in dialled { dials.ended(peer) }
    #expect(try !hear(connections: Limits.Discovery.connections, at: later))
    #expect(try hear(connections: Limits.Discovery.connections - 1, at: later))
    // What is remembered is bounded too: the first peer is forgotten, and dialled again.
    var many = DiscoveryDials(allowsLocal: false)
    let first = try announcement()
    #expect(!many.heard(first, isConnected: false, connections: 0, now: start).isEmpty)
    many.ended(first.peer)
    let interval = TimeAmount.milliseconds(Int64(60_000 / Limits.Discovery.dialsPerMinute))
    var now = start
    for _ in 0..<Limits.Discovery.remembered {
      now = now + interval
      let other = try announcement()
      #expect(!many.heard(other, isConnected: false, connections: 0, now: now).isEmpty)
      many.ended(other.peer)
    }
  }

  @Test("and announcing: at once when somebody listens, then in steady time, and not into the void")
  func schedule() {
    var schedule = AnnouncementSchedule(interval: .seconds(10))
    func announces(_ listeners: Int, after seconds: Int64) -> Bool {
      schedule.update(listeners: listeners, now: start + .seconds(seconds))
    }
    #expect(!announces(0, after: 0))
    #expect(schedule.deadline == nil)
    #expect(announces(1, after: 0))
    #expect(schedule.deadline == start + .seconds(10))
    #expect(!announces(2, after: 9))
    #expect(announces(2, after: 10))
    #expect(!announces(0, after: 30))
    #expect(schedule.deadline == nil)
    #expect(announces(1, after: 31))
  }
}

@Suite("Peer discovery")
struct PeerDiscoveryTests {
  private static func found(_ configuration: inout ChatNodeConfiguration) {
    configuration.discovery.follows = true
    configuration.discovery.announces = true
    configuration.discovery.allowsLocalAddresses = true
    configuration.discovery.interval = .milliseconds(100)
  }

  @Test("connects two nodes that know only a third")
  func third() async throws {
    let (hub, alice) = try await connectedPair(first: Self.found, second: Self.found)
    try await alice.node.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
    let known = try await hub.node.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
    let third = try TestNode {
      Self.found(&$0)
      $0.connect = known
    }
    try await third.node.start()
    let (aliceID, thirdID) = (alice.id, third.id)
    let addresses = try await third.heard.first { event -> [Multiaddr]? in
      if case .discovered(aliceID, let addresses) = event { addresses } else { nil }
    }
    #expect(addresses.allSatisfy { $0.peerID == aliceID.bytes })
    try await third.connected(to: aliceID)
    try await alice.connected(to: thirdID)
    for node in [third, alice, hub] { await node.node.shutdown() }
  }

  @Test("drops what is no announcement, and what is said of others, and tells once")
  func malformed() async throws {
    let (node, other) = try await connectedPair(
      first: { $0.discovery.follows = true }, second: { $0.topic = DiscoveryConfiguration.topic })
    _ = try await other.heard.first { if case .ready = $0 { true } else { nil } }
    for _ in 0..<3 { _ = try await other.node.publish(ByteBuffer(string: "hello")).get() }
    #expect(try await node.malformed() == MalformedInput(kind: .peerAnnouncement, reason: "not the protobuf of a peer"))
    let key = KeyPair.generate().publicKey
    let address = try Multiaddr("/ip4/9.9.9.9/tcp/1")
    let lie = try #require(PeerAnnouncement.encode(key, addresses: [address]))
    _ = try await other.node.publish(lie).get()
    // Comes behind all of it.
    try await other.node.sendDirect("done", to: node.id)
    _ = try await node.heard.first { if case .direct = $0 { true } else { nil } }
    #expect(node.heard.events.count { if case .malformed = $0 { true } else { false } } == 1)
    #expect(!node.heard.events.contains { if case .discovered = $0 { true } else { false } })
    await other.node.shutdown()
    await node.node.shutdown()
  }
}
