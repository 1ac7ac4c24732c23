import Identity
import Limits
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Swarm
import TestSupport
import Testing

@testable import Gossipsub

/// Over real sockets on loopback: TCP, Noise, Yamux.
@Suite(.timeLimit(.minutes(2))) struct ServiceTests {
  @Test("two peers graft each other as soon as they are connected, and a message arrives signed by its author")
  func oneMessage() async throws {
    let (a, b) = try await TestNode.pair()
    let receipt = try await a.gossipsub.publish(ByteBuffer(string: "hello"), topic: "t").get()
    #expect(receipt.peers == 1)
    let message = try #require(await b.messages(1).first)
    #expect(message.source == a.id)
    #expect(message.id == receipt.id)
    #expect(message.isSigned)
    #expect(message.key != nil)
    #expect(message.data == ByteBuffer(string: "hello"))
    #expect(await a.gossipsub.meshPeers(of: "t") == [b.id])
    #expect(await a.gossipsub.subscribers(of: "t") == [b.id])
    try await a.stop()
    try await b.stop()
  }

  @Test("a thousand messages each way arrive complete and in order, though published all at once")
  func thousand() async throws {
    let (a, b) = try await TestNode.pair()
    for number in 0..<1_000 {
      _ = a.gossipsub.publish(ByteBuffer(string: "a\(number)"), topic: "t")
      _ = b.gossipsub.publish(ByteBuffer(string: "b\(number)"), topic: "t")
    }
    let atB = await b.messages(1_000)
    let atA = await a.messages(1_000)
    #expect(atB.map { String(buffer: $0.data) } == (0..<1_000).map { "a\($0)" })
    #expect(atA.map { String(buffer: $0.data) } == (0..<1_000).map { "b\($0)" })
    #expect(await a.gossipsub.counters.dropped.isEmpty)
    #expect(await b.gossipsub.counters.dropped.isEmpty)
    try await a.stop()
    try await b.stop()
  }

  @Test(
    "a publisher that waits for its receipts loses nothing to a slow receiver, whose queues are full many times over")
  func backPressure() async throws {
    // Queues of a few messages, so that a few thousand fill them often.
    let (a, b) = try await TestNode.pair { $0.peerQueueBytes = 64 * 1_024 }
    let payload = ByteBuffer(repeating: 0x61, count: 1_024)
    let count = 3_000
    let publishing = Task {
      for _ in 0..<count { _ = try await a.gossipsub.publish(payload, topic: "t").get() }
    }
    let messages = await b.messages(count)
    try await publishing.value
    #expect(Set(messages.map(\.id)).count == count)
    #expect(await a.gossipsub.counters.dropped.isEmpty)
    #expect(await b.gossipsub.counters.dropped.isEmpty)
    try await a.stop()
    try await b.stop()
  }

  @Test("held deliveries wait, the sender with them, and come complete and in order when they are released")
  func holding() async throws {
    let (a, b) = try await TestNode.pair()
    let count = Limits.Gossipsub.validationQueue + 500
    let arrived = NIOLockedValueBox(0)
    b.gossipsub.onEvent { [gossipsub = b.gossipsub] event in
      guard case .message = event else { return }
      // Held from inside a delivery: not one more may come.
      if arrived.withLockedValue({
        $0 += 1; return $0 == 10
      }) {
        gossipsub.holdDeliveries()
      }
    }
    let publishing = Task {
      for number in 0..<count { _ = try await a.gossipsub.publish(ByteBuffer(integer: number), topic: "t").get() }
    }
    let first = await b.messages(10)
    try await publishing.value
    #expect(arrived.withLockedValue { $0 } == 10)
    b.gossipsub.releaseDeliveries()
    let rest = await b.messages(count - 10)
    #expect((first + rest).compactMap { $0.data.getInteger(at: 0, as: Int.self) } == Array(0..<count))
    #expect(await b.gossipsub.counters.dropped.isEmpty)
    try await a.stop()
    try await b.stop()
  }

  @Test("a message passes through a peer between two that do not know each other")
  func relay() async throws {
    let (a, b) = try await TestNode.pair()
    let c = try TestNode()
    try await c.gossipsub.subscribe("t").get()
    _ = try await c.swarm.dial(try #require(await a.swarm.listenAddresses.first))
    await c.waitForMesh(1)
    await a.waitForMesh(2)
    _ = try await b.gossipsub.publish(ByteBuffer(string: "over the hill"), topic: "t").get()
    let message = try #require(await c.messages(1).first)
    #expect(message.source == b.id)
    try await a.stop()
    try await b.stop()
    try await c.stop()
  }

  @Test("leaving a topic and coming back, disconnecting and coming back")
  func comingBack() async throws {
    let (a, b) = try await TestNode.pair { $0.router.unsubscribeBackoff = .milliseconds(1) }
    try await b.gossipsub.unsubscribe("t").get()
    for await event in a.events { if case .unsubscribed(b.id, "t") = event { break } }
    #expect(await a.gossipsub.meshPeers(of: "t").isEmpty)
    a.swarm.disconnect(b.id)
    try await b.gossipsub.subscribe("t").get()
    let address = try #require(await a.swarm.listenAddresses.first)
    while await a.swarm.connectedPeers.contains(b.id) { await Task.yield() }
    while await b.swarm.connectedPeers.contains(a.id) { await Task.yield() }
    _ = try await b.swarm.dial(address)
    for await event in a.events { if case .subscribed(b.id, "t") = event { break } }
    for await event in b.events { if case .subscribed(a.id, "t") = event { break } }
    _ = try await a.gossipsub.publish(ByteBuffer(string: "again"), topic: "t").get()
    #expect(await b.messages(1).count == 1)
    try await a.stop()
    try await b.stop()
  }

  @Test("what cannot be published is refused with the reason")
  func refusals() async throws {
    let node = try TestNode()
    let large = ByteBuffer(repeating: 0, count: Limits.Gossipsub.data + 1)
    await #expect(throws: PublishError.tooLong(bytes: Limits.Gossipsub.data + 1, limit: Limits.Gossipsub.data)) {
      try await node.gossipsub.publish(large, topic: "t").get()
    }
    await #expect(throws: PublishError.invalidTopic) {
      try await node.gossipsub.publish(ByteBuffer(string: "x"), topic: "").get()
    }
    #expect(try await node.gossipsub.publish(ByteBuffer(string: "x"), topic: "t").get().peers == 0)
    try await node.stop()
    await #expect(throws: PublishError.stopped) {
      try await node.gossipsub.publish(ByteBuffer(string: "x"), topic: "t").get()
    }
  }
}

