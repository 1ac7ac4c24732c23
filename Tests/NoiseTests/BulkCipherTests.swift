import TestSupport
import Testing

@testable import Noise

@Suite("The cipher for long messages")
struct BulkCipherTests {
  private let tag = CipherState.tagLength

  @Test("is that of RFC 8439, section 2.8.2")
  func vector() throws {
    let key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")
    let nonce = hex("070000004041424344454647")
    let data = hex("50515253c0c1c2c3c4c5c6c7")
    let text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    let sealed = hex(
      """
      d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
      1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
      3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691
      """)
    let cipher = try #require(BulkCipher(key: key))
    var bytes = Array(text.utf8) + [UInt8](repeating: 0, count: tag)
    let count = bytes.count - tag
    #expect(cipher.seal(&bytes, count: count, associatedData: data, nonce: nonce))
    #expect(bytes == sealed)
    var opened = [UInt8](repeating: 0xAA, count: count)
    #expect(cipher.open(sealed, count: count, into: &opened, associatedData: data, nonce: nonce))
    #expect(opened == Array(text.utf8))
    for place in [0, count - 1, count, sealed.count - 1] {
      var wrong = sealed
      wrong[place] ^= 1
      var nothing = [UInt8](repeating: 0xAA, count: count)
      #expect(!cipher.open(wrong, count: count, into: &nothing, associatedData: data, nonce: nonce))
      #expect(nothing.allSatisfy { $0 == 0 })
    }
  }

  @Test("says what the one for short messages says, byte for byte")
  func agreement() throws {
    var random = SplitMix64(seed: 6)
    let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    let key = try #require(SecretKey(bytes))
    let bulk = try #require(BulkCipher(key: bytes))
    for (number, count) in [0, 1, 15, 16, 63, 64, 65, 500, CipherState.bulk - 1].enumerated() {
      var short = (0..<count + tag).map { _ in UInt8.random(in: 0...255, using: &random) }
      var long = short
      let data = [UInt8](repeating: 7, count: number)
      var cipher = CipherState(key: key, nonce: UInt64(number))
      try cipher.seal(inPlace: &short, count: count, associatedData: data)
      let nonce = [0, 0, 0, 0, UInt8(number), 0, 0, 0, 0, 0, 0, 0]
      #expect(bulk.seal(&long, count: count, associatedData: data, nonce: nonce))
      #expect(short == long)
    }
  }

  @Test("counts like the one for short messages, and a wrong message counts for nothing")
  func state() throws {
    let key = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
    var (sender, receiver) = (CipherState(key: key), CipherState(key: key))
    for count in [CipherState.bulk, 10, CipherState.bulk - 1, 65_519, 0, CipherState.bulk] {
      var message = [UInt8](repeating: 5, count: count + tag)
      try sender.seal(inPlace: &message, count: count)
      var opened = [UInt8](repeating: 1, count: max(count, 1))
      var wrong = message
      wrong[0] ^= 1
      #expect(try !receiver.open(wrong, count: count, into: &opened))
      #expect(receiver.nonce == sender.nonce - 1)
      #expect(try receiver.open(message, count: count, into: &opened))
      #expect(opened.prefix(count).allSatisfy { $0 == 5 })
      #expect(receiver.nonce == sender.nonce)
    }
    var last = CipherState(key: key, nonce: .max)
    #expect(throws: NoiseError.nonceExhausted) {
      var message = [UInt8](repeating: 0, count: CipherState.bulk + tag)
      try last.seal(inPlace: &message, count: CipherState.bulk)
    }
  }
}
