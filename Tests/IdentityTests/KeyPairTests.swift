import TestSupport
import Testing

@testable import Identity

@Suite("Key pairs")
struct KeyPairTests {
  @Test("the public half follows from the private one", arguments: [Vectors.ed25519, Vectors.rsa])
  func publicHalf(vector: Vectors.Published) throws {
    let pair = try KeyPair(privateKeyProtobuf: vector.privateKey)
    #expect(pair.publicKey.protobuf == vector.publicKey)
    #expect(pair.peerID.description == vector.peerID)
    #expect(pair.privateKeyProtobuf == vector.privateKey)
  }

  @Test("signatures are those that another library makes", arguments: [Vectors.ed25519, Vectors.rsa])
  func signatures(vector: Vectors.Published) throws {
    // Both kinds are deterministic.
    #expect(try KeyPair(privateKeyProtobuf: vector.privateKey).sign(Vectors.message) == vector.signature)
  }

  @Test("the vectors of wire.md §15")
  func wire() throws {
    let pair = try KeyPair(ed25519Seed: Array(0..<32))
    let publicKey = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    #expect(pair.privateKeyProtobuf == hex("08011240") + Array(0..<32) + hex(publicKey))
    let message = hex(
      "0a2600240801122003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8120568656c6c6f1a0801020304050607"
        + "082216756e6976657273616c2d636f6e6e6563746976697479")
    let signed = Array("libp2p-pubsub:".utf8) + message
    let signature = hex(
      "3be2ad96380ec645f549fc3f3dad21c05e8334090188fe0cce268b6e2eb74e8f824676618d3f8a09d61ea942446796fcbc482b1ef9d46d29"
        + "702f88dad0dd940c")
    #expect(try pair.sign(signed) == signature)
    #expect(pair.publicKey.verify(signature: signature, of: signed))
    let inBuffer = try signed.withUnsafeBytes { bytes in try pair.sign(bytes) }
    #expect(inBuffer == signature)
  }

  @Test("an empty message is signed like any other", arguments: [Vectors.ed25519, Vectors.rsa])
  func emptyMessage(vector: Vectors.Published) throws {
    let pair = try KeyPair(privateKeyProtobuf: vector.privateKey)
    #expect(pair.publicKey.verify(signature: try pair.sign([]), of: []))
    #expect(pair.publicKey.verify(signature: try pair.sign(UnsafeRawBufferPointer(start: nil, count: 0)), of: []))
  }

  @Test("the old form of Ed25519 keys is read, and the new one written")
  func oldForm() throws {
    let publicBytes = Vectors.ed25519.publicKey.suffix(32)
    let old = [0x08, 0x01, 0x12, 0x60] + Vectors.ed25519.privateKey.dropFirst(4) + publicBytes
    let pair = try KeyPair(privateKeyProtobuf: old)
    #expect(pair.privateKeyProtobuf == Vectors.ed25519.privateKey)
    var bad = old
    bad[99] ^= 1
    #expect(throws: KeyError.inconsistent(.ed25519)) { try KeyPair(privateKeyProtobuf: bad) }
    bad = old
    bad[50] ^= 1
    #expect(throws: KeyError.inconsistent(.ed25519)) { try KeyPair(privateKeyProtobuf: bad) }
  }

  @Test("a private key with another's public key is refused")
  func inconsistent() {
    var bytes = Vectors.ed25519.privateKey
    bytes[67] ^= 1
    #expect(throws: KeyError.inconsistent(.ed25519)) { try KeyPair(privateKeyProtobuf: bytes) }
  }

  @Test("private keys of other types are named and refused", arguments: [Vectors.ecdsa, Vectors.secp256k1])
  func unsupported(vector: Vectors.Published) {
    #expect(throws: KeyError.unsupportedPrivateKey(vector.type)) {
      try KeyPair(privateKeyProtobuf: vector.privateKey)
    }
  }

  @Test("an RSA private key of 1024 bits is refused")
  func smallRSA() {
    #expect(throws: KeyError.rsaSize(bits: 1_024)) {
      try KeyPair(privateKeyProtobuf: KeyCoding.encode(.rsa, Vectors.rsa1024))
    }
  }

  @Test("an RSA private key that is damaged, cut or followed by something is refused")
  func badRSA() {
    let der = try? KeyCoding.decodePrivate(Vectors.rsa.privateKey).data
    for bad in [[], der?.dropLast() ?? [], (der ?? []) + [0], Array((der ?? []).dropFirst())] as [[UInt8]] {
      #expect(throws: KeyError.self) { try KeyPair(privateKeyProtobuf: KeyCoding.encode(.rsa, bad)) }
    }
    // Another modulus than the one that the other numbers belong to.
    var wrong = der ?? []
    wrong[100] ^= 1
    #expect(throws: KeyError.self) { try KeyPair(privateKeyProtobuf: KeyCoding.encode(.rsa, wrong)) }
  }

  @Test("seeds have 32 bytes", arguments: [0, 31, 33, 64])
  func seeds(length: Int) {
    #expect(throws: KeyError.wrongLength(.ed25519, found: length, expected: 32)) {
      try KeyPair(ed25519Seed: [UInt8](repeating: 1, count: length))
    }
  }

  @Test("generated identities differ, sign, and come back from their bytes")
  func generated() throws {
    let one = KeyPair.generate()
    let two = KeyPair.generate()
    #expect(one.peerID != two.peerID)
    let again = try KeyPair(privateKeyProtobuf: one.privateKeyProtobuf)
    #expect(again.peerID == one.peerID)
    let signature = try again.sign(Vectors.message)
    #expect(one.publicKey.verify(signature: signature, of: Vectors.message))
    #expect(!two.publicKey.verify(signature: signature, of: Vectors.message))
  }

  @Test("nothing that prints a key pair prints its secret")
  func unprinted() throws {
    let pair = try KeyPair(ed25519Seed: [UInt8](repeating: 0xab, count: 32))
    var dumped = ""
    dump(pair, to: &dumped)
    for text in [pair.description, String(reflecting: pair), "\(pair)", dumped] {
      #expect(!text.contains("171") && !text.lowercased().contains("abab"), "\(text)")
    }
    #expect(pair.description == "Ed25519 identity \(pair.peerID)")
  }

  @Test("damaged private keys are refused, or are a key that signs")
  func fuzz() throws {
    var generator = SplitMix64(seed: 14)
    for _ in 0..<2_000 {
      guard let pair = try? KeyPair(privateKeyProtobuf: mutated(Vectors.ed25519.privateKey, with: &generator))
      else { continue }
      #expect(pair.publicKey.verify(signature: try pair.sign([1]), of: [1]))
    }
    for _ in 0..<40 {
      _ = try? KeyPair(privateKeyProtobuf: mutated(Vectors.rsa.privateKey, with: &generator))
    }
  }
}
