import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import Swarm
import TestSupport
import Testing

@testable import Kademlia

/// What the table makes of what the swarm reports, whether it happens on loopback or not.
@Suite("A peer of the distributed hash table hears")
struct KademliaCoreTests {
  private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// A core on the swarm of a node, started, that knows nobody.
  private func core(on node: TestNode, mode: KademliaConfiguration.Mode = .client) -> NIOLoopBoundBox<KademliaCore?> {
    var configuration = KademliaConfiguration()
    configuration.mode = mode
    // What the node's own table serves is not ours.
    configuration.protocolName = "/test/kad/1.0.0"
    let core = KademliaCore(swarm: node.swarm, configuration: configuration, logger: silent)
    let box = NIOLoopBoundBox<KademliaCore?>.makeBoxSendingValue(nil, eventLoop: node.swarm.eventLoop)
    node.swarm.eventLoop.execute {
      core.start()
      box.value = core
    }
    return box
  }

  private func on<Value: Sendable>(
    _ node: TestNode, _ box: NIOLoopBoundBox<KademliaCore?>, _ body: @escaping @Sendable (KademliaCore) throws -> Value
  ) async throws -> Value {
    try await node.swarm.eventLoop.submit {
      guard let core = box.value else { throw CancellationError() }
      return try body(core)
    }.get()
  }

  private static func info(_ protocols: [String], at addresses: [String]) throws -> IdentifyInfo {
    var info = IdentifyInfo()
    info.protocols = protocols
    info.listenAddresses = try addresses.map { try Multiaddr($0) }
    return info
  }

  @Test("that a peer serves the table, and by identify push that it does so no longer: it is in it until then")
  func push() async throws {
    let node = try await TestNode(mode: .client)
    let core = core(on: node)
    let address = try Multiaddr("/ip4/9.9.9.9/tcp/4001")
    let counts = try await on(node, core) { core in
      let peer = PeerID.test(1)
      core.handle(.connected(peer, address, .outbound))
      var counts = [core.table.count]
      for protocols in [["/other"], ["/other", "/test/kad/1.0.0"], ["/other"], ["/test/kad/1.0.0"]] {
        core.handle(.identified(peer, try Self.info(protocols, at: [])))
        counts.append(core.table.count)
      }
      core.handle(.disconnected(peer, reason: nil))
      counts.append(core.table.count)
      return counts
    }
    #expect(counts == [0, 0, 1, 0, 1, 1], "a connection that ends takes nobody out")
    await node.stop()
  }

  @Test(
    "where a peer is: its private addresses only from one in a private network, those of loopback on this machine only")
  func addresses() async throws {
    let node = try await TestNode(mode: .client)
    let core = core(on: node)
    let said = ["/ip4/127.0.0.1/tcp/22", "/ip4/192.168.1.1/tcp/80", "/ip4/8.8.8.8/tcp/4001", "/ip4/0.0.0.0/tcp/1"]
    for (from, kept) in [("/ip4/9.9.9.9/tcp/1", 1), ("/ip4/192.168.1.7/tcp/1", 2), ("/ip4/127.0.0.1/tcp/1", 3)] {
      let found = try await on(node, core) { core in
        let peer = PeerID.test(1)
        core.handle(.connected(peer, try Multiaddr(from), .inbound))
        core.handle(.identified(peer, try Self.info(["/test/kad/1.0.0"], at: said)))
        return core.table.peer(peer)?.addresses.map(\.description)
      }
      #expect(found == Array(said.prefix(3).suffix(kept)), "\(from)")
    }
    await node.stop()
  }

  @Test(
    "from where it was reached: out of the internet, and only then, it serves, and tells all peers so by identify",
    arguments: [
      ("/ip4/9.9.9.9/tcp/1", ConnectionDirection.inbound, true), ("/ip4/9.9.9.9/tcp/1", .outbound, false),
      ("/ip4/192.168.1.1/tcp/1", .inbound, false), ("/ip4/127.0.0.1/tcp/1", .inbound, false),
    ])
  func reachable(_ address: String, _ direction: ConnectionDirection, _ serves: Bool) async throws {
    let node = try await TestNode(mode: .client)
    let other = try await TestNode(mode: .client)
    let told = EventRecorder<Bool>()
    let id = node.id
    other.swarm.addObserver {
      if case .identified(id, let info) = $0 { told.record(info.protocols.contains("/test/kad/1.0.0")) }
    }
    _ = try await other.swarm.dial(#require(node.addresses.first))
    #expect(try await told.first { $0 } == false)
    for mode in KademliaConfiguration.Mode.allCases {
      let core = core(on: node, mode: mode)
      let isServer = try await on(node, core) { core in
        core.handle(.connected(.test(1), try Multiaddr(address), direction))
        return core.status.isServer
      }
      #expect(isServer == (mode == .server || (mode == .auto && serves)), "\(mode)")
      if mode == .auto, serves { _ = try await told.first { $0 ? true : nil } }
      // The mode that serves whatever happens is the last one.
      if !isServer, !serves { #expect(!told.events.contains(true)) }
    }
    #expect(try await told.first { $0 ? true : nil })
    for node in [node, other] { await node.stop() }
  }

  @Test("that the network is another one: what was announced is announced anew, and who was lost is looked for")
  func elsewhere() async throws {
    let node = try await TestNode(mode: .client)
    let core = core(on: node)
    let here = node.addresses
    let there = try Multiaddr("/ip4/192.168.7.7/tcp/4001").withPeer(node.id)
    let waits = try await on(node, core) { core in
      func waits() -> [Int64] {
        [core.refreshDue, core.ownKeys.deadline].map { deadline in
          deadline.map { ($0 - .now()).nanoseconds / 1_000_000_000 } ?? -1
        }
      }
      core.handle(.networkChanged(here))
      core.isRefreshing = false
      core.refreshDue = .now() + .hours(1)
      core.patience = .hours(1)
      _ = core.table.insert(.test(1), group: nil, now: .now())
      _ = core.ownKeys.add([1], now: .now())
      core.ownKeys.announced([1], now: .now())
      var all = [waits()]
      // The same again is no news.
      core.handle(.networkChanged(here))
      all.append(waits())
      core.handle(.networkChanged([there]))
      all.append(waits())
      core.refreshDue = .now() + .hours(1)
      core.isLost = true
      core.handle(.networkChanged([there]))
      all.append(waits())
      #expect(core.patience == KademliaCore.leastPatience)
      return all
    }
    let republish = Int64(Limits.Kademlia.republishSeconds)
    for (wait, expected) in zip(waits, [[3_600, republish], [3_600, republish], [1, 1], [1, 1]]) {
      #expect(zip(wait, expected).allSatisfy { $0 == $1 || $0 == $1 - 1 }, "\(wait), not \(expected)")
    }
    await node.stop()
  }
}
