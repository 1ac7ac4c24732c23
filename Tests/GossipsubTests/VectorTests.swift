import Identity
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import Gossipsub

/// The vectors of wire.md §15: Ed25519 seed 00 01 … 1f, data "hello", seqno 0102030405060708.
@Suite struct VectorTests {
  static let topic = "universal-connectivity"
  static let publicKey = hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
  static let source = hex("0024 08011220") + publicKey
  static let signedPart =
    hex("0a26") + source
    + hex("120568656c6c6f1a0801020304050607082216756e6976657273616c2d636f6e6e6563746976697479")
  static let signature = hex(
    """
    3be2ad96380ec645f549fc3f3dad21c05e8334090188fe0cce268b6e2eb74e8f\
    824676618d3f8a09d61ea942446796fcbc482b1ef9d46d29702f88dad0dd940c
    """)
  static let frame = hex("bc0112b901") + signedPart + hex("2a40") + signature + hex("322408011220") + publicKey

  static func sign() throws -> Message {
    var signer = MessageSigner(
      keyPair: try KeyPair(ed25519Seed: Array(0..<32)), firstSequenceNumber: 0x0102_0304_0506_0708)
    return try signer.sign(ByteBuffer(string: "hello"), topic: topic)
  }

  @Test("the signer produces the published signed part, signature and frame")
  func signing() throws {
    let message = try Self.sign()
    var signed = ByteBuffer()
    message.wire.writeSignedPart(to: &signed)
    #expect(Array(signed.readableBytesView) == Self.signedPart)
    #expect(message.signature == Self.signature)
    #expect(message.key == hex("08011220") + Self.publicKey)
    let frame = try #require(RPCCodec.frame(message.wire.encoded))
    #expect(Array(frame.readableBytesView) == Self.frame)
  }

  @Test("the published frame decodes to the message, whose id is author and sequence number, and verifies")
  func verifying() throws {
    let rpc = try RPCCodec.decode(RouterBench.body(of: ByteBuffer(bytes: Self.frame)))
    let wire = try #require(rpc.messages.first)
    let id = try #require(wire.id)
    #expect(id == Self.source + hex("0102030405060708"))
    let validator = MessageValidator(policy: .strict)
    let message = try validator.inspect(wire, id: id)
    #expect(message.source.description == "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB")
    #expect(message.topic == Self.topic)
    #expect(message.data == ByteBuffer(string: "hello"))
    #expect(message.seqno == hex("0102030405060708"))
    try validator.verify(message)
  }

  @Test("a subscription is the published frame")
  func subscribing() throws {
    var rpc = RPC()
    rpc.subscriptions = [.init(topic: Self.topic, subscribes: true)]
    let frames = RPCCodec.encode(rpc)
    #expect(
      frames.map { Array($0.readableBytesView) } == [
        hex("1c0a1a08011216756e6976657273616c2d636f6e6e6563746976697479")
      ])
  }

  @Test("sequence numbers count up from the first one, and wrap instead of trapping")
  func counting() throws {
    var signer = MessageSigner(keyPair: try KeyPair(ed25519Seed: Array(0..<32)), firstSequenceNumber: .max)
    #expect(try signer.sign(ByteBuffer(), topic: "t").seqno == [255, 255, 255, 255, 255, 255, 255, 255])
    #expect(try signer.sign(ByteBuffer(), topic: "t").seqno == [0, 0, 0, 0, 0, 0, 0, 0])
  }
}
