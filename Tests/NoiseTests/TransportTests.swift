import Limits
import NIOCore
import Noise
import TestSupport
import Testing

/// Two transports with the keys of one handshake.
struct TransportPair {
  var near: NoiseTransport
  var far: NoiseTransport

  init(nonce: UInt64 = 0) throws {
    let keys = try [1, 2].map { try #require(SecretKey([UInt8](repeating: $0, count: 32))) }
    near = NoiseTransport(
      send: CipherState(key: keys[0], nonce: nonce), receive: CipherState(key: keys[1], nonce: nonce))
    far = NoiseTransport(
      send: CipherState(key: keys[1], nonce: nonce), receive: CipherState(key: keys[0], nonce: nonce))
  }

  /// One sealed message for each payload.
  mutating func messages(_ payloads: [[UInt8]]) throws -> [[UInt8]] {
    try payloads.map { payload in
      var sealed = ByteBuffer()
      try near.seal(ByteBuffer(bytes: payload), into: &sealed)
      return sealed.bytes
    }
  }

  mutating func open(_ bytes: [UInt8]) throws -> [UInt8] {
    var (input, output) = (ByteBuffer(bytes: bytes), ByteBuffer())
    try far.open(&input, into: &output)
    return output.bytes
  }
}

func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

@Suite("Noise transport")
struct TransportTests {
  static let limit = Limits.Noise.plaintext

  @Test(
    "what is sealed can be opened, of any size, in messages that fit the length prefix",
    arguments: [1, 15, 64, 16_384, limit - 1, limit, limit + 1, 3 * limit + 7])
  func roundTrip(size: Int) throws {
    var pair = try TransportPair()
    let payload = pattern(size)
    let sealed = try #require(try pair.messages([payload]).first)
    let count = (size + Self.limit - 1) / Self.limit
    #expect(sealed.count == size + count * 18)
    #expect(sealed[0] == UInt8((min(size, Self.limit) + 16) >> 8))
    #expect(sealed[1] == UInt8((min(size, Self.limit) + 16) & 0xff))
    #expect(try pair.open(sealed) == payload)
  }

  @Test("nothing is written for nothing")
  func empty() throws {
    var pair = try TransportPair()
    var sealed = ByteBuffer()
    try pair.near.seal(ByteBuffer(), into: &sealed)
    try pair.near.seal([ByteBuffer](), into: &sealed)
    try pair.near.seal([ByteBuffer(), ByteBuffer()], into: &sealed)
    #expect(sealed.readableBytes == 0)
  }

  @Test("an empty message of the peer is in order and carries nothing")
  func emptyMessage() throws {
    var pair = try TransportPair()
    let key = try #require(SecretKey([UInt8](repeating: 1, count: 32)))
    var foreign = SealedByHand(key: key)
    #expect(try pair.open(foreign.message([])) == [])
    #expect(try pair.open(foreign.message([7]) + foreign.message([]) + foreign.message([8])) == [7, 8])
  }

  @Test("what was in the output before stays, before what is added")
  func appends() throws {
    var pair = try TransportPair()
    var sealed = ByteBuffer(bytes: [1, 2, 3])
    try pair.near.seal(ByteBuffer(bytes: [4]), into: &sealed)
    #expect(sealed.readSlice(length: 3)?.bytes == [1, 2, 3])
    var opened = ByteBuffer(bytes: [9])
    try pair.far.open(&sealed, into: &opened)
    #expect(opened.bytes == [9, 4])
  }

  @Test("several messages in one read come out as one run of bytes, a part of the last one is kept")
  func burst() throws {
    var pair = try TransportPair()
    let payloads = (1...9).map { pattern($0 * 100) }
    let messages = try pair.messages(payloads)
    let wire = Array(messages.joined())
    let cut = wire.count - 50
    #expect(try pair.open(Array(wire[..<cut])) == Array(payloads[..<8].joined()))
    #expect(pair.far.partialBytes == (messages.last?.count ?? 0) - 50)
    #expect(try pair.open(Array(wire[cut...])) == payloads[8])
    #expect(pair.far.partialBytes == 0)
  }

  @Test("byte by byte, each payload comes out with the last byte of its message and not before")
  func byteByByte() throws {
    var pair = try TransportPair()
    for payload in [pattern(1), pattern(200), pattern(3)] {
      let message = try #require(try pair.messages([payload]).first)
      for byte in message.dropLast() { #expect(try pair.open([byte]).isEmpty) }
      #expect(try pair.open(message.suffix(1)) == payload)
    }
  }

  @Test("any cuts give the same bytes", arguments: 0..<8 as Range<UInt64>)
  func anyCuts(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var pair = try TransportPair()
    let payloads = (0..<40).map { _ in pattern(Int.random(in: 1...5_000, using: &random)) }
    var wire = ByteBuffer(bytes: try pair.messages(payloads).joined())
    var heard = ByteBuffer()
    while var part = wire.readSlice(length: min(wire.readableBytes, Int.random(in: 1...3_000, using: &random))) {
      guard part.readableBytes > 0 else { break }
      try pair.far.open(&part, into: &heard)
      #expect(part.readableBytes == 0)
    }
    #expect(heard.bytes == Array(payloads.joined()))
  }

  @Test("the reader's own copy of what came in is not changed by opening it")
  func inputUntouched() throws {
    var pair = try TransportPair()
    let message = try #require(try pair.messages([[1, 2, 3]]).first)
    let original = ByteBuffer(bytes: message)
    var (input, output) = (original, ByteBuffer())
    try pair.far.open(&input, into: &output)
    #expect(original.bytes == message)
  }

  // Case 20.

  @Test("a message too short for its tag is refused", arguments: 0...15)
  func tooShort(length: Int) throws {
    var pair = try TransportPair()
    #expect(throws: NoiseError.messageTooShort(length: length)) {
      try pair.open([0, UInt8(length)] + [UInt8](repeating: 1, count: length))
    }
  }

