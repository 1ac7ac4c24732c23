import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import Swarm
import TestSupport
import Testing

@testable import Kademlia

private let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A peer on loopback that takes part in the distributed hash table, and records what happens to it.
final class TestNode: Sendable {
  let swarm: Swarm
  let table: Kademlia
  let key = KeyPair.generate()
  let heard = EventRecorder<KademliaEvent>()
  let addresses: [Multiaddr]

  var id: PeerID { swarm.localPeer }

  init(
    bootstrap: TestNode? = nil, mode: KademliaConfiguration.Mode = .server,
    configure: (inout KademliaConfiguration) -> Void = { _ in }
  ) async throws {
    swarm = try Swarm(configuration: .init(), identity: key, eventLoop: eventLoops.next(), logger: silent)
    var configuration = KademliaConfiguration()
    configuration.mode = mode
    configuration.bootstrap = bootstrap?.addresses ?? []
    configure(&configuration)
    table = Kademlia(swarm: swarm, configuration: configuration, logger: silent)
    table.onEvent { [heard] in heard.record($0) }
    addresses = try await swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
    table.start()
    guard bootstrap != nil else { return }
    _ = try await heard.first { if case .bootstrapped = $0 { true } else { nil } }
  }

  /// Waits until the table holds a peer.
  func knows(_ peer: PeerID) async throws {
    _ = try await heard.first { event in
      switch event {
      case .added(let known), .replaced(let known, _): known.id == peer ? true : nil
      default: nil
      }
    }
  }

  /// What a connected peer answers.
  func ask(_ peer: PeerID, _ request: KadMessage) async throws -> KadMessage {
    let promise = swarm.eventLoop.makePromise(of: KadMessage.self)
    _ = try await swarm.openStream(to: peer, protocols: [KademliaConfiguration.publicProtocol]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(KadCallHandler(request, promise: promise))
    }.get()
    return try await promise.futureResult.get()
  }

  func stop() async {
    table.stop()
    await swarm.shutdown()
  }
}

/// A first node, and some that know of it alone.
func smallNetwork(_ count: Int) async throws -> (first: TestNode, others: [TestNode]) {
  let first = try await TestNode()
  var others: [TestNode] = []
  for _ in 1..<count { others.append(try await TestNode(bootstrap: first)) }
  for other in others { try await first.knows(other.id) }
  return (first, others)
}
