import Limits
import TestSupport
import Testing

@testable import Identity

/// RSA keys that are meant to cost their reader time, or to lead a DER reader astray.
@Suite("RSA keys")
struct RSAKeyTests {
  /// An element of DER.
  private func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
    switch contents.count {
    case ..<0x80: [tag, UInt8(contents.count)] + contents
    case ..<0x100: [tag, 0x81, UInt8(contents.count)] + contents
    default: [tag, 0x82, UInt8(contents.count >> 8), UInt8(contents.count & 0xff)] + contents
    }
  }

  private let algorithm = hex("300d06092a864886f70d0101010500")

  /// A SubjectPublicKeyInfo with these numbers as they are.
  private func info(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
    let numbers = element(0x02, modulus) + element(0x02, exponent)
    return element(0x30, algorithm + element(0x03, [0] + element(0x30, numbers)))
  }

  /// An odd number of so many bits, as a DER integer's contents.
  private func number(bits: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xa5, count: (bits + 7) / 8)
    let top = UInt8(1) << UInt8((bits - 1) % 8)
    bytes[0] = top | (bytes[0] & (top - 1))
    bytes[bytes.count - 1] |= 1
    return bytes[0] >= 0x80 ? [0] + bytes : bytes
  }

  private func key(_ data: [UInt8]) throws(KeyError) -> PublicKey {
    try PublicKey(protobuf: KeyCoding.encode(.rsa, data))
  }

  @Test("sizes from 2048 to 8192 bits are taken", arguments: [2_048, 2_049, 3_072, 4_096, 8_191, 8_192])
  func taken(bits: Int) throws {
    let key = try key(info(modulus: number(bits: bits), exponent: [1, 0, 1]))
    #expect(key.type == .rsa)
    #expect(!key.verify(signature: [UInt8](repeating: 1, count: bits / 8), of: [1]))
  }

  @Test("other sizes are refused before anybody calculates", arguments: [1, 512, 1_024, 2_040, 2_047, 8_193, 9_000])
  func sizes(bits: Int) {
    #expect(throws: KeyError.rsaSize(bits: bits)) { try key(info(modulus: number(bits: bits), exponent: [1, 0, 1])) }
  }

  @Test("16384 bits do not even fit the protobuf")
  func huge() {
    let data = info(modulus: number(bits: 16_384), exponent: [1, 0, 1])
    #expect(throws: KeyError.rsaSize(bits: 16_384)) { try RSAKeyShape.check(data) }
    let protobuf = KeyCoding.encode(.rsa, data)
    #expect(throws: KeyError.tooLong(length: protobuf.count, limit: Limits.Keys.publicKeyBytes)) {
      try PublicKey(protobuf: protobuf)
    }
  }

  @Test(
    "exponents that would make verifying slow or pointless are refused",
    arguments: [[], [0], [1], [2], [1, 0, 0], [0, 0x80, 0, 0, 1], [1, 0, 0, 0, 1], [0xff], [0, 1]] as [[UInt8]])
  func exponents(exponent: [UInt8]) {
    #expect(throws: KeyError.self) { try key(info(modulus: number(bits: 2_048), exponent: exponent)) }
    let long = number(bits: 2_048)
    #expect(throws: KeyError.self) { try key(info(modulus: long, exponent: long)) }
  }

  @Test("3 and 2^31-1 are exponents")
  func extremes() throws {
    _ = try key(info(modulus: number(bits: 2_048), exponent: [3]))
    _ = try key(info(modulus: number(bits: 2_048), exponent: [0x7f, 0xff, 0xff, 0xff]))
  }

  @Test("moduli with a sign, with zeros in front, or empty, are refused")
  func moduli() {
    #expect(throws: KeyError.self) { try key(info(modulus: [0, 0] + number(bits: 2_047), exponent: [3])) }
    #expect(throws: KeyError.self) { try key(info(modulus: Array(number(bits: 2_048).dropFirst()), exponent: [3])) }
    #expect(throws: KeyError.self) { try key(info(modulus: [], exponent: [3])) }
    #expect(throws: KeyError.self) { try key(info(modulus: [0], exponent: [3])) }
  }

  @Test(
    "a length of 2^31, of more than is there, or in more bytes than needed is refused",
    arguments: [
      "3084 80000000", "3084 7fffffff", "3083 ffffff", "3082 ffff", "30ff", "3080", "3081 7f", "3082 00ff", "30", "",
    ])
  func lengths(header: String) {
    let body = info(modulus: number(bits: 2_048), exponent: [1, 0, 1])
    #expect(throws: KeyError.self) { try RSAKeyShape.check(hex(header)) }
    #expect(throws: KeyError.self) { try RSAKeyShape.check(hex(header) + body.dropFirst(4)) }
    // The same length deeper inside.
    #expect(throws: KeyError.self) { try RSAKeyShape.check(element(0x30, algorithm + hex(header) + body)) }
  }

  @Test("whatever follows the key, or stands between its parts, is refused")
  func trailing() {
    let numbers = element(0x02, number(bits: 2_048)) + element(0x02, [1, 0, 1])
    let good = element(0x30, algorithm + element(0x03, [0] + element(0x30, numbers)))
    #expect(throws: Never.self) { try RSAKeyShape.check(good) }
    for bad in [
      good + [0],
      element(0x30, algorithm + element(0x03, [0] + element(0x30, numbers)) + [5, 0]),
      element(0x30, algorithm + element(0x03, [0] + element(0x30, numbers) + [0])),
      element(0x30, algorithm + element(0x03, [0] + element(0x30, numbers + [2, 1, 1]))),
      element(0x30, algorithm + element(0x03, [1] + element(0x30, numbers))),
      element(0x30, algorithm + element(0x03, [])),
      element(0x30, hex("300b06092a864886f70d010101") + element(0x03, [0] + element(0x30, numbers))),
      // RSASSA-PSS: another algorithm.
      element(0x30, hex("300d06092a864886f70d01010a0500") + element(0x03, [0] + element(0x30, numbers))),
    ] {
      #expect(throws: KeyError.self) { try RSAKeyShape.check(bad) }
    }
  }

  @Test("a signature that is longer or shorter than the modulus is not believed")
  func signatureLength() throws {
    let key = try PublicKey(protobuf: Vectors.rsa.publicKey)
    #expect(!key.verify(signature: [0] + Vectors.rsa.signature, of: Vectors.message))
    #expect(!key.verify(signature: Array(Vectors.rsa.signature.dropFirst()), of: Vectors.message))
  }
}