  @Test("a flip of any bit is refused, and the count of messages does not move by it")
  func flips() throws {
    var pair = try TransportPair()
    let message = try #require(try pair.messages([pattern(30)]).first)
    for position in 2..<message.count {
      var altered = message
      altered[position] ^= 1 << UInt8(position % 8)
      #expect(throws: NoiseError.decryptionFailed) { try pair.open(altered) }
    }
    #expect(try pair.open(message) == pattern(30))
  }

  @Test("a message played again, left out, or out of order is refused")
  func order() throws {
    var pair = try TransportPair()
    let messages = try pair.messages([[1], [2], [3]])
    #expect(throws: NoiseError.decryptionFailed) { try pair.open(messages[1]) }
    #expect(try pair.open(messages[0]) == [1])
    #expect(throws: NoiseError.decryptionFailed) { try pair.open(messages[0]) }
    #expect(throws: NoiseError.decryptionFailed) { try pair.open(messages[2]) }
    #expect(try pair.open(messages[1]) == [2])
    #expect(try pair.open(messages[2]) == [3])
  }

  @Test("a message of our own, thrown back at us, is refused")
  func reflection() throws {
    var pair = try TransportPair()
    let message = try #require(try pair.messages([[1]]).first)
    var (input, output) = (ByteBuffer(bytes: message), ByteBuffer())
    #expect(throws: NoiseError.decryptionFailed) { try pair.near.open(&input, into: &output) }
  }

  @Test(
    "what came before a bad message is delivered, whether it came in the same read or not", arguments: [1, 40, 10_000])
  func goodBeforeBad(chunk: Int) throws {
    var pair = try TransportPair()
    var messages = try pair.messages([pattern(20), pattern(30), pattern(40)])
    messages[2][10] ^= 1
    var wire = ByteBuffer(bytes: messages.joined())
    var heard = ByteBuffer()
    #expect(throws: NoiseError.decryptionFailed) {
      while var part = wire.readSlice(length: min(chunk, wire.readableBytes)) {
        try pair.far.open(&part, into: &heard)
      }
    }
    #expect(heard.bytes == pattern(20) + pattern(30))
  }

  @Test("an announced length alone makes nothing grow: at most one message is held, and only what has come of it")
  func partialIsBounded() throws {
    var pair = try TransportPair()
    #expect(try pair.open([0xff, 0xff]).isEmpty)
    #expect(pair.far.partialBytes == 2)
    #expect(try pair.open([UInt8](repeating: 0, count: 65_534)).isEmpty)
    #expect(pair.far.partialBytes == Limits.Noise.message + 1)
    #expect(throws: NoiseError.decryptionFailed) { try pair.open([0, 0xff, 0xff, 1, 2, 3]) }
    #expect(pair.far.partialBytes == 0)
  }

  @Test("random bytes are never delivered and never trap", arguments: 0..<8 as Range<UInt64>)
  func fuzz(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<200 {
      var pair = try TransportPair()
      let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let short = bytes.isEmpty ? [] : [0] + bytes.dropFirst()
      for wire in [bytes, short] {
        #expect(((try? pair.open(wire)) ?? []).isEmpty)
      }
    }
  }

  // Nonces.

  @Test("the nonce never wraps: the connection ends before, and nothing of the plaintext gets out")
  func nonceExhaustion() throws {
    var pair = try TransportPair(nonce: .max - 2)
    let messages = try pair.messages([[1], [2]])
    #expect(try pair.open(messages[0]) == [1])
    #expect(try pair.open(messages[1]) == [2])

    var sealed = ByteBuffer(bytes: [5])
    #expect(throws: NoiseError.nonceExhausted) { try pair.near.seal(ByteBuffer(bytes: [3, 3]), into: &sealed) }
    #expect(throws: NoiseError.nonceExhausted) { try pair.near.seal([ByteBuffer(bytes: [3, 3])], into: &sealed) }
    #expect(sealed.bytes == [5])
    #expect(throws: NoiseError.nonceExhausted) { try pair.open(messages[1]) }
  }

  @Test("equal plaintexts never look equal")
  func freshNonces() throws {
    var pair = try TransportPair()
    let messages = try pair.messages([[UInt8]](repeating: [0, 0, 0, 0], count: 100))
    #expect(Set(messages).count == 100)
  }
}

/// Seals without the code under test deciding what to seal: empty messages too.
struct SealedByHand {
  private var cipher: CipherState

  init(key: SecretKey) { cipher = CipherState(key: key) }

  mutating func message(_ plaintext: [UInt8]) throws -> [UInt8] {
    var bytes = plaintext + [UInt8](repeating: 0, count: 16)
    try cipher.seal(inPlace: &bytes, count: plaintext.count)
    return framed(bytes).bytes
  }
}
