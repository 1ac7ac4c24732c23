import Identity
import Limits
import Multiformats
import NIOCore
import NIOEmbedded
import Testing

@testable import Swarm

@Suite("Reading identify messages")
struct IdentifyReaderTests {
  private let peer = KeyPair.generate()

  /// The reader on a stream of its own, and what it will have reported.
  private func reader() throws -> (channel: EmbeddedChannel, result: EventLoopFuture<IdentifyInfo>) {
    let channel = EmbeddedChannel()
    let promise = channel.embeddedEventLoop.makePromise(of: IdentifyInfo.self)
    try channel.pipeline.syncOperations.addHandler(
      IdentifyReader(peer: peer.peerID) { promise.completeWith($0) })
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    return (channel, promise.futureResult)
  }

  private func message(agent: String = "", protocols: [String] = [], record: [UInt8]? = nil) throws -> ByteBuffer {
    var configuration = SwarmConfiguration()
    configuration.agent = agent
    var framed = ByteBuffer()
    framed.writeLengthPrefixed(
      try IdentifyMessage.encode(
        identity: peer, configuration: configuration, listenAddresses: [Multiaddr("/ip4/10.0.0.1/tcp/1")],
        protocols: protocols, observed: nil, record: record))
    return framed
  }

  @Test("Two messages, split anywhere, are one description; the signed record of the second one wins")
  func chunked() throws {
    let record = try PeerRecord(
      peerID: peer.peerID, sequence: 1, addresses: [Multiaddr("/ip4/10.9.9.9/tcp/9")]
    ).sealed(with: peer)
    var bytes = try message(agent: "first/1", protocols: ["/a", "/b"])
    var second = try message(agent: "first/1", record: record)
    bytes.writeBuffer(&second)
    for step in [1, 7, 1_000] {
      let (channel, result) = try reader()
      var rest = bytes
      while rest.readableBytes > 0, let part = rest.readSlice(length: min(step, rest.readableBytes)) {
        try channel.writeInbound(part)
      }
      channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
      let info = try result.wait()
      #expect(info.agent == "first/1")
      #expect(info.protocols == ["/a", "/b"])
      #expect(info.isCertified)
      #expect(info.listenAddresses.map(\.description) == ["/ip4/10.9.9.9/tcp/9"])
      _ = try channel.finish(acceptAlreadyClosed: true)
    }
  }

  @Test("A message after the tenth is not read, what came before it counts")
  func tooManyParts() throws {
    let (channel, result) = try reader()
    for part in 0...Limits.Identify.parts { _ = try? channel.writeInbound(try message(agent: "part/\(part)")) }
    #expect(try result.wait().agent == "part/\(Limits.Identify.parts - 1)")
    #expect(!channel.isActive)
  }

  @Test("A stream that ends without a message, a length of 2³¹, and silence are errors that end the stream")
  func nothing() throws {
    let (ended, endedResult) = try reader()
    ended.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(throws: SwarmError.self) { try endedResult.wait() }

    let (huge, hugeResult) = try reader()
    _ = try? huge.writeInbound(ByteBuffer(bytes: [0x80, 0x80, 0x80, 0x80, 0x08]))
    #expect(throws: (any Error).self) { try hugeResult.wait() }
    #expect(!huge.isActive)

    let (silent, silentResult) = try reader()
    silent.embeddedEventLoop.advanceTime(by: .seconds(Int64(Limits.Identify.seconds)))
    #expect(throws: SwarmError.self) { try silentResult.wait() }
    #expect(!silent.isActive)
  }
}
