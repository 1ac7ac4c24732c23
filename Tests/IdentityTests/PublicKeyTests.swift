import Limits
import TestSupport
import Testing

@testable import Identity

@Suite("Public keys")
struct PublicKeyTests {
  @Test("a signature that another library made is believed, and no other", arguments: Vectors.all)
  func verify(vector: Vectors.Published) throws {
    let key = try PublicKey(protobuf: vector.publicKey)
    #expect(key.type == vector.type)
    #expect(key.protobuf == vector.publicKey)
    #expect(key.verify(signature: vector.signature, of: Vectors.message))
    #expect(!key.verify(signature: vector.signature, of: []))
    #expect(!key.verify(signature: vector.signature, of: Vectors.message + [0]))
    #expect(!key.verify(signature: [], of: Vectors.message))
    #expect(!key.verify(signature: vector.signature + [0], of: Vectors.message))
    #expect(!key.verify(signature: vector.signature.dropLast(), of: Vectors.message))
    #expect(!key.verify(signature: [UInt8](repeating: 0, count: vector.signature.count), of: Vectors.message))
    #expect(!key.verify(signature: [UInt8](repeating: 0xff, count: 100_000), of: Vectors.message))
    for other in Vectors.all where other.type != vector.type {
      #expect(!key.verify(signature: other.signature, of: Vectors.message))
    }
  }

  @Test("a signature with any one bit changed is not believed", arguments: Vectors.all)
  func flipped(vector: Vectors.Published) throws {
    let key = try PublicKey(protobuf: vector.publicKey)
    for place in stride(from: 0, to: vector.signature.count, by: max(1, vector.signature.count / 72)) {
      var signature = vector.signature
      signature[place] ^= 1 << UInt8(place % 8)
      #expect(!key.verify(signature: signature, of: Vectors.message), "byte \(place)")
    }
  }

  @Test("an ECDSA signature has one encoding", arguments: [Vectors.ecdsa, Vectors.secp256k1])
  func oneEncoding(vector: Vectors.Published) throws {
    let key = try PublicKey(protobuf: vector.publicKey)
    let numbers = Array(vector.signature.dropFirst(2))
    let length = vector.signature[1]
    // The length in two bytes, and the indefinite form: BER, not DER.
    #expect(!key.verify(signature: [0x30, 0x81, length] + numbers, of: Vectors.message))
    #expect(!key.verify(signature: [0x30, 0x80] + numbers + [0, 0], of: Vectors.message))
    // r and s zero, r and s one.
    #expect(!key.verify(signature: hex("3006020100020100"), of: Vectors.message))
    #expect(!key.verify(signature: hex("3006020101020101"), of: Vectors.message))
    // 2^31 as a length, without and with that many bytes announced inside.
    #expect(!key.verify(signature: hex("30847fffffff"), of: Vectors.message))
    #expect(!key.verify(signature: hex("3006028480000000"), of: Vectors.message))
  }

  @Test("Ed25519 keys of small order sign nothing")
  func smallOrder() throws {
    let neutral = [1] + [UInt8](repeating: 0, count: 31)
    // With the neutral element as key and as R, and S = 0, the equation holds for every message.
    let key = try PublicKey(ed25519: neutral)
    #expect(!key.verify(signature: neutral + [UInt8](repeating: 0, count: 32), of: Vectors.message))
    let zero = try PublicKey(ed25519: [UInt8](repeating: 0, count: 32))
    #expect(!zero.verify(signature: [UInt8](repeating: 0, count: 64), of: Vectors.message))
    let beyondField = try PublicKey(ed25519: [UInt8](repeating: 0xff, count: 32))
    #expect(!beyondField.verify(signature: [UInt8](repeating: 0, count: 64), of: Vectors.message))
  }

  @Test(
    "an Ed25519 signature with S beyond the group's order is not believed: it would be a second one for the message")
  func malleable() throws {
    let key = try PublicKey(protobuf: Vectors.ed25519.publicKey)
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    var signature = Vectors.ed25519.signature
    var carry = 0
    for i in 0..<32 {
      carry += Int(signature[32 + i]) + Int(order[i])
      signature[32 + i] = UInt8(carry & 0xff)
      carry >>= 8
    }
    #expect(!key.verify(signature: signature, of: Vectors.message))
  }

