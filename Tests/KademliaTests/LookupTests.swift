import Identity
import Limits
import NIOCore
import TestSupport
import Testing

@testable import Kademlia

@Suite("A lookup")
struct LookupTests {
  private static let target = KadKey(of: Array("target".utf8))

  private static func lookup(
    _ seeds: [KadPeer], configure: (inout Lookup.Configuration) -> Void = { _ in }
  ) -> Lookup {
    var configuration = Lookup.Configuration()
    configure(&configuration)
    return Lookup(target: target, local: .test(0), seeds: seeds, configuration: configuration, now: .test(0))
  }

  /// Peers by their distance, nearest first.
  private static func peers(_ numbers: ClosedRange<Int>) -> [KadPeer] {
    numbers.map { KadPeer.test($0) }.sorted {
      KadKey($0.id).distance(to: target) < KadKey($1.id).distance(to: target)
    }
  }

  @Test("It asks α peers at a time, the nearest first, and ends when the nearest k have answered")
  func converges() {
    let peers = Self.peers(1...60)
    var lookup = Self.lookup(peers.reversed())
    let first = lookup.next(now: .test(0))
    #expect(first == Array(peers.prefix(Limits.Kademlia.parallel)))
    #expect(lookup.next(now: .test(0)).isEmpty)
    lookup.answered(first[0].id, closer: [], now: .test(0))
    #expect(lookup.next(now: .test(0)) == [peers[Limits.Kademlia.parallel]])
    for peer in peers {
      lookup.answered(peer.id, closer: [], now: .test(0))
      _ = lookup.next(now: .test(0))
    }
    #expect(lookup.ending == .converged)
    #expect(lookup.requests == Limits.Kademlia.bucket)
    #expect(lookup.closest == Array(peers.prefix(Limits.Kademlia.bucket)))
    #expect(lookup.deadline == nil)
  }

  @Test("It goes on to nearer peers that others name, and counts the rounds")
  func nearer() {
    let peers = Self.peers(1...30)
    var lookup = Self.lookup([peers[29]])
    #expect(lookup.next(now: .test(0)) == [peers[29]])
    lookup.answered(peers[29].id, closer: [peers[20]], now: .test(0))
    #expect(lookup.next(now: .test(0)) == [peers[20]])
    lookup.answered(peers[20].id, closer: [peers[3], peers[29]], now: .test(0))
    #expect(lookup.next(now: .test(0)) == [peers[3]])
    lookup.answered(peers[3].id, closer: [], now: .test(0))
    #expect(lookup.next(now: .test(0)).isEmpty)
    #expect(lookup.ending == .converged)
    #expect(lookup.rounds == 3)
    #expect(lookup.closest.map(\.id) == [peers[3].id, peers[20].id, peers[29].id])
  }

  @Test("Without anybody to ask it is over at once")
  func empty() {
    var lookup = Self.lookup([])
    #expect(lookup.next(now: .test(0)).isEmpty)
    #expect(lookup.ending == .converged)
    #expect(lookup.closest.isEmpty)
  }

  @Test("Case 63: a request that is not answered in time has failed; one that is slow makes room for another before")
  func timeouts() {
    let peers = Self.peers(1...3)
    var lookup = Self.lookup(peers) { $0.parallel = 1 }
    #expect(lookup.next(now: .test(0)) == [peers[0]])
    #expect(lookup.deadline == .test(Int64(Limits.Kademlia.patienceSeconds)))
    #expect(lookup.next(now: .test(3)) == [peers[1]])
    lookup.answered(peers[1].id, closer: [], now: .test(4))
    #expect(lookup.next(now: .test(4)) == [peers[2]])
    lookup.failed(peers[2].id, now: .test(5))
    #expect(lookup.next(now: .test(5)).isEmpty)
    // The slow one may still answer.
    #expect(lookup.ending == nil)
    #expect(lookup.deadline == .test(Int64(Limits.Kademlia.requestSeconds)))
    #expect(lookup.next(now: .test(10)).isEmpty)
    #expect(lookup.ending == .converged)
    #expect(lookup.failures == 2)
    #expect(lookup.closest.map(\.id) == [peers[1].id])
    let late = lookup.answered(peers[0].id, closer: [.test(9)], now: .test(11))
    #expect(!late)
  }

