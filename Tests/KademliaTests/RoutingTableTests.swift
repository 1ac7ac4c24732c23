import Identity
import Limits
import Multiformats
import TestSupport
import Testing

@testable import Kademlia

@Suite("The routing table")
struct RoutingTableTests {
  private static let local = PeerID.test(0)

  /// Peers of the farthest bucket, where half of all peers belong.
  private static func far(_ count: Int, from first: Int = 1, at address: String? = nil) -> [KadPeer] {
    let key = KadKey(local)
    return (first...first + 4_000).filter { key.commonPrefix(with: KadKey(.test($0))) == 0 }.prefix(count)
      .map { KadPeer.test($0, at: address) }
  }

  @Test("A bucket takes k peers; more have no place as long as those are well")
  func full() {
    var table = RoutingTable(localPeer: Self.local)
    let peers = Self.far(Limits.Kademlia.bucket + 1)
    for peer in peers.dropLast() { #expect(table.insert(peer) == .added) }
    #expect(table.insert(peers[0]) == .updated)
    #expect(peers.last.map { table.insert($0) } == .full)
    #expect(table.count == Limits.Kademlia.bucket)
    #expect(table.bucketCounts == [Limits.Kademlia.bucket])
  }

  @Test("A peer that was not heard of for long is asked before a new one gets its place, and keeps it if it answers")
  func stale() {
    var table = RoutingTable(localPeer: Self.local)
    let peers = Self.far(Limits.Kademlia.bucket + 1)
    let new = peers[Limits.Kademlia.bucket]
    for (number, peer) in peers.dropLast().enumerated() { _ = table.insert(peer, seconds: Int64(number)) }
    let later = Int64(Limits.Kademlia.staleSeconds)
    _ = table.insert(peers[0], seconds: later)
    #expect(table.silent(now: .test(later + 1), count: 9).map(\.id) == [peers[1].id])
    #expect(table.insert(new, seconds: later + 1) == .doubtful(peers[1]))
    // It is there: as before, and nobody else is asked.
    #expect(table.insert(peers[1], seconds: later + 1) == .updated)
    #expect(table.insert(new, seconds: later + 1) == .full)
    // The next one is not.
    #expect(table.insert(new, seconds: later + 2) == .doubtful(peers[2]))
    table.failed(peers[2].id)
    #expect(table.insert(new, seconds: later + 2) == .replaced(peers[2].id))
    #expect(table.count == Limits.Kademlia.bucket)
  }

  @Test("A flood of new peers, however long it lasts, takes no place from those that answer")
  func flood() {
    var table = RoutingTable(localPeer: Self.local)
    let peers = Self.far(Limits.Kademlia.bucket + 500)
    let old = peers.prefix(Limits.Kademlia.bucket)
    for peer in old { _ = table.insert(peer) }
    var seconds: Int64 = 0
    for new in peers.dropFirst(Limits.Kademlia.bucket) {
      seconds += 600
      while case .doubtful(let peer) = table.insert(new, seconds: seconds) { _ = table.insert(peer, seconds: seconds) }
    }
    #expect(Set(table.peers) == Set(old))
  }

  @Test("A peer that fails once gives way to others and is not told of; at the second time it goes")
  func failing() {
    var table = RoutingTable(localPeer: Self.local)
    let peers = Self.far(2)
    for peer in peers { _ = table.insert(peer) }
    table.failed(peers[0].id)
    let key = KadKey(peers[0].id)
    #expect(table.closest(to: key).map(\.id) == [peers[0].id, peers[1].id])
    #expect(table.closest(to: key, failing: false).map(\.id) == [peers[1].id])
    table.failed(peers[0].id)
    #expect(!table.contains(peers[0].id))
    // Who answers in between has a clean slate.
    table.failed(peers[1].id)
    _ = table.insert(peers[1])
    table.failed(peers[1].id)
    #expect(table.contains(peers[1].id))
    table.remove(peers[1].id)
    #expect(table.count == 0)
  }

  @Test("Nobody is his own neighbour")
  func own() {
    var table = RoutingTable(localPeer: Self.local)
    #expect(table.insert(.test(0)) == .own)
  }

  @Test("The nearest are those that sorting all of them would give")
  func closest() {
    var table = RoutingTable(localPeer: Self.local)
    for number in 1...600 { _ = table.insert(.test(number)) }
    let all = table.peers
    #expect(all.count == table.count)
    for number in 0..<100 {
      let target = KadKey(.test(number * 11))
      let sorted = all.sorted {
        KadKey($0.id).distance(to: target) < KadKey($1.id).distance(to: target)
      }
      #expect(table.closest(to: target, count: 33).map(\.id) == sorted.prefix(33).map(\.id))
    }
  }

  @Test("Case 62: of a thousand ids of one network only two get into a bucket, and three into the table")
  func diversity() {
    var table = RoutingTable(localPeer: Self.local)
    let sybils = Self.far(1_000).enumerated().map { number, peer in
      KadPeer.test(number, at: "/ip4/203.0.112.\(number % 254 + 1)/tcp/\(4_000 + number)").id == peer.id
        ? peer
        : KadPeer(
          id: peer.id, addresses: [try? Multiaddr("/ip4/45.9.8.\(number % 254 + 1)/tcp/4001")].compactMap(\.self))
    }
    #expect(sybils.map { table.insert($0) }.count { $0 == .added } == Limits.Kademlia.perNetworkAndBucket)
    for number in 1...1_000 { _ = table.insert(.test(number, at: "/ip4/45.9.7.1/tcp/\(number)")) }
    #expect(table.count == Limits.Kademlia.perNetwork)
    // When one of them goes, there is room for another.
    if let first = table.peers.first { table.remove(first.id) }
    for number in 1...1_000 { _ = table.insert(.test(number, at: "/ip4/45.9.7.1/tcp/\(number)")) }
    #expect(table.count == Limits.Kademlia.perNetwork)
  }

  @Test("Networks of IPv6 are judged by 32 bits; private networks may have as many as they like")
  func groups() throws {
    func group(_ text: String) throws -> NetworkGroup? { NetworkGroup(try Multiaddr(text)) }
    #expect(try group("/ip4/45.9.8.1/tcp/1") == group("/ip4/45.9.200.1/tcp/2"))
    #expect(try group("/ip4/45.9.8.1/tcp/1") != group("/ip4/45.10.8.1/tcp/1"))
    #expect(try group("/ip6/2a01:4f8:1::1/tcp/1") == group("/ip6/2a01:4f8:2::9/tcp/1"))
    #expect(try group("/ip4/192.168.1.2/tcp/1") == nil)
    #expect(try group("/ip4/127.0.0.1/tcp/1") == nil)
    var table = RoutingTable(localPeer: Self.local)
    for peer in Self.far(Limits.Kademlia.bucket, at: "/ip4/192.168.1.2/tcp/4001") {
      #expect(table.insert(peer) == .added)
    }
  }

  @Test("A refresh looks for something in each bucket up to the last that holds anybody")
  func refresh() throws {
    var random = SplitMix64(seed: 1)
    var table = RoutingTable(localPeer: Self.local)
    #expect(table.refreshTargets(using: &random).isEmpty)
    for number in 1...60 { _ = table.insert(.test(number)) }
    let targets = table.refreshTargets(using: &random)
    let last = try #require(table.bucketCounts.lastIndex { $0 > 0 })
    #expect(targets.map { KadKey(of: $0).commonPrefix(with: table.localKey) } == Array(0...last))
    #expect(targets.allSatisfy { (try? PeerID(bytes: $0)) != nil })
  }
}
