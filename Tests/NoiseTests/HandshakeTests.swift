import Identity
import Limits
import NIOCore
import Noise
import TestSupport
import Testing

@Suite("Noise handshake")
struct HandshakeTests {
  @Test("each end learns who the other is, and they can talk, whatever the cuts", arguments: [1, 2, 3, 7, 50, 10_000])
  func completes(chunk: Int) throws {
    let ends = Ends()
    let sessions = try shakeHands(ends.initiator(), ends.responder(), chunk: chunk)
    let dialer = try #require(sessions.initiator)
    let listener = try #require(sessions.responder)
    #expect(dialer.peer == ends.listener.peerID)
    #expect(dialer.publicKey == ends.listener.publicKey)
    #expect(listener.peer == ends.dialer.peerID)
    #expect(dialer.muxer == nil)
    #expect(listener.muxer == nil)

    var (near, far) = (dialer.transport, listener.transport)
    var (wire, heard) = (ByteBuffer(), ByteBuffer())
    try near.seal(ByteBuffer(string: "ping"), into: &wire)
    try far.open(&wire, into: &heard)
    #expect(heard.bytes == Array("ping".utf8))
    heard.clear()
    try far.seal(ByteBuffer(string: "pong"), into: &wire)
    try near.open(&wire, into: &heard)
    #expect(heard.bytes == Array("pong".utf8))
  }

  @Test("only the initiator starts, and only once")
  func start() throws {
    let ends = Ends()
    var responder = try ends.responder()
    #expect(try responder.start() == nil)
    var initiator = try ends.initiator()
    #expect(try initiator.start()?.readableBytes == 2 + 32)
    #expect(throws: NoiseError.outOfTurn) { try initiator.start() }
    var early = try ends.initiator()
    var bytes = framed([UInt8](repeating: 1, count: 96))
    #expect(throws: NoiseError.outOfTurn) { try early.receive(&bytes) }
  }

  @Test("the same static key serves many connections, with different bytes each time")
  func staticKeyReuse() throws {
    let key = try NoiseStaticKey.generate(identity: .generate())
    var first = try NoiseHandshake(role: .initiator, staticKey: key)
    var second = try NoiseHandshake(role: .initiator, staticKey: key)
    #expect(try first.start() != second.start())
  }

