import Identity
import Limits
import NIOCore
import Noise
import TestSupport
import Testing

/// Cases 15, 16 and 18: what a payload must be, tried with peers that speak Noise well and lie in it.
@Suite("Handshake payload")
struct PayloadTests {
  /// What a dialer makes of the payload that `make` builds for a stranger's static key; then the same for a listener.
  static func expect(
    _ error: NoiseError, sourceLocation: SourceLocation = #_sourceLocation,
    for make: (Stranger) throws -> [UInt8]
  ) throws {
    let ends = Ends()
    var stranger = try Stranger(.responder)
    var payload = try make(stranger)
    var dialer = try ends.initiator()
    #expect(throws: error, sourceLocation: sourceLocation) { try stranger.answer(&dialer, with: payload) }

    stranger = try Stranger(.initiator)
    payload = try make(stranger)
    var listener = try ends.responder()
    #expect(throws: error, sourceLocation: sourceLocation) { try stranger.dial(&listener, with: payload) }
  }

  static func expectMalformed(
    sourceLocation: SourceLocation = #_sourceLocation, for make: (Stranger) throws -> [UInt8]
  ) throws {
    let ends = Ends()
    var stranger = try Stranger(.initiator)
    var listener = try ends.responder()
    let payload = try make(stranger)
    let error = #expect(throws: NoiseError.self, sourceLocation: sourceLocation) {
      try stranger.dial(&listener, with: payload)
    }
    guard case .malformedPayload = error else {
      Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
      return
    }
  }

  static let prefix = Array("noise-libp2p-static-key:".utf8)
  let identity = KeyPair.generate()

  @Test("an honest payload spelled out by hand is accepted")
  func honest() throws {
    var stranger = try Stranger(.responder)
    var dialer = try Ends().initiator()
    let session = try stranger.answer(&dialer, with: stranger.payload(identity: identity)).session
    #expect(session?.peer == identity.peerID)
  }

  @Test("fields that nobody knows yet are passed over")
  func unknownFields() throws {
    var stranger = try Stranger(.responder)
    var dialer = try Ends().initiator()
    let unknown =
      field(3, [1, 2]) + field(15, []) + [0x28, 0x07] + [0x31, 1, 2, 3, 4, 5, 6, 7, 8] + [0x3d, 1, 2, 3, 4]
    let session = try stranger.answer(&dialer, with: unknown + stranger.payload(identity: identity)).session
    #expect(session?.peer == identity.peerID)
  }

  @Test("an empty payload proves nobody")
  func empty() throws {
    try Self.expect(.missingField("identity_key")) { _ in [] }
  }

  @Test("no identity key, or an empty one")
  func missingKey() throws {
    try Self.expect(.missingField("identity_key")) { try field(2, identity.sign(Self.prefix + $0.keyPair.publicKey)) }
    try Self.expect(.missingField("identity_key")) {
      try field(1, []) + field(2, identity.sign(Self.prefix + $0.keyPair.publicKey))
    }
  }

  @Test("no signature, or an empty one")
  func missingSignature() throws {
    try Self.expect(.missingField("identity_sig")) { _ in field(1, identity.publicKey.protobuf) }
    try Self.expect(.missingField("identity_sig")) { _ in field(1, identity.publicKey.protobuf) + field(2, []) }
  }

  @Test("a signature with the wrong prefix, over another key, by another identity, or cut short (CVE-2022-24759)")
  func wrongSignatures() throws {
    let key = field(1, identity.publicKey.protobuf)
    try Self.expect(.invalidSignature) { try key + field(2, identity.sign($0.keyPair.publicKey)) }
    try Self.expect(.invalidSignature) {
      try key + field(2, identity.sign(Array("noise-libp2p-static-key".utf8) + $0.keyPair.publicKey))
    }
    let other = try X25519KeyPair.generate().publicKey
    try Self.expect(.invalidSignature) { _ in try key + field(2, identity.sign(Self.prefix + other)) }
    try Self.expect(.invalidSignature) {
      try key + field(2, KeyPair.generate().sign(Self.prefix + $0.keyPair.publicKey))
    }
    try Self.expect(.invalidSignature) {
      try key + field(2, identity.sign(Self.prefix + $0.keyPair.publicKey).dropLast())
    }
    try Self.expect(.invalidSignature) { _ in key + field(2, [UInt8](repeating: 0, count: 64)) }
  }

  @Test("a payload recorded from another connection does not prove its owner to us")
  func replayedPayload() throws {
    let recorded = try Stranger(.responder).payload(identity: identity)
    try Self.expect(.invalidSignature) { _ in recorded }
  }

  @Test("a field that may be there once is refused the second time")
  func duplicates() throws {
    for number in [1, 2, 4] as [UInt8] {
      try Self.expect(.malformedPayload("field \(number) appears twice")) {
        try $0.payload(identity: identity, extensions: []) + field(number, [])
      }
    }
  }

  @Test("bytes that are no protobuf, and numbers longer than need be, are refused")
  func malformed() throws {
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x22] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x22, 0x05, 0x00] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x00] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0xff] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x0f] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x22, 0x80, 0x00] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x22, 0xff, 0xff, 0xff, 0xff, 0x0f] }
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x22] + [UInt8](repeating: 0xff, count: 9) + [1] }
    // Known fields of another wire type, which protobuf would pass over as unknown.
    try Self.expectMalformed { try $0.payload(identity: identity) + [0x20, 0x01] }
    // The inside of an extension is decoded too: text that is no UTF-8.
    try Self.expectMalformed { try $0.payload(identity: identity, extensions: field(2, [0xff])) }
  }

  @Test("an identity key of unknown type, or with anything odd about it, is refused")
  func oddKeys() throws {
    let key = identity.publicKey.protobuf
    let odd: [[UInt8]] = [
      [0x08, 0x09] + key.dropFirst(2),
      key + [0x00],
      key + field(2, [1]),
      Array(key.dropLast()),
      [0x08, 0x81, 0x00] + key.dropFirst(2),
      [UInt8](repeating: 0xff, count: 40),
    ]
    for bytes in odd {
      let ends = Ends()
      var stranger = try Stranger(.initiator)
      var listener = try ends.responder()
      let payload = try field(1, bytes) + field(2, identity.sign(Self.prefix + stranger.keyPair.publicKey))
      let error = #expect(throws: NoiseError.self) { try stranger.dial(&listener, with: payload) }
      guard case .invalidIdentityKey = error else {
        Issue.record("\(String(describing: error)) for \(bytes)")
        continue
      }
    }
  }

  @Test("an RSA key that is too short to be safe, or claims to be 2 GiB long, is refused (case 18)")
  func oddRSAKeys() throws {
    let rsa1024 = hex(
      """
      080012a20130819f300d06092a864886f70d010101050003818d0030818902818100bdc842ff0ae7d0605baef44a530b
      87d37f933d57a9079a8ad3e7ad290796a88295b2de62a7b04d65634ef2f1855f39a1c340d0ab74d23d7880e8a3a8c2bf
      67b8202c37816ce66b93fb42495ca0f874dfa2a412c54b970745b978aa79cdb3b7eb1f95e6ff19f7ea631d02f152a97c
      4a53466b49c49779cd2b59a676c9ed669d530203010001
      """)
    let claims2GiB: [UInt8] = [0x08, 0x00, 0x12, 0x08, 0x30, 0x84, 0x80, 0x00, 0x00, 0x00, 0x30, 0x0d]
    for key in [rsa1024, claims2GiB] {
      var stranger = try Stranger(.initiator)
      var listener = try Ends().responder()
      let error = #expect(throws: NoiseError.self) {
        try stranger.dial(&listener, with: field(1, key) + field(2, [UInt8](repeating: 1, count: 128)))
      }
      guard case .invalidIdentityKey = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test("a key above the size limit is refused before it is parsed (CVE-2023-39533)")
  func largeKey() throws {
    let limit = Limits.Keys.publicKeyBytes
    try Self.expect(.identityKeyTooLong(length: limit + 1, limit: limit)) { _ in
      field(1, [UInt8](repeating: 0, count: limit + 1)) + field(2, [1])
    }
  }

  @Test("random changes to an honest payload never prove anybody else", arguments: 0..<4 as Range<UInt64>)
  func fuzz(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<60 {
      var stranger = try Stranger(.initiator)
      var payload = try stranger.payload(identity: identity, extensions: muxerExtension(["/yamux/1.0.0"]))
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let position = Int.random(in: 0..<payload.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: payload[position] = UInt8.random(in: 0...255, using: &random)
        case 1: payload.remove(at: position)
        default: payload.insert(UInt8.random(in: 0...255, using: &random), at: position)
        }
      }
      var listener = try Ends().responder(muxers: ["/yamux/1.0.0"])
      let session = (try? stranger.dial(&listener, with: payload))?.session
      #expect(session == nil || session?.peer == identity.peerID)
    }
  }
}
