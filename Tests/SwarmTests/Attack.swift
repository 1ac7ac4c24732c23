import Identity
import Logging
import Multiformats
import Multistream
import NIOCore
import NIOEmbedded
import Noise
import Testing

@testable import Swarm

/// The accepting end of a connection in virtual time, and a remote peer whose every byte the test chooses.
final class Attack {
  let loop: EmbeddedEventLoop
  let core: SwarmCore
  let channel: EmbeddedChannel
  let opened: EventLoopFuture<Void>
  private var transport: NoiseTransport?

  convenience init(_ configure: (inout SwarmConfiguration) -> Void = { _ in }) throws {
    var configuration = SwarmConfiguration()
    configure(&configuration)
    let loop = EmbeddedEventLoop()
    let core = try SwarmCore(
      configuration: configuration, identity: .generate(), eventLoop: loop, logger: Logger(label: "test"))
    core.registerOwnProtocols()
    try self.init(on: core, loop: loop)
  }

  /// One more connection to the same peer.
  init(on core: SwarmCore, loop: EmbeddedEventLoop) throws {
    self.core = core
    self.loop = loop
    let promise = loop.makePromise(of: Void.self)
    opened = promise.futureResult
    let handler = try ConnectionHandler(
      direction: .inbound, remoteAddress: Multiaddr("/ip4/127.0.0.1/tcp/1"), expectedPeer: nil,
      staticKey: NoiseStaticKey.generate(identity: core.identity), swarm: core, configuration: core.configuration,
      opened: promise)
    channel = EmbeddedChannel(handler: handler, loop: loop)
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
  }

  var isClosed: Bool { !channel.isActive }

  func send(_ bytes: [UInt8]) throws {
    _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    loop.run()
  }

  func line(_ text: String) -> [UInt8] { [UInt8(text.utf8.count + 1)] + Array(text.utf8) + [0x0A] }

  func received() throws -> ByteBuffer {
    var all = ByteBuffer()
    while var part = try channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&part) }
    return all
  }

  /// Does the handshake as an honest peer would, the muxer agreed inside it.
  func secure(as identity: KeyPair = .generate()) throws {
    var handshake = try NoiseHandshake(
      role: .initiator, staticKey: NoiseStaticKey.generate(identity: identity), muxers: ["/yamux/1.0.0"])
    try send(line("/multistream/1.0.0") + line("/noise"))
    _ = try received()
    let first = try #require(try handshake.start())
    try send(Array(first.readableBytesView))
    var answer = try received()
    for output in try handshake.receive(&answer) {
      switch output {
      case .send(let bytes): try send(Array(bytes.readableBytesView))
      case .complete(let session): transport = session.transport
      }
    }
    #expect(transport != nil)
  }

  /// One Noise message with these bytes inside.
  func sendSecured(_ bytes: [UInt8]) throws {
    var out = ByteBuffer()
    try transport?.seal(ByteBuffer(bytes: bytes), into: &out)
    try send(Array(out.readableBytesView))
  }

  /// What the peer under test has said inside Noise since the last call.
  func plaintext() throws -> ByteBuffer {
    var input = try received()
    var output = ByteBuffer()
    try transport?.open(&input, into: &output)
    return output
  }

  func frame(type: UInt8, flags: UInt16 = 0, stream: UInt32, length: UInt32, version: UInt8 = 0) -> [UInt8] {
    var header = ByteBuffer()
    header.writeMultipleIntegers(version, type, flags, stream, length)
    return Array(header.readableBytesView)
  }

  /// Opens a stream and agrees on a protocol, all in one packet, followed by `more`.
  func open(_ stream: UInt32, _ name: String, more: [UInt8] = []) throws {
    try sendSecured(
      frame(type: 1, flags: 1, stream: stream, length: 0)
        + data(stream, line("/multistream/1.0.0") + line(name) + more))
  }

  func data(_ stream: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    frame(type: 0, stream: stream, length: UInt32(bytes.count)) + bytes
  }

  func fin(_ stream: UInt32) -> [UInt8] { frame(type: 0, flags: 4, stream: stream, length: 0) }

  func rst(_ stream: UInt32) -> [UInt8] { frame(type: 0, flags: 8, stream: stream, length: 0) }

  func finish() throws {
    _ = try? channel.finish(acceptAlreadyClosed: true)
    loop.run()
  }
}
