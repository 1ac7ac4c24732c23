import Identity
import Multiformats
import NIOCore
import Testing

@testable import Swarm

@Suite("Two peers on loopback")
struct ConnectingTests {
  private func connected(
    _ a: TestPeer, to b: TestPeer, withPeerID: Bool = true
  ) async throws -> PeerID {
    let addresses = try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
    let address = try #require(addresses.first)
    return try await a.swarm.dial(withPeerID ? address : address.withoutPeerID)
  }

  @Test("A dialled peer proves its id, with and without /p2p in the address", arguments: [true, false])
  func dialling(withPeerID: Bool) async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    #expect(try await connected(a, to: b, withPeerID: withPeerID) == b.swarm.localPeer)
    try await b.event { if case .connected(a.swarm.localPeer, _, .inbound) = $0 { true } else { false } }
    await a.swarm.shutdown()
    try await b.event { if case .disconnected(a.swarm.localPeer, _) = $0 { true } else { false } }
    await b.swarm.shutdown()
  }

  @Test(
    "Every way of negotiating connects: lazily or not, with the early muxer or without",
    arguments: [(true, true), (true, false), (false, true), (false, false)], [true, false])
  func negotiation(dialer: (lazy: Bool, early: Bool), listenerEarly: Bool) async throws {
    let a = try TestPeer {
      $0.dialsLazily = dialer.lazy
      $0.offersEarlyMuxer = dialer.early
    }
    let b = try TestPeer { $0.offersEarlyMuxer = listenerEarly }
    #expect(try await connected(a, to: b) == b.swarm.localPeer)
    _ = try await a.swarm.ping(b.swarm.localPeer)
    #expect(try await a.identified().protocols.contains("/ipfs/ping/1.0.0"))
    #expect(try await b.identified().protocols.contains("/ipfs/id/1.0.0"))
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("Identify tells agent, protocols, certified addresses and how the peer sees us")
  func identify() async throws {
    let (a, b) = (try TestPeer(), try TestPeer { $0.agent = "tested/1.0" })
    _ = try await connected(a, to: b)
    let info = try await a.identified()
    #expect(info.agent == "tested/1.0")
    #expect(info.protocolVersion == "ipfs/0.1.0")
    #expect(info.isCertified)
    #expect(await info.listenAddresses == b.swarm.listenAddresses)
    #expect(info.observedAddress?.description.hasPrefix("/ip4/127.0.0.1/tcp/") == true)
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A protocol that is added later is pushed to connected peers")
  func identifyPush() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    _ = try await connected(a, to: b)
    _ = try await a.identified()
    _ = try await b.identified()
    b.swarm.handle("/late/1.0.0") { _ in }
    try await a.event {
      if case .identified(_, let info) = $0 { info.protocols.contains("/late/1.0.0") } else { false }
    }
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A listener that the system has closed stands again, on the same port")
  func listenerEnds() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let (core, loop) = (b.swarm.core, b.swarm.eventLoop)
    try await loop.flatSubmit { core.listeners[0].close() }.get()
    var reached: PeerID?
    for _ in 0..<100 where reached == nil {
      reached = try? await a.swarm.dial(address)
      if reached == nil { try await Task.sleep(for: .milliseconds(50)) }
    }
    #expect(reached == b.swarm.localPeer)
    await a.swarm.shutdown()
    await b.swarm.shutdown()
    #expect(try await loop.submit { core.listeners.isEmpty }.get())
  }

  @Test("A peer with another id than the address names is refused, and both ids are told")
  func wrongPeer() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let other = KeyPair.generate().peerID
    let wrong = try address.withoutPeerID.appending(Multiaddr("/p2p/\(other)"))
    do {
      _ = try await a.swarm.dial(wrong)
      Issue.record("the dial succeeded")
    } catch SwarmError.wrongPeer(let expected, let found) {
      #expect(expected == other)
      #expect(found == b.swarm.localPeer)
    }
    #expect(await a.swarm.connectedPeers.isEmpty)
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("Dialling oneself is refused, by id and by address")
  func selfDial() async throws {
    let a = try TestPeer()
    let address = try #require(try await a.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    await #expect(throws: SwarmError.self) { try await a.swarm.dial(address) }
    await #expect(throws: SwarmError.self) { try await a.swarm.dial(address.withoutPeerID) }
    await a.swarm.shutdown()
  }

  @Test("Peers that dial each other at the same moment end up with one connection, and stay connected")
  func crossingDials() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let toA = try #require(try await a.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let toB = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    async let first = a.swarm.dial(toB)
    async let second = b.swarm.dial(toA)
    #expect(try await first == b.swarm.localPeer)
    #expect(try await second == a.swarm.localPeer)
    _ = try await a.swarm.ping(b.swarm.localPeer)
    _ = try await b.swarm.ping(a.swarm.localPeer)
    #expect(!a.events.contains { if case .disconnected = $0 { true } else { false } })
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A DNS name is resolved, and IPv6 is spoken")
  func namesAndIPv6() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let ip4 = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let port = try #require(ip4.components[1].text)
    #expect(try await a.swarm.dial(Multiaddr("/dns4/localhost/tcp/\(port)")) == b.swarm.localPeer)
    a.swarm.disconnect(b.swarm.localPeer)
    try await a.event { if case .disconnected = $0 { true } else { false } }
    let ip6 = try #require(try await b.swarm.listen(on: Multiaddr("/ip6/::1/tcp/0")).first)
    #expect(try await a.swarm.dial(ip6) == b.swarm.localPeer)
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A peer without the ping protocol is measured by Yamux, before and after identify has said so")
  func muxerPing() async throws {
    let (a, b) = (try TestPeer(), try TestPeer { $0.servesPing = false })
    let peer = try await connected(a, to: b)
    #expect(try await a.swarm.ping(peer) > .nanoseconds(0))
    #expect(try await !a.identified().protocols.contains("/ipfs/ping/1.0.0"))
    #expect(try await a.swarm.ping(peer) > .nanoseconds(0))
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("IPv4 and IPv6 are listened on at the same port")
  func bothFamilies() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let ip4 = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let port = try #require(ip4.components[1].text)
    let ip6 = try #require(try await b.swarm.listen(on: Multiaddr("/ip6/::/tcp/\(port)")).first)
    #expect(ip6.description.contains("/tcp/\(port)/"))
    #expect(try await a.swarm.dial(Multiaddr("/ip6/::1/tcp/\(port)")) == b.swarm.localPeer)
    await a.swarm.shutdown()
    await b.swarm.shutdown()
  }

  @Test("A wildcard listener tells real interface addresses and its real port")
  func wildcard() async throws {
    let a = try TestPeer()
    let addresses = try await a.swarm.listen(on: Multiaddr("/ip4/0.0.0.0/tcp/0"))
    #expect(addresses.contains { $0.description.hasPrefix("/ip4/127.0.0.1/tcp/") })
    #expect(!addresses.contains { $0.description.contains("/tcp/0") || $0.description.contains("0.0.0.0") })
    #expect(addresses.allSatisfy { $0.description.hasSuffix("/p2p/\(a.swarm.localPeer)") })
    await a.swarm.shutdown()
  }

  @Test(
    "An address that cannot be dialled says why",
    arguments: [
      ("/ip4/127.0.0.1/udp/9/quic-v1", "only /tcp"), ("/dnsaddr/bootstrap.libp2p.io", "/dnsaddr"),
      ("/ip4/127.0.0.1/tcp/9/ws", "/ws"), ("/ip4/127.0.0.1", "only /tcp"),
    ])
  func undiallable(address: String, reason: String) async throws {
    let a = try TestPeer()
    do {
      _ = try await a.swarm.dial(Multiaddr(address))
      Issue.record("the dial succeeded")
    } catch let error as SwarmError {
      #expect("\(error)".contains(reason), "\(error)")
    }
    await a.swarm.shutdown()
  }

  @Test("A port in use, and a port where nobody listens, are named in the error")
  func portErrors() async throws {
    let (a, b) = (try TestPeer(), try TestPeer())
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    do {
      _ = try await a.swarm.listen(on: address.withoutPeerID)
      Issue.record("a port in use was taken")
    } catch let error as SwarmError {
      #expect("\(error)".contains("\(address.withoutPeerID)") && "\(error)".contains("in use"), "\(error)")
    }
    await b.swarm.shutdown()
    do {
      _ = try await a.swarm.dial(address)
      Issue.record("a closed port was connected")
    } catch let error as SwarmError {
      #expect("\(error)".contains("refused"), "\(error)")
    }
    await a.swarm.shutdown()
  }

  @Test("Above the connection limit a newcomer is turned away and counted")
  func connectionLimit() async throws {
    let b = try TestPeer { $0.maximumConnections = 1 }
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let (a, c) = (try TestPeer(), try TestPeer())
    _ = try await a.swarm.dial(address)
    try await b.event { if case .connected = $0 { true } else { false } }
    await #expect(throws: SwarmError.self) { try await c.swarm.dial(address) }
    #expect(await b.swarm.counters.connectionsRefused == 1)
    for peer in [a, b, c] { await peer.swarm.shutdown() }
  }
}
