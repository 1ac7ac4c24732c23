import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import Swarm
import TestSupport
import Testing

@testable import UniversalConnectivity

/// The event loops that the tests of this target share.
let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 2)

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A chat node that records what happens to it, and has all the time that a busy machine may want: a test that is about a
/// limit of time sets it.
final class TestNode: Sendable {
  let node: ChatNode
  let heard: EventRecorder<ChatEvent>

  init(_ configure: (inout ChatNodeConfiguration) throws -> Void = { _ in }) throws {
    var configuration = ChatNodeConfiguration(identity: .generate())
    configuration.pingInterval = .hours(1)
    configuration.direct.timeout = .hours(1)
    configuration.direct.requestTimeout = .hours(1)
    configuration.files.answerTimeout = .hours(1)
    configuration.files.stallTimeout = .hours(1)
    try configure(&configuration)
    node = try ChatNode(configuration: configuration, eventLoopGroup: eventLoops, logger: silent)
    heard = EventRecorder(node)
  }

  var id: PeerID { node.localPeer }

  /// Starts on a free port of loopback, and says where.
  func listen() async throws -> Multiaddr {
    try await node.start()
    return try #require(try await node.listen(on: Multiaddr("/ip4/127.0.0.1/tcp/0")).first)
  }

  func connected(to peer: PeerID) async throws {
    _ = try await heard.first { if case .connected(peer, _, _) = $0 { true } else { nil } }
  }

  func malformed() async throws -> MalformedInput {
    try await heard.first { if case .malformed(_, let input) = $0 { input } else { nil } }
  }
}

/// Two nodes that are connected and know of each other's protocols.
func connectedPair(
  first: (inout ChatNodeConfiguration) -> Void = { _ in }, second: (inout ChatNodeConfiguration) -> Void = { _ in }
) async throws -> (TestNode, TestNode) {
  let alice = try TestNode(first)
  let address = try await alice.listen()
  let bob = try TestNode {
    $0.connect = [address]
    second(&$0)
  }
  try await bob.node.start()
  let (aliceID, bobID) = (alice.id, bob.id)
  _ = try await alice.heard.first { if case .identified(bobID, _) = $0 { true } else { nil } }
  _ = try await bob.heard.first { if case .identified(aliceID, _) = $0 { true } else { nil } }
  return (alice, bob)
}

/// A peer that keeps to the protocols below, and does on its streams whatever a test wants.
final class RawPeer: Sendable {
  let swarm: Swarm

  init() throws {
    swarm = try Swarm(
      configuration: SwarmConfiguration(), identity: .generate(), eventLoop: eventLoops.next(), logger: silent)
  }

  var id: PeerID { swarm.localPeer }

  /// Answers the first bytes of each stream of `name` with `act`.
  func serve(_ name: String, _ act: @escaping @Sendable (any Channel) -> Void) {
    swarm.handle(name) { stream in
      try? stream.channel.pipeline.syncOperations.addHandler(FirstBytes(act))
    }
  }

  /// Opens a stream, does `act` on it, and returns what came back when the other side ended it or reset it.
  func exchange(
    with peer: PeerID, _ name: String, _ act: @escaping @Sendable (any Channel) -> Void
  ) async throws -> (bytes: [UInt8], wasReset: Bool) {
    let ended = swarm.eventLoop.makePromise(of: ([UInt8], Bool).self)
    _ = try await swarm.openStream(to: peer, protocols: [name]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(Transcript(ended))
      act(channel)
    }.get()
    let (bytes, wasReset) = try await withDeadline { try await ended.futureResult.get() }
    return (bytes, wasReset)
  }
}

extension Channel {
  /// Writes bytes, and then perhaps ends this side.
  func say(_ bytes: [UInt8], thenEnd: Bool = false) {
    writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    if thenEnd { close(mode: .output, promise: nil) }
  }
}

private final class FirstBytes: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var act: (@Sendable (any Channel) -> Void)?
  init(_ act: @escaping @Sendable (any Channel) -> Void) { self.act = act }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    act?(context.channel)
    act = nil
  }
}

private final class Transcript: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var bytes: [UInt8] = []
  private var promise: EventLoopPromise<([UInt8], Bool)>?
  init(_ promise: EventLoopPromise<([UInt8], Bool)>) { self.promise = promise }
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += Array(unwrapInboundIn(data).readableBytesView)
  }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { end(false) }
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { end(true) }
  func channelInactive(context: ChannelHandlerContext) { end(true) }
  private func end(_ wasReset: Bool) {
    promise?.succeed((bytes, wasReset))
    promise = nil
  }
}

/// A node, and a raw peer connected to it that has answered identify.
func nodeAndPeer(
  configure: (inout ChatNodeConfiguration) -> Void = { _ in }, prepare: (RawPeer) -> Void = { _ in }
) async throws -> (TestNode, RawPeer) {
  let node = try TestNode(configure)
  let peer = try RawPeer()
  prepare(peer)
  _ = try await peer.swarm.dial(try await node.listen())
  let id = peer.id
  _ = try await node.heard.first { if case .identified(id, _) = $0 { true } else { nil } }
  return (node, peer)
}

func shutdown(_ node: TestNode, _ peer: RawPeer) async {
  await peer.swarm.shutdown()
  await node.node.shutdown()
}
