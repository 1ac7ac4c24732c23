import Identity
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import TestSupport
import Testing

@testable import Swarm

@Suite("What a bot that runs for months must not gather")
struct LeakTests {
  private struct Weak: @unchecked Sendable {
    weak var object: AnyObject?
  }

  @Test("After two hundred connections nothing of one is alive: no handler, no stream, no ping client")
  func churn() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    b.swarm.handle("/echo/1.0.0") { try? $0.channel.pipeline.syncOperations.addHandler(Echo()) }
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let peer = b.swarm.localPeer
    let remains = NIOLockedValueBox<[Weak]>([])
    for round in 0..<200 {
      _ = try await a.swarm.dial(address)
      let channel = try await a.swarm.openStream(to: peer, protocols: ["/echo/1.0.0"]) { channel, _ in
        // In every other round the stream is in the middle of something when its connection ends.
        channel.write(ByteBuffer(repeating: 0, count: round % 2 == 0 ? 10 : 3_000_000), promise: nil)
        channel.flush()
      }.get()
      remains.withLockedValue { $0.append(Weak(object: channel)) }
      _ = try await a.swarm.ping(peer)
      for (swarm, other) in [(a.swarm, peer), (b.swarm, a.swarm.localPeer)] {
        try await swarm.eventLoop.submit { [core = swarm.core] in
          for connection in core.connections(to: other) {
            remains.withLockedValue {
              $0.append(Weak(object: connection))
              if let client = connection.pingClient { $0.append(Weak(object: client)) }
            }
          }
        }.get()
      }
      a.swarm.disconnect(peer)
    }
    #expect(remains.withLockedValue { $0.count } >= 800)
    try await withDeadline {
      while await !b.swarm.connectedPeers.isEmpty { await Task.yield() }
      // The last of a connection goes in the tick after its end.
      while remains.withLockedValue({ $0.contains { $0.object != nil } }) {
        try Task.checkCancellation()
        await Task.yield()
      }
    }
    for peer in [a, b] { await peer.swarm.shutdown() }
  }

  @Test("Pings that are asked for while the stream opens share it: peers allow two, and forget none")
  func pingStreams() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    // Identify is never answered, so each stream has to be negotiated.
    b.swarm.handle("/ipfs/id/1.0.0") { _ in }
    let streams = NIOLockedValueBox(0)
    b.swarm.handle("/ipfs/ping/1.0.0", maximumStreams: 100) { stream in
      streams.withLockedValue { $0 += 1 }
      try? stream.channel.pipeline.syncOperations.addHandler(PingResponder())
    }
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let peer = try await a.swarm.dial(address)
    try await withThrowingTaskGroup(of: TimeAmount.self) { group in
      for _ in 0..<30 { group.addTask { try await a.swarm.ping(peer) } }
      for try await _ in group {}
    }
    _ = try await a.swarm.ping(peer)
    #expect(streams.withLockedValue { $0 } == 1)
    for peer in [a, b] { await peer.swarm.shutdown() }
  }
}