  @Test("an ephemeral key of the wrong length is refused")
  func ephemeralLength() throws {
    let key = try NoiseStaticKey.generate(identity: .generate())
    #expect(throws: NoiseError.privateKeyLength(31)) {
      try NoiseHandshake(role: .initiator, staticKey: key, ephemeral: [UInt8](repeating: 1, count: 31))
    }
  }

  @Test("transport bytes right behind message 3 are left for the transport")
  func surplus() throws {
    let ends = Ends()
    var (dialer, listener) = (try ends.initiator(), try ends.responder())
    var wire = try #require(try dialer.start())
    guard case .send(var second)? = try listener.receive(&wire).first else { Issue.record("no answer"); return }
    let outputs = try dialer.receive(&second)
    guard case .send(let third)? = outputs.first, var near = outputs.session?.transport else {
      Issue.record("no message 3")
      return
    }
    wire = third
    try near.seal(ByteBuffer(string: "early"), into: &wire)
    var far = try #require(try listener.receive(&wire).session?.transport)
    #expect(wire.readableBytes == 2 + 5 + 16)
    // Asked again, a handshake that is over takes nothing.
    #expect(try listener.receive(&wire).isEmpty)
    var heard = ByteBuffer()
    try far.open(&wire, into: &heard)
    #expect(heard.bytes == Array("early".utf8))
  }

  // Case 17.

  @Test("a dialer that expects another peer aborts before it says who it is")
  func wrongListener() throws {
    let ends = Ends()
    let expected = KeyPair.generate().peerID
    var (dialer, listener) = (try ends.initiator(expecting: expected), try ends.responder())
    var wire = try #require(try dialer.start())
    guard case .send(var second)? = try listener.receive(&wire).first else { Issue.record("no answer"); return }
    let error = NoiseError.wrongPeer(expected: expected, found: ends.listener.peerID)
    #expect(throws: error) { try dialer.receive(&second) }
    #expect(error.description.contains(expected.description))
    #expect(error.description.contains(ends.listener.peerID.description))
  }

  @Test("a listener that expects another peer aborts too")
  func wrongDialer() throws {
    let ends = Ends()
    let expected = KeyPair.generate().peerID
    #expect(throws: NoiseError.wrongPeer(expected: expected, found: ends.dialer.peerID)) {
      try shakeHands(ends.initiator(), ends.responder(expecting: expected))
    }
  }

  @Test("the expected peer is welcome, in both directions")
  func rightPeer() throws {
    let ends = Ends()
    let sessions = try shakeHands(
      ends.initiator(expecting: ends.listener.peerID), ends.responder(expecting: ends.dialer.peerID))
    #expect(sessions.initiator != nil && sessions.responder != nil)
  }

  // Case 12.

  @Test("an impossible length is refused as soon as its two bytes are there", arguments: [0, 1, 31, 4129, 65_535])
  func firstMessageLength(length: Int) throws {
    var listener = try Ends().responder()
    var wire = ByteBuffer(integer: UInt16(length))
    let error = NoiseError.handshakeMessageLength(message: 1, length: length, allowed: 32...4128)
    #expect(throws: error) { try listener.receive(&wire) }
    // And it stays refused.
    wire = framed([UInt8](repeating: 9, count: 32))
    #expect(throws: error) { try listener.receive(&wire) }
    #expect(wire.readableBytes == 34)
  }

  @Test("the same for messages 2 and 3")
  func laterMessageLengths() throws {
    let ends = Ends()
    var dialer = try ends.initiator()
    var wire = try #require(try dialer.start())
    var short = ByteBuffer(integer: UInt16(95))
    #expect(throws: NoiseError.handshakeMessageLength(message: 2, length: 95, allowed: 96...(96 + 4096))) {
      try dialer.receive(&short)
    }
    var listener = try ends.responder()
    _ = try listener.receive(&wire)
    short = ByteBuffer(integer: UInt16(63))
    #expect(throws: NoiseError.handshakeMessageLength(message: 3, length: 63, allowed: 64...(64 + 4096))) {
      try listener.receive(&short)
    }
  }

  // Case 14.

  @Test("an altered message 2 or 3 never completes a handshake")
  func alteredMessages() throws {
    let ends = Ends()
    var (dialer, listener) = (try ends.initiator(), try ends.responder())
    var wire = try #require(try dialer.start())
    guard case .send(let second)? = try listener.receive(&wire).first else { Issue.record("no answer"); return }
    for position in 2..<second.readableBytes {
      var (victim, altered) = (dialer, second)
      altered.setInteger(altered.bytes[position] ^ 0x10, at: position)
      #expect(throws: NoiseError.handshakeDecryptionFailed(message: 2)) { try victim.receive(&altered) }
    }
    var good = second
    guard case .send(let third)? = try dialer.receive(&good).first else { Issue.record("no message 3"); return }
    for position in 2..<third.readableBytes {
      var (victim, altered) = (listener, third)
      altered.setInteger(altered.bytes[position] ^ 0x01, at: position)
      #expect(throws: NoiseError.handshakeDecryptionFailed(message: 3)) { try victim.receive(&altered) }
    }
  }

  // Case 21.

  @Test("a payload in message 1 is neither read nor trusted")
  func payloadInFirstMessage() throws {
    let (ends, identity) = (Ends(), KeyPair.generate())
    var stranger = try Stranger(.initiator)
    let lie = try Stranger(.initiator).payload(identity: ends.dialer, extensions: muxerExtension(["/evil"]))
    var listener = try ends.responder(muxers: ["/yamux/1.0.0", "/evil"])
    let session = try stranger.dial(&listener, first: lie, with: stranger.payload(identity: identity)).session
    #expect(session?.peer == identity.peerID)
    #expect(session?.muxer == nil)
  }

  @Test("random bytes never complete a handshake and never trap", arguments: 0..<6 as Range<UInt64>)
  func fuzz(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let ends = Ends()
    for _ in 0..<20 {
      var (dialer, listener) = (try ends.initiator(), try ends.responder())
      _ = try dialer.start()
      let length = [32, 40, 96, 100, 200, 4128].randomElement(using: &random) ?? 32
      let message = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      var (one, other) = (framed(message), framed(message))
      #expect(((try? dialer.receive(&one)) ?? []).session == nil)
      #expect(((try? listener.receive(&other)) ?? []).session == nil)
    }
  }
}
