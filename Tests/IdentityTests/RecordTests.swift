import Limits
import Multiformats
import TestSupport
import Testing

@testable import Identity

@Suite("Signed envelopes and peer records")
struct RecordTests {
  // Made by go-libp2p; found in nim-libp2p's tests.
  private let envelope = hex(
    "0a24080112206f1581709bb7b1ef030d210db18e3b0ba1c776fba65d8cdaad05415142d189f812102f6c69627032702f74657374646174"
      + "611a0c"
      + "68656c6c6f20776f726c64212a401178673b51dfa842aad17e465e25d646ad16628916b964c3fb10c711fee87872bdd4e4646f58c2"
      + "77cdff09"
      + "704913d8be1aec6322de8d3d0bb852120374aece08")
  private let key = KeyPair.generate()

  @Test("an envelope that Go made is opened, and made again byte for byte")
  func interoperable() throws {
    let read = try SignedEnvelope(bytes: envelope)
    let (payload, signer) = try read.open(domain: "libp2p-testing", payloadType: Array("/libp2p/testdata".utf8))
    #expect(payload == Array("hello world!".utf8))
    #expect(signer.type == .ed25519)
    #expect(read.bytes == envelope)
  }

  @Test("no byte of an envelope can be changed")
  func tampered() throws {
    for place in envelope.indices {
      var bytes = envelope
      bytes[place] ^= 0x01
      #expect(throws: EnvelopeError.self, "byte \(place)") {
        try SignedEnvelope(bytes: bytes).open(domain: "libp2p-testing", payloadType: Array("/libp2p/testdata".utf8))
      }
    }
  }

  @Test("an envelope is good for its own purpose and type only")
  func purpose() throws {
    let read = try SignedEnvelope(bytes: envelope)
    #expect(throws: EnvelopeError.signature) {
      try read.open(domain: "libp2p-testinh", payloadType: Array("/libp2p/testdata".utf8))
    }
    #expect(throws: EnvelopeError.payloadType) { try read.open(domain: "libp2p-testing", payloadType: [3, 1]) }
    // Lengths keep domain, type and payload apart.
    let sealed = try SignedEnvelope.seal(payload: [3], payloadType: [2], domain: "a", key: key)
    #expect(try sealed.open(domain: "a", payloadType: [2]).payload == [3])
    #expect(throws: EnvelopeError.signature) { try sealed.open(domain: "", payloadType: [2]) }
  }

  @Test("RSA keys seal as well")
  func rsa() throws {
    let rsa = try KeyPair(privateKeyProtobuf: Vectors.rsa.privateKey)
    let record = PeerRecord(peerID: rsa.peerID, sequence: 1, addresses: [try Multiaddr("/ip4/1.2.3.4/tcp/1")])
    #expect(try PeerRecord.open(record.sealed(with: rsa)) == record)
  }

  @Test("what is too long, empty or no envelope is refused")
  func malformed() {
    #expect(throws: EnvelopeError.tooLong(length: 65_537)) {
      try SignedEnvelope(bytes: [UInt8](repeating: 0, count: Limits.Keys.envelopeBytes + 1))
    }
    #expect(throws: EnvelopeError.malformed) { try SignedEnvelope(bytes: [0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]) }
    #expect(throws: EnvelopeError.key(.notDeterministic)) { try SignedEnvelope(bytes: []) }
  }

  @Test("a record that Go made is read")
  func record() throws {
    // From go-libp2p-core's record_test.go, two of its addresses; found in nim-libp2p's tests.
    let record = try PeerRecord(
      payload: hex(
        "0a2600240801122011bba3ed1721948cefb4e50b0a0bb5cad8a6b52dc7b1a40f4f6652105c91e2c4109bf59d8dd99d8ddb161a0a0a"
          + "0804010203"
          + "040600001a0a0a080401020304060001"))
    #expect(record.peerID.description == "12D3KooWB1b3qZxWJanuhtseF3DmPggHCtG36KZ9ixkqHtdKH9fh")
    #expect(record.sequence == 1_636_553_709_551_319_707)
    #expect(record.addresses.map(\.description) == ["/ip4/1.2.3.4/tcp/0", "/ip4/1.2.3.4/tcp/1"])
  }

  @Test("a record goes round, with addresses and without")
  func roundTrip() throws {
    for addresses in [[], ["/ip4/0.0.0.0/tcp/24", "/ip6/::1/tcp/25"]] {
      let record = PeerRecord(
        peerID: key.peerID, sequence: .max, addresses: try addresses.map { try Multiaddr($0) })
      #expect(try PeerRecord.open(record.sealed(with: key)) == record)
    }
  }

  @Test("a record signed by another peer is refused, and cannot be made (RUSTSEC-2022-0009)")
  func otherSigner() throws {
    let victim = KeyPair.generate()
    let record = PeerRecord(peerID: victim.peerID, sequence: 1, addresses: [])
    #expect(throws: EnvelopeError.signer) { try record.sealed(with: key) }
    let genuine = try SignedEnvelope(bytes: record.sealed(with: victim))
    let (payload, _) = try genuine.open(domain: PeerRecord.domain, payloadType: PeerRecord.payloadType)
    let forged = try SignedEnvelope.seal(
      payload: payload, payloadType: PeerRecord.payloadType, domain: PeerRecord.domain, key: key)
    #expect(throws: EnvelopeError.signer) { try PeerRecord.open(forged.bytes) }
  }

  @Test("a record of another type or purpose is refused")
  func otherPurpose() throws {
    let record = PeerRecord(peerID: key.peerID, sequence: 1, addresses: [])
    let (payload, _) = try SignedEnvelope(bytes: record.sealed(with: key))
      .open(domain: PeerRecord.domain, payloadType: PeerRecord.payloadType)
    let otherType = try SignedEnvelope.seal(payload: payload, payloadType: [3, 2], domain: PeerRecord.domain, key: key)
    #expect(throws: EnvelopeError.payloadType) { try PeerRecord.open(otherType.bytes) }
    let otherDomain = try SignedEnvelope.seal(
      payload: payload, payloadType: PeerRecord.payloadType, domain: "libp2p-routing-state", key: key)
    #expect(throws: EnvelopeError.signature) { try PeerRecord.open(otherDomain.bytes) }
  }

  @Test("addresses beyond the cap and addresses that are none are left out")
  func caps() throws {
    let address = try Multiaddr("/ip4/1.2.3.4/tcp/1")
    let many = PeerRecord(peerID: key.peerID, sequence: 1, addresses: [Multiaddr](repeating: address, count: 1_000))
    #expect(many.addresses.count == Limits.Keys.recordAddresses)
    // As another's code would write it: a good address, a bad one, an empty one, then many good ones.
    func info(_ bytes: [UInt8]) -> [UInt8] { [0x1a, UInt8(bytes.count + 2), 0x0a, UInt8(bytes.count)] + bytes }
    var payload = [0x0a, UInt8(key.peerID.bytes.count)] + key.peerID.bytes + [0x10, 0x05]
    payload += info(address.bytes) + info([0xff]) + info([])
    for _ in 0..<1_000 { payload += info(address.bytes) }
    let envelope = try SignedEnvelope.seal(
      payload: payload, payloadType: PeerRecord.payloadType, domain: PeerRecord.domain, key: key)
    let record = try PeerRecord.open(envelope.bytes)
    #expect(record.sequence == 5)
    #expect(record.addresses == [Multiaddr](repeating: address, count: Limits.Keys.recordAddresses - 2))
  }

  @Test("a record without a peer id is refused")
  func noPeer() throws {
    let envelope = try SignedEnvelope.seal(
      payload: [0x10, 0x05], payloadType: PeerRecord.payloadType, domain: PeerRecord.domain, key: key)
    #expect(throws: EnvelopeError.self) { try PeerRecord.open(envelope.bytes) }
  }

  @Test("damaged envelopes are refused, or say what they said before")
  func fuzz() throws {
    var generator = SplitMix64(seed: 15)
    let key = try KeyPair(ed25519Seed: [UInt8](repeating: 7, count: 32))
    let record = PeerRecord(peerID: key.peerID, sequence: 9, addresses: [try Multiaddr("/ip4/1.2.3.4/tcp/1")])
    let sealed = try record.sealed(with: key)
    for _ in 0..<3_000 {
      let bytes = mutated(sealed, with: &generator)
      if let opened = try? PeerRecord.open(bytes) { #expect(opened == record) }
    }
  }
}