  @Test(
    "a key has one encoding",
    arguments: [
      // Nothing, half of it, trailing bytes, an unknown field behind.
      "", "08", "0801", "080112", "08011220", "0801122000", "+00", "+1a00", "+0801",
      // Fields in the other order; type in two bytes; length in two bytes; a field twice.
      "1220*0801", "0881001220*", "080112a000*", "080108011220*", "08011220*1220*",
      // Type or data missing.
      "1220*", "0801",
      // Another wire type, a group.
      "0d010000001220*", "0b0c",
    ])
  func oneEncoding(pattern: String) {
    let data = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    let text = pattern.replacing("+", with: "08011220" + data).replacing("*", with: data)
    #expect(throws: KeyError.self) { try PublicKey(protobuf: hex(text)) }
  }

  @Test("an unknown type of key is named", arguments: [4, 5, 127, 1_000])
  func unknownType(type: UInt64) {
    var bytes: [UInt8] = [0x08]
    var rest = type
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes += [UInt8(rest), 0x12, 0x01, 0x00]
    #expect(throws: KeyError.unknownType(Int(type))) { try PublicKey(protobuf: bytes) }
  }

  @Test("an Ed25519 key has 32 bytes", arguments: [0, 1, 31, 33, 64])
  func ed25519Length(length: Int) {
    let bytes = [0x08, 0x01, 0x12, UInt8(length)] + [UInt8](repeating: 1, count: length)
    #expect(throws: KeyError.wrongLength(.ed25519, found: length, expected: 32)) { try PublicKey(protobuf: bytes) }
  }

  @Test("points that are not on the curve, or not of this form, are no keys")
  func points() {
    func refuse(_ type: UInt8, _ data: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(throws: KeyError.self, sourceLocation: sourceLocation) {
        try PublicKey(protobuf: [0x08, type, 0x12, UInt8(data.count)] + data)
      }
    }
    let p256 = Array(Vectors.ecdsa.publicKey.dropFirst(4))
    refuse(3, p256.dropLast() + [p256[90] ^ 1])
    refuse(3, p256.dropLast())
    refuse(3, p256 + [0])
    refuse(3, Array(p256[..<27]) + [UInt8](repeating: 0, count: 64))
    // P-384's number instead of P-256's; a compressed point; the point at infinity.
    refuse(3, hex("3076301006072a8648ce3d020106052b81040022036200") + [UInt8](repeating: 4, count: 97))
    refuse(3, hex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + [2] + p256[27..<59])
    refuse(3, hex("3019301306072a8648ce3d020106082a8648ce3d030107030200") + [0])
    let point = Array(Vectors.secp256k1.publicKey.dropFirst(4))
    refuse(2, [4] + point.dropFirst())
    refuse(2, [0] + point.dropFirst())
    refuse(2, point.dropLast())
    refuse(2, [2] + [UInt8](repeating: 0xff, count: 32))
    // x = 5 has no point on secp256k1.
    refuse(2, [2] + [UInt8](repeating: 0, count: 31) + [5])
    refuse(2, [])
  }

  @Test("damaged keys are refused, or are the key that they say they are")
  func fuzz() throws {
    var generator = SplitMix64(seed: 12)
    for round in 0..<4_000 {
      // RSA keys take OpenSSL longest.
      let vector = Vectors.all[round % 16 == 0 ? 3 : round % 3]
      let bytes = mutated(vector.publicKey, with: &generator)
      guard let key = try? PublicKey(protobuf: bytes) else { continue }
      #expect(key.protobuf == bytes)
      #expect(!key.verify(signature: vector.signature, of: [1]))
    }
  }

  @Test("damaged signatures are not believed and do no harm")
  func fuzzSignatures() throws {
    var generator = SplitMix64(seed: 13)
    for vector in [Vectors.ecdsa, Vectors.ed25519, Vectors.secp256k1] {
      let key = try PublicKey(protobuf: vector.publicKey)
      for _ in 0..<500 {
        let signature = mutated(vector.signature, with: &generator)
        #expect(signature == vector.signature || !key.verify(signature: signature, of: Vectors.message))
      }
    }
  }

  @Test("what the generated code writes is what is written here", arguments: Vectors.all)
  func encoding(vector: Vectors.Published) throws {
    let (type, data) = try KeyCoding.decodePublic(vector.publicKey)
    #expect(KeyCoding.encode(type, data) == vector.publicKey)
    let (privateType, privateData) = try KeyCoding.decodePrivate(vector.privateKey)
    #expect(KeyCoding.encode(privateType, privateData) == vector.privateKey)
  }
}
