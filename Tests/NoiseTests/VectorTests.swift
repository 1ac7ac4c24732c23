import NIOCore
import Noise
import TestSupport
import Testing

/// `Noise_XX_25519_ChaChaPoly_SHA256` of the cacophony vectors (mcginty/snow tests/vectors/cacophony.txt), byte for byte.
@Suite("Cacophony vector")
struct VectorTests {
  static let prologue = hex("4a6f686e2047616c74")
  static let initiatorStatic = hex("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1")
  static let initiatorEphemeral = hex("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a")
  static let responderStatic = hex("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893")
  static let responderEphemeral = hex("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b")
  static let handshakeHash = hex("c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e")
  static let messages: [(payload: [UInt8], ciphertext: [UInt8])] = [
    (
      hex("4c756477696720766f6e204d69736573"),
      hex("ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944" + "4c756477696720766f6e204d69736573")
    ),
    (
      hex("4d757272617920526f746862617264"),
      hex(
        "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
          + "81cbad1f276e038c48378ffce2b65285e08d6b68aaa3629a5a8639392490e5b9"
          + "bd5269c2f1e4f488ed8831161f19b781" + "5528f8982ffe09be9b5c412f8a0db5"
          + "0f8814c7194e83f23dbd8d162c9326ad")
    ),
    (
      hex("462e20412e20486179656b"),
      hex(
        "c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a8"
          + "0ae475b9df0f169ae80a89be0865b57f" + "58c9fea0d4ec82a2864274"
          + "02f113e4b6ae769a1d95941d49b25030")
    ),
    (hex("4361726c204d656e676572"), hex("96763ed773f8e47bb3712f" + "0e29b3060ffc956ffc146cee53d5e1df")),
    (
      hex("4a65616e2d426170746973746520536179"),
      hex("3e40f15f6f3a46ae446b253bf8b1d9ffb6" + "ed9b174d272328ff91a7e2e5c79c07f5")
    ),
    (
      hex("457567656e2042f6686d20766f6e2042617765726b"),
      hex("eb3f3515110702e047a6c9da4478b6ead94873c11c" + "0f2d710ddb3f09fce024b3a58502ae3f")
    ),
  ]

  static func pair(_ privateKey: [UInt8]) throws -> X25519KeyPair {
    try X25519KeyPair(privateKey: #require(SecretKey(privateKey)))
  }

  @Test("both ends write and read exactly the published messages")
  func cacophony() throws {
    var initiator = try XXHandshake(
      role: .initiator, prologue: Self.prologue, staticKey: Self.pair(Self.initiatorStatic),
      ephemeralKey: Self.pair(Self.initiatorEphemeral))
    var responder = try XXHandshake(
      role: .responder, prologue: Self.prologue, staticKey: Self.pair(Self.responderStatic),
      ephemeralKey: Self.pair(Self.responderEphemeral))

    #expect(try initiator.write(payload: Self.messages[0].payload) == Self.messages[0].ciphertext)
    #expect(try responder.read(Self.messages[0].ciphertext) == Self.messages[0].payload)
    #expect(try responder.write(payload: Self.messages[1].payload) == Self.messages[1].ciphertext)
    #expect(try initiator.read(Self.messages[1].ciphertext) == Self.messages[1].payload)
    #expect(try initiator.write(payload: Self.messages[2].payload) == Self.messages[2].ciphertext)
    #expect(try responder.read(Self.messages[2].ciphertext) == Self.messages[2].payload)
    #expect(initiator.handshakeHash == Self.handshakeHash)
    #expect(responder.handshakeHash == Self.handshakeHash)
    #expect(try initiator.remoteStatic == Self.pair(Self.responderStatic).publicKey)
    #expect(try responder.remoteStatic == Self.pair(Self.initiatorStatic).publicKey)

    let (split, farSplit) = (initiator.split(), responder.split())
    let near = try #require(split)
    let far = try #require(farSplit)
    var fromInitiator = NoiseTransport(send: near.send, receive: near.receive)
    var fromResponder = NoiseTransport(send: far.send, receive: far.receive)
    // The transport messages go the way of the handshake on: the responder's turn first.
    for (index, message) in Self.messages.enumerated().dropFirst(3) {
      var (sealed, opened) = (ByteBuffer(), ByteBuffer())
      if index.isMultiple(of: 2) {
        try fromInitiator.seal(ByteBuffer(bytes: message.payload), into: &sealed)
        #expect(sealed == framed(message.ciphertext))
        try fromResponder.open(&sealed, into: &opened)
      } else {
        try fromResponder.seal(ByteBuffer(bytes: message.payload), into: &sealed)
        #expect(sealed == framed(message.ciphertext))
        try fromInitiator.open(&sealed, into: &opened)
      }
      #expect(opened.bytes == message.payload)
    }
  }

  @Test("the libp2p handshake sends the same bytes for the same ephemeral key")
  func libp2pFirstMessage() throws {
    var handshake = try NoiseHandshake(
      role: .initiator, staticKey: .generate(identity: .generate()), ephemeral: Self.initiatorEphemeral)
    #expect(try handshake.start() == framed(Array(Self.messages[0].ciphertext.prefix(32))))
  }
}
