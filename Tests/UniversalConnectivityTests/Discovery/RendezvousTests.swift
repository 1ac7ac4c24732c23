import Identity
import Kademlia
import Limits
import Logging
import Multiformats
import NIOCore
import Swarm
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Finding each other through the distributed hash table")
struct RendezvousTests {
  @Test("The keys are those of go-peer and of rust-peer; of another room that of go-peer alone")
  func keys() {
    // SHA-256 of "universal-connectivity", made by sha256sum, as a multihash.
    let go = hex("1220 bc586c5f9661414cea43ec0e5c515d0ed988ea1b10a77db8142acd1956c0c419")
    let rust = Array("universal-connectivity/0.1.0".utf8)
    #expect(Rendezvous.keys(of: "universal-connectivity") == [go, rust])
    #expect(Rendezvous.keys(of: "another").count == 1)
    #expect(Rendezvous.keys(of: "another") != [go])
  }

  @Test("It is looked soon at first, then more and more rarely, and soon again when the last one is gone")
  func schedule() {
    let start = NIODeadline.uptimeNanoseconds(1)
    func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }
    let least = Int64(Limits.Discovery.rendezvousSeconds)
    var schedule = RendezvousSchedule()
    #expect(schedule.update(listeners: 0, now: at(0)) == false)
    schedule.begin(now: at(0))
    #expect(schedule.update(listeners: 0, now: at(0)) == true)
    #expect(schedule.deadline == at(least))
    #expect(schedule.update(listeners: 2, now: at(least)) == true)
    #expect(schedule.deadline == at(3 * least))
    var now = 3 * least
    for _ in 0..<20 {
      _ = schedule.update(listeners: 2, now: at(now))
      now = max(now, now + Int64(Limits.Discovery.rendezvousMostSeconds))
    }
    #expect(schedule.update(listeners: 2, now: at(now)) == true)
    #expect(schedule.deadline == at(now + Int64(Limits.Discovery.rendezvousMostSeconds)))
    #expect(schedule.update(listeners: 0, now: at(now + 1)) == false)
    #expect(schedule.deadline == at(now + 1 + least))
    // It does not begin anew each time that it is looked at.
    #expect(schedule.update(listeners: 0, now: at(now + 2)) == false)
    #expect(schedule.deadline == at(now + 1 + least))
  }

  @Test("Two that know a third, which is not in the room, find each other")
  func meeting() async throws {
    let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let swarm = try Swarm(configuration: .init(), identity: .generate(), eventLoop: eventLoops.next(), logger: silent)
    var server = KademliaConfiguration()
    server.mode = .server
    let third = Kademlia(swarm: swarm, configuration: server, logger: silent)
    let address = try #require(try await swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    third.start()
    var client = KademliaConfiguration()
    client.bootstrap = [address]
    let dht = client
    let loopback = try Multiaddr("/ip4/127.0.0.1/tcp/0")
    let alice = try TestNode {
      $0.dht = dht
      $0.listen = [loopback]
    }
    try await alice.node.start()
    try await withDeadline {
      while try await third.status.get().records < 2 { await Task.yield() }
    }
    let bob = try TestNode {
      $0.dht = dht
      $0.listen = [loopback]
    }
    try await bob.node.start()
    let (aliceID, bobID) = (alice.id, bob.id)
    _ = try await bob.heard.first { if case .discovered(aliceID, _) = $0 { true } else { nil } }
    _ = try await alice.heard.first { if case .subscribed(bobID, _) = $0 { true } else { nil } }
    await alice.node.shutdown()
    await bob.node.shutdown()
    third.stop()
    await swarm.shutdown()
  }
}