  @Test("Case 63: peers that always answer, slowly, and always name others, are asked for so long and no longer")
  func endless() {
    var number = 1_000
    var lookup = Self.lookup([.test(1)])
    var now = NIODeadline.test(0)
    var steps = 0
    while lookup.ending == nil, steps < 10_000 {
      steps += 1
      for peer in lookup.next(now: now) {
        now = now + .seconds(2)
        let named = (0..<Limits.Kademlia.bucket).map { KadPeer.test(number + $0) }
        number += Limits.Kademlia.bucket
        lookup.answered(peer.id, closer: named, now: now)
      }
    }
    #expect(lookup.ending == .timeout)
    #expect(now - .test(0) <= .seconds(Int64(Limits.Kademlia.lookupSeconds) + 2 * Int64(Limits.Kademlia.parallel)))
  }

  @Test("Case 59: nearer and nearer peers without end cost a bounded number of requests")
  func bottomless() {
    // Each peer names others that are nearer than itself, as somebody can who makes ids as he likes.
    var random = SplitMix64(seed: 3)
    var lookup = Self.lookup([.test(1)])
    var asked = 0
    while lookup.ending == nil {
      for peer in lookup.next(now: .test(0)) {
        asked += 1
        let own = KadKey(peer.id).commonPrefix(with: Self.target)
        let nearer = own < 9 ? Self.target.neighbour(sharing: own + 1, using: &random) : nil
        let named = [nearer.flatMap { try? PeerID(bytes: $0) }].compactMap(\.self).map {
          KadPeer(id: $0, addresses: [])
        }
        let others = (0..<25).map { _ in KadPeer.test(Int.random(in: 1...1_000_000, using: &random)) }
        lookup.answered(peer.id, closer: named + others, now: .test(0))
      }
    }
    #expect(asked == lookup.requests)
    #expect(asked <= Limits.Kademlia.lookupRequests)
    var bounded = Self.lookup([.test(1)]) { $0.requests = 5 }
    var number = 10
    while bounded.ending == nil {
      for peer in bounded.next(now: .test(0)) {
        bounded.answered(peer.id, closer: (number..<number + 20).map { KadPeer.test($0) }, now: .test(0))
        number += 20
      }
    }
    #expect(bounded.ending == .requests)
    #expect(bounded.requests == 5)
  }

  @Test("Case 59: of an answer that names this peer, and the one that was asked, nobody is asked")
  func selves() {
    var lookup = Self.lookup([.test(1)])
    _ = lookup.next(now: .test(0))
    lookup.answered(.test(1), closer: [.test(0), .test(1)], now: .test(0))
    #expect(lookup.next(now: .test(0)).isEmpty)
    #expect(lookup.ending == .converged)
  }

  @Test("More peers than it may remember push out the farthest that were not asked")
  func candidates() {
    let peers = Self.peers(1...Limits.Kademlia.candidates + 100)
    var lookup = Self.lookup(peers)
    #expect(lookup.heard(of: peers[0].id) != nil)
    #expect(lookup.heard(of: peers[Limits.Kademlia.candidates].id) == nil)
    #expect(lookup.next(now: .test(0)).first == peers[0])
  }

  @Test("Addresses that several peers know of one are put together, up to a bound")
  func addresses() {
    let other = KadPeer.test(1, at: "/ip4/9.9.9.9/tcp/9")
    var lookup = Self.lookup([.test(1), other, .test(1)])
    #expect(lookup.next(now: .test(0)).first?.addresses == KadPeer.test(1).addresses + other.addresses)
    for number in 1...100 { lookup = Self.lookup((1...number).map { .test(1, at: "/ip4/9.9.9.\($0)/tcp/9") }) }
    #expect(lookup.heard(of: .test(1))?.addresses.count == Limits.Kademlia.addresses)
  }

  @Test("Who has what it wanted ends it, whatever is under way")
  func satisfied() {
    var lookup = Self.lookup([.test(1), .test(2)])
    _ = lookup.next(now: .test(0))
    lookup.satisfy()
    #expect(lookup.ending == .satisfied)
    #expect(lookup.next(now: .test(1)).isEmpty)
    let late = lookup.answered(.test(1), closer: [], now: .test(1))
    #expect(!late)
  }
}
