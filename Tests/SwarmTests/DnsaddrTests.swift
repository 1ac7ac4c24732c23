import DNS
import Identity
import Limits
import Multiformats
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import Swarm

/// A name server on loopback that knows some texts, by UDP and by TCP on the same port.
private final class TestNameServer: Sendable {
  enum Manner: Sendable {
    case honest, truncates, silent, forges
  }

  let address: SocketAddress
  private let channels: [any Channel]
  /// The questions so far.
  let log = QuestionLog()

  init(_ texts: [String: [String]], manner: Manner = .honest) async throws {
    let answer: @Sendable (ByteBuffer, Bool) -> [ByteBuffer] = { [log] bytes, overTCP in
      guard manner != .silent, let question = try? DNSMessage(bytes: Array(bytes.readableBytesView)),
        let name = question.questions.first?.name
      else { return [] }
      log.note((overTCP ? "tcp " : "udp ") + "\(name)")
      var response = question
      response.isResponse = true
      if let texts = texts["\(name)"] {
        response.answers = texts.map { DNSRecord(name, ttl: 60, .txt([Array($0.utf8)])) }
      } else {
        response.code = 3
      }
      if manner == .truncates, !overTCP {
        response.isTruncated = true
        response.answers = []
      }
      guard manner == .forges else { return [ByteBuffer(bytes: response.bytes)] }
      var forged = response
      forged.id &+= 1
      forged.answers = [DNSRecord(name, ttl: 60, .txt([Array("dnsaddr=/ip4/127.0.0.1/tcp/1".utf8)]))]
      return [ByteBuffer(bytes: forged.bytes), ByteBuffer(bytes: response.bytes)]
    }
    let datagrams = DatagramBootstrap(group: loops).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(UDPAnswers { answer($0, false) })
      }
    }
    let connections = ServerBootstrap(group: loops).childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(TCPAnswers { answer($0, true) })
      }
    }
    // A port that is free for UDP may be taken for TCP: another one, then.
    var udp = try await datagrams.bind(host: "127.0.0.1", port: 0).get()
    var tcp: (any Channel)?
    for attempt in 1...20 where tcp == nil {
      do {
        tcp = try await connections.bind(to: #require(udp.localAddress)).get()
      } catch {
        guard attempt < 20 else { throw error }
        try await udp.close()
        udp = try await datagrams.bind(host: "127.0.0.1", port: 0).get()
      }
    }
    address = try #require(udp.localAddress)
    channels = [udp, try #require(tcp)]
  }

  func stop() async { for channel in channels { try? await channel.close() } }
}

private final class QuestionLog: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func note(_ line: String) { lines.withLock { $0.append(line) } }
}

private final class UDPAnswers: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  let answer: (ByteBuffer) -> [ByteBuffer]
  init(answer: @escaping (ByteBuffer) -> [ByteBuffer]) { self.answer = answer }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let packet = unwrapInboundIn(data)
    for bytes in answer(packet.data) {
      context.channel.writeAndFlush(AddressedEnvelope(remoteAddress: packet.remoteAddress, data: bytes), promise: nil)
    }
  }
}

private final class TCPAnswers: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  let answer: (ByteBuffer) -> [ByteBuffer]
  init(answer: @escaping (ByteBuffer) -> [ByteBuffer]) { self.answer = answer }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    bytes.moveReaderIndex(forwardBy: 2)
    for bytes in answer(bytes) {
      // In two pieces, as a network may deliver it.
      context.channel.writeAndFlush(ByteBuffer(integer: UInt16(bytes.readableBytes)), promise: nil)
      context.channel.writeAndFlush(bytes, promise: nil)
    }
  }
}

@Suite("A /dnsaddr is dialled")
struct DnsaddrTests {
  /// A listening peer, a name server that knows it under `_dnsaddr.example.org`, and a peer that asks that server.
  private func scene(
    _ manner: TestNameServer.Manner = .honest, also texts: [String] = []
  ) async throws -> (a: TestPeer, b: TestPeer, server: TestNameServer) {
    let b = try TestPeer()
    let address = try #require(try await b.swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
    let server = try await TestNameServer(
      ["_dnsaddr.example.org": texts + ["dnsaddr=\(address)"]], manner: manner)
    let a = try TestPeer {
      $0.nameServers = [server.address]
      $0.dialSeconds = 3
    }
    return (a, b, server)
  }

