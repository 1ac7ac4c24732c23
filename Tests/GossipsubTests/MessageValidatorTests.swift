import Identity
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import Gossipsub

@Suite struct MessageValidatorTests {
  let strict = MessageValidator(policy: .strict)
  let lax = MessageValidator(policy: .lax)

  /// The message of the vectors with fields exchanged or (for nil) left out.
  private func message(
    from: [UInt8]? = VectorTests.source, data: [UInt8]? = Array("hello".utf8),
    seqno: [UInt8]? = hex("0102030405060708"), topic: [UInt8]? = Array(VectorTests.topic.utf8),
    signature: [UInt8]? = VectorTests.signature, key: [UInt8]? = hex("08011220") + VectorTests.publicKey,
    extra: [UInt8] = []
  ) throws -> WireMessage {
    var encoded = ByteBuffer()
    for (number, bytes) in [(1, from), (2, data), (3, seqno), (4, topic), (5, signature), (6, key)] {
      if let bytes { encoded.writeField(UInt8(number), bytes) }
    }
    encoded.writeBytes(extra)
    return try WireMessage(encoded)
  }

  private func check(_ wire: WireMessage, _ validator: MessageValidator) throws(RejectionReason) {
    guard let id = wire.id else { throw validator.reasonWithoutID(wire) }
    try validator.verify(try validator.inspect(wire, id: id))
  }

  @Test("a right signature is accepted under both policies, with the key or without, as go leaves it out")
  func right() throws {
    try check(message(), strict)
    try check(message(), lax)
    try check(message(key: nil), strict)
  }

  @Test("whatever was signed cannot be altered")
  func altered() throws {
    #expect(throws: RejectionReason.invalidSignature) { try check(message(data: Array("hellO".utf8)), strict) }
    #expect(throws: RejectionReason.invalidSignature) { try check(message(topic: Array("other".utf8)), strict) }
    #expect(throws: RejectionReason.invalidSignature) { try check(message(seqno: [1, 2, 3, 4, 5, 6, 7, 9]), strict) }
    #expect(throws: RejectionReason.invalidSignature) { try check(message(data: nil), strict) }
    #expect(throws: RejectionReason.invalidSignature) { try check(message(signature: [1, 2, 3]), strict) }
    #expect(throws: RejectionReason.invalidSignature) {
      try check(message(signature: Array(repeating: 0, count: 64)), lax)
    }
  }

  @Test("missing and malformed fields are named")
  func missing() throws {
    #expect(throws: RejectionReason.missingSource) { try check(message(from: nil), strict) }
    #expect(throws: RejectionReason.missingSource) { try check(message(from: []), lax) }
    #expect(throws: RejectionReason.invalidSource) { try check(message(from: [1, 2, 3]), strict) }
    #expect(throws: RejectionReason.invalidSequenceNumber) { try check(message(seqno: nil), strict) }
    #expect(throws: RejectionReason.invalidSequenceNumber) { try check(message(seqno: [1, 2, 3]), lax) }
    #expect(throws: RejectionReason.missingTopic) { try check(message(topic: nil), strict) }
    #expect(throws: RejectionReason.missingTopic) { try check(message(topic: []), strict) }
    #expect(throws: RejectionReason.invalidTopic) { try check(message(topic: [0xFF, 0xFE]), strict) }
    #expect(throws: RejectionReason.invalidTopic) {
      try check(message(topic: Array(repeating: 0x61, count: 1_048_576)), strict)
    }
    #expect(throws: RejectionReason.missingSignature) { try check(message(signature: nil), strict) }
    #expect(throws: RejectionReason.missingSignature) { try check(message(signature: []), strict) }
  }

  @Test("the lax policy takes unsigned messages, and no wrong signature")
  func unsigned() throws {
    try check(message(signature: nil, key: nil), lax)
    #expect(throws: RejectionReason.invalidSignature) { try check(message(data: Array("x".utf8)), lax) }
  }

  @Test("a key that is not the author's is refused, however well it signs")
  func foreignKey() throws {
    let other = try KeyPair(ed25519Seed: Array(repeating: 7, count: 32))
    var part = ByteBuffer(string: "libp2p-pubsub:")
    part.writeBytes(VectorTests.signedPart)
    let signature = try other.sign(Array(part.readableBytesView))
    #expect(throws: RejectionReason.keyMismatch) {
      try check(message(signature: signature, key: other.publicKey.protobuf), strict)
    }
    #expect(throws: RejectionReason.invalidKey) { try check(message(key: [1, 2, 3]), strict) }
    #expect(throws: RejectionReason.invalidKey) { try check(message(key: Array(repeating: 8, count: 5_000)), strict) }
  }

  @Test("an author whose id is a hash must bring the key along")
  func hashedAuthor() throws {
    let hashed: [UInt8] = [0x12, 0x20] + Array(repeating: 9, count: 32)
    #expect(throws: RejectionReason.missingKey) { try check(message(from: hashed, key: nil), strict) }
    #expect(throws: RejectionReason.keyMismatch) { try check(message(from: hashed), strict) }
  }

  @Test("fields in another order, or with long lengths, are put in order before the signature is checked")
  func reordered() throws {
    var encoded = ByteBuffer()
    encoded.writeField(5, VectorTests.signature)
    encoded.writeField(4, VectorTests.topic.utf8)
    encoded.writeField(3, hex("0102030405060708"))
    encoded.writeBytes(hex("128500") + Array("hello".utf8))
    encoded.writeField(1, VectorTests.source)
    try check(try WireMessage(encoded), strict)
  }

  @Test("of a field that stands twice the last one counts, for the reader and for the signature")
  func repeated() throws {
    var encoded = ByteBuffer()
    encoded.writeField(4, "decoy".utf8)
    encoded.writeBytes(VectorTests.signedPart)
    encoded.writeField(5, VectorTests.signature)
    let wire = try WireMessage(encoded)
    #expect(wire.topic.map { Array($0) } == Array(VectorTests.topic.utf8))
    try check(wire, strict)
  }

  @Test("unknown fields belong to the signed bytes, as go and Python have it")
  func unknownFields() throws {
    #expect(throws: RejectionReason.invalidSignature) { try check(message(extra: hex("3801")), strict) }
    let pair = try KeyPair(ed25519Seed: Array(0..<32))
    var part = ByteBuffer(string: "libp2p-pubsub:")
    part.writeBytes(VectorTests.signedPart + hex("3801"))
    try check(message(signature: try pair.sign(Array(part.readableBytesView)), extra: hex("3801")), strict)
  }

  @Test("empty data that is present stays present in the signed part")
  func emptyData() throws {
    var signer = MessageSigner(keyPair: try KeyPair(ed25519Seed: Array(0..<32)), firstSequenceNumber: 1)
    let message = try signer.sign(ByteBuffer(), topic: "t")
    #expect(message.wire.data?.count == 0)
    try check(try WireMessage(message.wire.encoded), strict)
  }
}