/// Peers that behave oddly, or badly (libp2p.md §3.5, wire.md §1).
@Suite(.timeLimit(.minutes(2))) struct StreamTests {
  private func subscription(_ topic: String) throws -> ByteBuffer {
    var rpc = RPC()
    rpc.subscriptions = [.init(topic: topic, subscribes: true)]
    return try #require(RPCCodec.encode(rpc).first)
  }

  @Test(
    "case 42 and others: rubbish ends the stream it came on, and nothing else",
    arguments: [
      "8080808008", "ffffffffffffffffffff01", "0500ff00ff00", "0c0a0a1208ff62636465666768",
    ])
  func rubbish(text: String) async throws {
    let node = try TestNode()
    let address = try await node.listen()
    let peer = try RawPeer()
    let id = try await peer.swarm.dial(address)
    let bad = try await peer.open(to: id)
    try await bad.writeAndFlush(ByteBuffer(bytes: hex(text)))
    try await bad.closeFuture.get()
    // A new stream is as good as the first one was.
    let good = try await peer.open(to: id)
    try await good.writeAndFlush(subscription("t"))
    for await event in node.events { if case .subscribed(peer.swarm.localPeer, "t") = event { break } }
    #expect(await node.gossipsub.counters.malformedRPCs == 1)
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("a newer stream takes the place of the older one, which is reset")
  func replacement() async throws {
    let node = try TestNode()
    let address = try await node.listen()
    let peer = try RawPeer()
    let id = try await peer.swarm.dial(address)
    let first = try await peer.open(to: id)
    try await first.writeAndFlush(subscription("one"))
    for await event in node.events { if case .subscribed(_, "one") = event { break } }
    let second = try await peer.open(to: id)
    try await second.writeAndFlush(subscription("two"))
    for await event in node.events { if case .subscribed(_, "two") = event { break } }
    try await first.closeFuture.get()
    #expect(second.isActive)
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("a frame in many pieces, and many frames in one piece, are read alike")
  func pieces() async throws {
    let node = try TestNode()
    let address = try await node.listen()
    let peer = try RawPeer()
    let id = try await peer.swarm.dial(address)
    let stream = try await peer.open(to: id)
    for byte in try subscription("one").readableBytesView { try await stream.writeAndFlush(ByteBuffer(bytes: [byte])) }
    var several = try subscription("two")
    several.writeImmutableBuffer(try subscription("three"))
    try await stream.writeAndFlush(several)
    var topics: [String] = []
    for await event in node.events {
      if case .subscribed(_, let topic) = event { topics.append(topic) }
      if topics.count == 3 { break }
    }
    #expect(topics == ["one", "two", "three"])
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("the first frame on our stream is our subscriptions; when the peer resets the stream we open another one")
  func reopening() async throws {
    let node = try TestNode { $0.reopenDelay = .milliseconds(20) }
    let address = try await node.listen()
    try await node.gossipsub.subscribe("t").get()
    let peer = try RawPeer(serving: ["/meshsub/1.1.0"])
    _ = try await peer.swarm.dial(address)
    let hello = try subscription("t")
    var seen = 0
    for await bytes in peer.received {
      #expect(bytes == hello)
      seen += 1
      if seen == Limits.Gossipsub.streamAttempts { break }
      try await #require(peer.inbound.withLockedValue { $0.last }).triggerUserOutboundEvent(StreamOutboundEvent.reset)
    }
    // That many times and no more: rust would never listen to us again.
    #expect(peer.inbound.withLockedValue { $0.count } == Limits.Gossipsub.streamAttempts)
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("what a peer sends on our own stream means nothing")
  func wrongWay() async throws {
    let node = try TestNode()
    let address = try await node.listen()
    try await node.gossipsub.subscribe("t").get()
    let peer = try RawPeer(serving: ["/meshsub/1.2.0", "/meshsub/1.1.0"])
    let id = try await peer.swarm.dial(address)
    for await _ in peer.received { break }
    let theirs = try #require(peer.inbound.withLockedValue { $0.last })
    try await theirs.writeAndFlush(subscription("wrong"))
    let stream = try await peer.open(to: id)
    try await stream.writeAndFlush(subscription("right"))
    for await event in node.events {
      guard case .subscribed(_, let topic) = event else { continue }
      #expect(topic == "right")
      break
    }
    #expect(theirs.isActive)
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("forged messages are counted and go nowhere")
  func forged() async throws {
    let (a, b) = try await TestNode.pair()
    let peer = try RawPeer()
    _ = try await peer.swarm.dial(try #require(await a.swarm.listenAddresses.first))
    let stream = try await peer.open(to: a.id)
    var signer = MessageSigner(keyPair: .generate(), firstSequenceNumber: 1)
    var rpc = RPC()
    for number in 0..<50 {
      let message = try signer.sign(ByteBuffer(string: "text \(number)"), topic: "t")
      var bytes = message.wire.encoded
      let data = try #require(message.wire.data)
      if number != 25 { bytes.setInteger(UInt8(ascii: "T"), at: data.startIndex) }
      rpc.messages.append(try WireMessage(bytes))
    }
    for frame in RPCCodec.encode(rpc) { try await stream.writeAndFlush(frame) }
    #expect(await b.messages(1).map { String(buffer: $0.data) } == ["text 25"])
    // The one that is right stands in the middle; wait for the rest to be through as well.
    while await a.gossipsub.counters.totalRejected < 49 { await Task.yield() }
    #expect(await a.gossipsub.counters.rejected == [.invalidSignature: 49])
    try await a.stop()
    try await b.stop()
    await peer.swarm.shutdown()
  }
}