  private func end(_ scene: (a: TestPeer, b: TestPeer, server: TestNameServer)) async {
    await scene.a.swarm.shutdown()
    await scene.b.swarm.shutdown()
    await scene.server.stop()
  }

  @Test("by UDP, by TCP where the answer does not fit, and past a forged answer", arguments: [true, false])
  func dialled(named: Bool) async throws {
    for (manner, questions) in [
      (TestNameServer.Manner.honest, ["udp"]), (.truncates, ["udp", "tcp"]), (.forges, ["udp"]),
    ] {
      let scene = try await scene(manner, also: ["dnsaddr=/ip4/9.9.9.9/udp/1/quic-v1", "v=spf1"])
      let text = "/dnsaddr/example.org" + (named ? "/p2p/\(scene.b.swarm.localPeer)" : "")
      #expect(try await scene.a.swarm.dial(Multiaddr(text)) == scene.b.swarm.localPeer)
      #expect(scene.server.log.all == questions.map { $0 + " _dnsaddr.example.org" })
      // Whoever is connected is not asked for.
      if named { #expect(try await scene.a.swarm.dial(Multiaddr(text)) == scene.b.swarm.localPeer) }
      #expect(scene.server.log.all.count == questions.count || !named)
      await end(scene)
    }
  }

  @Test("without its peer it goes from peer to peer until one is there")
  func several() async throws {
    let gone = "/ip4/127.0.0.1/tcp/1/p2p/\(KeyPair.generate().peerID)"
    let scene = try await scene(also: ["dnsaddr=\(gone)"])
    for _ in 0..<4 {
      #expect(try await scene.a.swarm.dial(Multiaddr("/dnsaddr/example.org")) == scene.b.swarm.localPeer)
      scene.a.swarm.disconnect(scene.b.swarm.localPeer)
    }
    await end(scene)
  }

  @Test("says what is wrong: no such name, nobody answers, nothing that can be dialled, another peer")
  func failures() async throws {
    let scene = try await scene(.honest)
    func reason(_ text: String, _ peer: TestPeer) async -> String {
      do {
        _ = try await peer.swarm.dial(Multiaddr(text))
        return "it was dialled"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      await reason("/dnsaddr/nowhere.org", scene.a)
        == "cannot resolve /dnsaddr/nowhere.org: there is no _dnsaddr.nowhere.org")
    let other = KeyPair.generate().peerID
    #expect(
      await reason("/dnsaddr/example.org/p2p/\(other)", scene.a)
        == "cannot resolve /dnsaddr/example.org/p2p/\(other): its name has no texts for it")
    let quic = try await TestNameServer(["_dnsaddr.q.org": ["dnsaddr=/ip4/9.9.9.9/udp/1/quic-v1"]])
    let asker = try TestPeer { $0.nameServers = [quic.address] }
    #expect(
      await reason("/dnsaddr/q.org", asker)
        == "cannot use address /dnsaddr/q.org: none of the 1 addresses that it stands for is one of TCP")
    let silent = try await TestNameServer([:], manner: .silent)
    let waiting = try TestPeer {
      $0.nameServers = [silent.address]
      $0.dialSeconds = 1
    }
    #expect(
      await reason("/dnsaddr/example.org", waiting) == "cannot resolve /dnsaddr/example.org: no answer within 1 s")
    let lonely = try TestPeer { $0.nameServers = [] }
    #expect(await reason("/dnsaddr/example.org", lonely).hasSuffix("no name server is known"))
    for peer in [asker, waiting, lonely] { await peer.swarm.shutdown() }
    await quic.stop()
    await silent.stop()
    await end(scene)
  }

  @Test("has peers by the addresses that can be dialled, and so many at most")
  func peers() throws {
    let id = KeyPair.generate().peerID
    let (one, two) = (try Multiaddr("/ip4/9.9.9.9/tcp/1/p2p/\(id)"), try Multiaddr("/dns4/x.org/tcp/1/p2p/\(id)"))
    let bare = try Multiaddr("/ip4/9.9.9.9/tcp/2")
    let udp = try Multiaddr("/ip4/9.9.9.9/udp/1/quic-v1/p2p/\(id)")
    #expect(
      DnsaddrPeers([one, udp, bare, two]).peers == [
        .init(id: id, addresses: [one, two]), .init(id: nil, addresses: [bare]),
      ])
    let many = try (1...100).map { try Multiaddr("/ip4/9.9.9.9/tcp/\($0)") }
    #expect(DnsaddrPeers(many).peers.count == Limits.DNS.peers)
  }
}
