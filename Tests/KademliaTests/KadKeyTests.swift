import Testing

@testable import Kademlia

@Suite("Places in the space of keys")
struct KadKeyTests {
  @Test("A place is the SHA-256 of what it is the place of")
  func digest() {
    // SHA-256 of "abc" (FIPS 180-2), begins with ba7816bf.
    #expect(KadKey(of: Array("abc".utf8)).commonPrefix(with: KadKey(digest: [0xBA, 0x78, 0x16, 0xBF])) >= 32)
  }

  @Test("The distance of two places is their exclusive or, and counts their common bits")
  func distance() {
    let zero = KadKey(digest: [])
    #expect(zero.commonPrefix(with: zero) == 256)
    for bit in 0..<256 {
      var digest = [UInt8](repeating: 0, count: 32)
      digest[bit / 8] = 0x80 >> UInt8(bit % 8)
      #expect(zero.commonPrefix(with: KadKey(digest: digest)) == bit)
    }
    let near = KadKey(digest: [0, 0, 1])
    let far = KadKey(digest: [0, 1])
    #expect(zero.distance(to: near) < zero.distance(to: far))
    #expect(near.distance(to: far) == far.distance(to: near))
  }
}
