import Identity
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Swarm

@Suite("Dials, while the other side does its worst")
struct DialTests {
  /// Accepts connections and says nothing.
  private final class Silence: Sendable {
    let channel: any Channel
    let accepted: AsyncStream<any Channel>

    init() async throws {
      let (accepted, continuation) = AsyncStream<any Channel>.makeStream()
      self.accepted = accepted
      channel = try await ServerBootstrap(group: loops)
        .childChannelInitializer { channel in
          continuation.yield(channel)
          return channel.eventLoop.makeSucceededVoidFuture()
        }
        .bind(host: "127.0.0.1", port: 0).get()
    }

    var address: SocketAddress {
      get throws {
        guard let address = channel.localAddress else { throw TestError("no address") }
        return address
      }
    }
    var multiaddr: Multiaddr {
      get throws {
        guard let address = Multiaddr(tcp: try address) else { throw TestError("no address") }
        return address
      }
    }
  }

  @Test("When a dial's time is up nothing of it goes on: the connection that was being set up is closed")
  func abandonedDial() async throws {
    let a = try TestPeer { $0.dialSeconds = 1 }
    let silence = try await Silence()
    await #expect(throws: SwarmError.self) { try await a.swarm.dial(silence.multiaddr) }
    try await withDeadline {
      for await channel in silence.accepted {
        try await channel.closeFuture.get()
        break
      }
    }
    await a.swarm.shutdown()
    try await silence.channel.close()
  }

  @Test("An address that swallows everything leaves time for the next one of the name")
  func deadFirstAddress() async throws {
    let (a, b) = (try TestPeer { $0.dialSeconds = 2 }, try TestPeer())
    let silence = try await Silence()
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let target = try DialTarget(address)
    let addresses = [try silence.address, try SocketAddress(ipAddress: "127.0.0.1", port: target.port)]
    let peer = try await a.swarm.eventLoop.flatSubmit { [core = a.swarm.core] in
      core.dial(address, resolve: { _ in core.eventLoop.makeSucceededFuture(addresses) })
    }.get()
    #expect(peer == b.swarm.localPeer)
    for peer in [a, b] { await peer.swarm.shutdown() }
    try await silence.channel.close()
  }

  @Test("Of a peer's addresses one that swallows everything and one that refuses do not delay the good one")
  func race() async throws {
    // If it waited for the silent one it would wait for an hour.
    let configure: @Sendable (inout SwarmConfiguration) -> Void = {
      $0.dialSeconds = 3_600
      $0.handshakeSeconds = 3_600
    }
    let (a, b) = (try TestPeer(configure), try TestPeer())
    let silence = try await Silence()
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let addresses = [try silence.multiaddr, try Multiaddr("/ip4/127.0.0.1/tcp/1"), address]
    let peer = try await withDeadline { try await a.swarm.dialFuture(b.swarm.localPeer, at: addresses).get() }
    #expect(peer == b.swarm.localPeer)
    // The loser is closed, and nothing of the dial is left.
    try await withDeadline {
      for await channel in silence.accepted {
        try await channel.closeFuture.get()
        break
      }
      while try await a.swarm.eventLoop.submit({ [core = a.swarm.core] in !core.pendingDials.isEmpty }).get() {
        try Task.checkCancellation()
      }
    }
    #expect(await a.swarm.connectedPeers == [b.swarm.localPeer])
    for peer in [a, b] { await peer.swarm.shutdown() }
    try await silence.channel.close()
  }

  @Test("A peer whose addresses all fail, or of whom none is known, is an error")
  func allFail() async throws {
    let a = try TestPeer()
    let nobody = KeyPair.generate().peerID
    let refusing = [try Multiaddr("/ip4/127.0.0.1/tcp/1"), try Multiaddr("/ip4/127.0.0.1/tcp/2")]
    for addresses in [refusing, [], [try Multiaddr("/ip4/127.0.0.1/udp/1/quic-v1")]] {
      await #expect(throws: SwarmError.self) {
        try await withDeadline { try await a.swarm.dialFuture(nobody, at: addresses).get() }
      }
    }
    await a.swarm.shutdown()
  }

  @Test("Shutting down ends a dial at once, also one that waits for a name server")
  func shutdownDuringDial() async throws {
    let a = try TestPeer()
    let silence = try await Silence()
    let address = try silence.multiaddr
    let lookup = a.swarm.eventLoop.makePromise(of: [SocketAddress].self)
    let dials = try await a.swarm.eventLoop.submit { [core = a.swarm.core] in
      [core.dial(address), core.dial(try Multiaddr("/dns4/example.org/tcp/1"), resolve: { _ in lookup.futureResult })]
    }.get()
    for await _ in silence.accepted { break }
    await a.swarm.shutdown()
    for dial in dials {
      await #expect(throws: SwarmError.self) { try await withDeadline { try await dial.get() } }
    }
    // Too late, and of no effect.
    lookup.succeed([try silence.address])
    #expect(await a.swarm.connectedPeers.isEmpty)
    try await silence.channel.close()
  }

  @Test("One machine that connects and says nothing is let in only so often; when it leaves, it is let in again")
  func pendingPerNetwork() async throws {
    let b = try TestPeer {
      $0.maximumPendingPerNetwork = 2
      // Their silence alone ends them late.
      $0.handshakeSeconds = 3_600
    }
    let a = try TestPeer()
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let target = try DialTarget(address)
    var silent: [any Channel] = []
    for _ in 0..<3 {
      silent.append(try await ClientBootstrap(group: loops).connect(host: "127.0.0.1", port: target.port).get())
    }
    try await withDeadline { [silent] in try await silent[2].closeFuture.get() }
    #expect(await b.swarm.counters.connectionsRefused == 1)
    for channel in silent.dropLast() { try await channel.close() }
    // Its going is noticed soon, but not at once.
    try await withDeadline {
      while true {
        do {
          _ = try await a.swarm.dial(address)
          return
        } catch { try Task.checkCancellation() }
      }
    }
    for peer in [a, b] { await peer.swarm.shutdown() }
  }

  @Test("An observer that disconnects a new peer does not turn the order of events round for the others")
  func eventOrder() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let order = NIOLockedValueBox<[String]>([])
    let ended = a.swarm.eventLoop.makePromise(of: Void.self)
    a.swarm.addObserver { [core = a.swarm.core] event in
      if case .connected(let peer, _, _) = event { core.disconnect(peer) }
    }
    a.swarm.addObserver { event in
      switch event {
      case .connected: order.withLockedValue { $0.append("connected") }
      case .disconnected:
        order.withLockedValue { $0.append("disconnected") }
        ended.succeed()
      default: break
      }
    }
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    _ = try? await a.swarm.dial(address)
    try await ended.futureResult.get()
    #expect(order.withLockedValue { $0 } == ["connected", "disconnected"])
    for peer in [a, b] { await peer.swarm.shutdown() }
  }
}
