import Gossipsub
import Identity
import Logging
import Multiformats
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Swarm

/// A swarm on loopback with gossipsub on it.
final class TestNode: Sendable {
  let swarm: Swarm
  let gossipsub: Gossipsub
  let events: AsyncStream<GossipsubEvent>

  var id: PeerID { swarm.localPeer }

  init(_ configure: (inout GossipsubConfiguration) -> Void = { _ in }) throws {
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    var configuration = GossipsubConfiguration()
    // Quick heartbeats make for quick tests.
    configuration.router.heartbeat = .milliseconds(200)
    configure(&configuration)
    swarm = try Swarm(
      configuration: SwarmConfiguration(), identity: .generate(),
      eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
      logger: logger)
    gossipsub = Gossipsub(swarm: swarm, configuration: configuration, logger: logger)
    let (events, continuation) = AsyncStream<GossipsubEvent>.makeStream()
    self.events = events
    gossipsub.onEvent { continuation.yield($0) }
    gossipsub.start()
  }

  func listen() async throws -> Multiaddr {
    let addresses = try await swarm.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0"))
    guard let first = addresses.first else { throw SwarmError.limit("no address") }
    return first
  }

  /// Waits until the topic's mesh has so many neighbours.
  func waitForMesh(_ count: Int, topic: String = "t") async {
    for await event in events {
      if case .meshChanged(topic, let now) = event, now >= count { return }
    }
  }

  /// The next messages.
  func messages(_ count: Int) async -> [Message] {
    var messages: [Message] = []
    guard count > 0 else { return [] }
    for await event in events {
      guard case .message(let message, _) = event else { continue }
      messages.append(message)
      if messages.count == count { break }
    }
    return messages
  }

  func stop() async throws {
    try await gossipsub.stop().get()
    await swarm.shutdown()
  }

  /// Two nodes that are in each other's mesh.
  static func pair(
    _ configure: (inout GossipsubConfiguration) -> Void = { _ in }
  ) async throws -> (TestNode, TestNode) {
    let a = try TestNode(configure)
    let b = try TestNode(configure)
    let address = try await a.listen()
    try await a.gossipsub.subscribe("t").get()
    try await b.gossipsub.subscribe("t").get()
    _ = try await b.swarm.dial(address)
    await a.waitForMesh(1)
    await b.waitForMesh(1)
    return (a, b)
  }
}

/// A swarm without gossipsub, whose streams a test writes by hand.
final class RawPeer: Sendable {
  let swarm: Swarm
  /// What came on streams that were opened to this peer.
  let received: AsyncStream<ByteBuffer>
  let inbound = NIOLockedValueBox<[any Channel]>([])
  private let continuation: AsyncStream<ByteBuffer>.Continuation

  init(serving protocols: [String] = []) throws {
    swarm = try Swarm(
      configuration: SwarmConfiguration(), identity: .generate(),
      eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
      logger: Logger(label: "raw", factory: { _ in SwiftLogNoOpLogHandler() }))
    (received, continuation) = AsyncStream<ByteBuffer>.makeStream()
    for name in protocols { serve(name) }
  }

  func serve(_ name: String) {
    swarm.handle(name) { [inbound, continuation] stream in
      inbound.withLockedValue { $0.append(stream.channel) }
      try? stream.channel.pipeline.syncOperations.addHandler(Collector { continuation.yield($0) })
    }
  }

  /// A gossipsub stream, its end told by the future.
  func open(to peer: PeerID) async throws -> any Channel {
    try await swarm.openStream(to: peer, protocols: ["/meshsub/1.1.0"]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(Collector { _ in })
    }.get()
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let take: (ByteBuffer) -> Void
    init(_ take: @escaping (ByteBuffer) -> Void) { self.take = take }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(unwrapInboundIn(data)) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
  }
}
