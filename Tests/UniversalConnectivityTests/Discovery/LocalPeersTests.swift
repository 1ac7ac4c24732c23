import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Peers of the local network")
struct LocalPeersTests {
  private var peers = LocalPeers()
  private var random = SplitMix64(seed: 7)
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private let address: Multiaddr

  init() throws { address = try Multiaddr("/ip4/192.168.1.2/tcp/1") }

  private mutating func find(_ peer: PeerID, at now: NIODeadline) -> Bool {
    peers.found(peer, at: [address], now: now, using: &random)
  }

  @Test("are dialled once each, spread over a second, so many at one time")
  mutating func spread() {
    let all = (0..<10).map { _ in KeyPair.generate().peerID }
    for peer in all { #expect(find(peer, at: start)) }
    #expect(!find(all[0], at: start), "it is known")
    var dialled: [PeerID: NIODeadline] = [:]
    var now = start
    while let next = peers.deadline {
      now = max(next, now)
      for dial in peers.due(now: now) {
        #expect(dial.addresses == [address] && dialled[dial.peer] == nil)
        dialled[dial.peer] = now
        peers.connected(dial.peer, now: now)
        peers.ended(dial.peer, succeeded: true, now: now, using: &random)
      }
    }
    #expect(Set(dialled.keys) == Set(all))
    #expect(Set(dialled.values).count > 5 && now <= start + .milliseconds(Limits.MDNS.jitterMilliseconds))
    for peer in all { peers.lost(peer) }
    for _ in 0..<10 { _ = find(KeyPair.generate().peerID, at: start) }
    #expect(peers.due(now: start + .seconds(2)).count == Limits.Discovery.dials)
    #expect(peers.due(now: start + .seconds(4)).isEmpty)
  }

  @Test("are dialled again when they were not there or are lost, for as long as they say that they are there")
  mutating func again() throws {
    let peer = KeyPair.generate().peerID
    _ = find(peer, at: start)
    #expect(peers.due(now: start + .seconds(1)).count == 1)
    peers.ended(peer, succeeded: false, now: start + .seconds(1), using: &random)
    let next = try #require(peers.deadline)
    #expect(next > start + .milliseconds(1_400) && next <= start + .seconds(2))
    #expect(peers.due(now: next).count == 1)
    peers.connected(peer, now: next)
    peers.ended(peer, succeeded: true, now: next, using: &random)
    #expect(peers.deadline == nil)
    peers.disconnected(peer, now: next + .minutes(1), using: &random)
    #expect(try #require(peers.deadline) <= next + .minutes(1) + .seconds(1))
    peers.lost(peer)
    #expect(peers.deadline == nil)
  }

  @Test("that are connected already are not dialled, and those that do not answer wait for a minute at most")
  mutating func waiting() throws {
    let (friend, ghost) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    peers.connected(friend, now: start)
    _ = find(friend, at: start)
    #expect(peers.deadline == nil)
    _ = find(ghost, at: start)
    var dials = 0
    while let next = peers.deadline, next < start + .hours(1) {
      for dial in peers.due(now: next) {
        dials += 1
        peers.ended(dial.peer, succeeded: false, now: next, using: &random)
      }
    }
    #expect((60...140).contains(dials), "\(dials) dials in an hour")
    // Back from another network it is tried at once.
    peers.networkChanged(now: start + .hours(1), using: &random)
    #expect(try #require(peers.deadline) <= start + .hours(1) + .seconds(1))
  }

  @Test("that are made up cost so many dials a minute, and so much memory")
  mutating func madeUp() {
    for index in 0..<10_000 { _ = find(KeyPair.generate().peerID, at: start + .milliseconds(Int64(index))) }
    var dials = 0
    var now = start
    while now < start + .minutes(10) {
      now = now + .milliseconds(500)
      for dial in peers.due(now: now) {
        dials += 1
        peers.ended(dial.peer, succeeded: false, now: now, using: &random)
      }
    }
    #expect(dials <= Limits.Discovery.dialsPerMinute * 11)
    #expect(dials > Limits.Discovery.dialsPerMinute * 8)
  }
}
