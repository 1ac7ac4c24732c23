import Limits
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import Gossipsub
@testable import Swarm

/// What a connection of months has to go through.
@Suite(.timeLimit(.minutes(2))) struct LongLifeTests {
  private func subscription() throws -> ByteBuffer {
    var rpc = RPC()
    rpc.subscriptions = [.init(topic: "t", subscribes: true)]
    return try #require(RPCCodec.encode(rpc).first)
  }

  /// A peer that has told the node that it is subscribed, and the stream on which it has.
  private func subscriber(of node: TestNode) async throws -> (peer: RawPeer, stream: any Channel) {
    let peer = try RawPeer(serving: ["/meshsub/1.1.0"])
    let id = try await peer.swarm.dial(try await node.listen())
    let stream = try await peer.open(to: id)
    try await stream.writeAndFlush(subscription())
    for await event in node.events { if case .subscribed = event { break } }
    return (peer, stream)
  }

  @Test("when one of two connections to a peer ends, the stream that was on it moves to the other at once")
  func moving() async throws {
    // An ordinary attempt would come after the test's time.
    let (a, b) = try await TestNode.pair { $0.reopenDelay = .hours(1) }
    let address = try #require(await a.swarm.listenAddresses.first).withoutPeerID
    _ = try await b.swarm.dial(address)
    try await b.swarm.eventLoop.submit { [core = b.swarm.core, a = a.id] in
      #expect(core.connections(to: a).count == 2)
      core.connections(to: a).first?.close(nil)
    }.get()
    // What is said while the stream moves goes down with the old one; what is said after it arrives.
    let isHeard = NIOLockedValueBox(false)
    let hearing = Task {
      defer { isHeard.withLockedValue { $0 = true } }
      return await b.messages(1).map(\.data)
    }
    while !isHeard.withLockedValue({ $0 }) {
      _ = try await a.gossipsub.publish(ByteBuffer(string: "still here"), topic: "t").get()
      _ = try? await a.swarm.ping(b.id)
    }
    #expect(await hearing.value == [ByteBuffer(string: "still here")])
    try await a.stop()
    try await b.stop()
  }

  @Test("a peer that reads nothing holds nobody up for longer than patience lasts")
  func stalledReader() async throws {
    let node = try TestNode {
      $0.stallPatience = .milliseconds(100)
      $0.peerQueueBytes = 256 * 1_024
    }
    let (peer, _) = try await subscriber(of: node)
    while peer.inbound.withLockedValue({ $0.isEmpty }) { await Task.yield() }
    try await #require(peer.inbound.withLockedValue { $0.last }).setOption(.autoRead, value: false).get()
    let payload = ByteBuffer(repeating: 0, count: 50_000)
    let publishing = (0..<60).map { _ in node.gossipsub.publish(payload, topic: "t") }
    // Each is answered, though nobody ever reads the last of them.
    for future in publishing { _ = try await future.get() }
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("a peer that is subscribed, ends its stream and opens no other is not believed to be there for ever")
  func mutePeer() async throws {
    let node = try TestNode { $0.mutePatience = .milliseconds(100) }
    let gone = node.swarm.eventLoop.makePromise(of: String.self)
    node.swarm.addObserver { event in
      if case .disconnected(_, let reason) = event { gone.succeed(reason?.description ?? "closed") }
    }
    let (peer, stream) = try await subscriber(of: node)
    try await stream.close()
    #expect(try await gone.futureResult.get().hasPrefix("opening another gossipsub stream took longer"))
    try await node.stop()
    await peer.swarm.shutdown()
  }

  @Test("a peer that did not speak gossipsub and then says that it does is believed")
  func lateSpeaker() async throws {
    let node = try TestNode { $0.identifyPatience = .nanoseconds(1) }
    let address = try await node.listen()
    try await node.gossipsub.subscribe("t").get()
    let peer = try RawPeer()
    let id = try await peer.swarm.dial(address)
    // Two round trips later it was asked, and has said no.
    for _ in 0..<2 { _ = try await peer.swarm.ping(id) }
    peer.serve("/meshsub/1.1.0")
    for await bytes in peer.received {
      #expect(try bytes == subscription())
      break
    }
    try await node.stop()
    await peer.swarm.shutdown()
  }
}
