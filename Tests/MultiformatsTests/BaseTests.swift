import Multiformats
import TestSupport
import Testing

@Suite("Base58 and multibase")
struct BaseTests {
  // Published with Bitcoin's and with draft-msporny-base58.
  @Test(
    "published pairs",
    arguments: [
      ("", ""), ("61", "2g"), ("626262", "a3gV"), ("636363", "aPEr"),
      ("73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"),
      ("00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"),
      ("516b6fcd0f", "ABnLTmg"), ("bf4f89001e670274dd", "3SEo3LWLoPntC"), ("572e4794", "3EFU7m"),
      ("ecac89cad93923c02321", "EJDM8drfXA6uyA"), ("10c8511e", "Rt5zm"), ("00000000000000000000", "1111111111"),
      ("48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"), ("0000287fb4cd", "11233QC4"),
    ])
  func base58(bytes: String, text: String) throws {
    #expect(Base58.encode(hex(bytes)) == text)
    #expect(try Base58.decode(text) == hex(bytes))
  }

  @Test("bytes of every length come back, leading zeros included")
  func base58RoundTrip() throws {
    var generator = SplitMix64(seed: 2)
    for length in 0..<200 {
      var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      for i in 0..<min(length, length % 4) { bytes[i] = 0 }
      #expect(try Base58.decode(Base58.encode(bytes)) == bytes)
    }
  }

  @Test("a character outside of the alphabet is named by its place", arguments: ["0", "O", "I", "l", " ", "é", "+"])
  func base58Characters(character: String) {
    #expect(throws: Base58.DecodingError.invalidCharacter(offset: 3)) { try Base58.decode("abc" + character) }
  }

  @Test("a megabyte is refused by its length, before any of it is decoded")
  func tooLong() {
    let text = String(repeating: "z", count: 1_000_000)
    #expect(throws: Base58.DecodingError.tooLong(length: 1_000_000, limit: 4_096)) { try Base58.decode(text) }
    for prefix in ["z", "k", "b", "f", "u"] {
      #expect(throws: Multibase.DecodingError.tooLong(length: 1_000_001, limit: 4_096)) {
        try Multibase.decode(prefix + text)
      }
    }
  }

  // multiformats/multibase, tests/basic.csv and tests/leading_zero.csv.
  @Test(
    "every base that is read",
    arguments: [
      ("f796573206d616e692021", "yes mani !"), ("F796573206D616E692021", "yes mani !"),
      ("bpfsxgidnmfxgsibb", "yes mani !"), ("BPFSXGIDNMFXGSIBB", "yes mani !"), ("z7paNL19xttacUY", "yes mani !"),
      ("k2lcpzo5yikidynfl", "yes mani !"), ("K2LCPZO5YIKIDYNFL", "yes mani !"), ("ueWVzIG1hbmkgIQ", "yes mani !"),
      ("meWVzIG1hbmkgIQ", "yes mani !"), ("f00796573206d616e692021", "\0yes mani !"),
      ("bab4wk4zanvqw42jaee", "\0yes mani !"), ("k02lcpzo5yikidynfl", "\0yes mani !"),
      ("uAHllcyBtYW5pICE", "\0yes mani !"),
    ])
  func multibase(text: String, expected: String) throws {
    #expect(try Multibase.decode(text) == Array(expected.utf8))
  }

  @Test("base32 and base64url are written without padding")
  func encode() {
    #expect(Multibase.encodeBase32(Array("yes mani !".utf8)) == "bpfsxgidnmfxgsibb")
    #expect(Multibase.encodeBase64URL(Array("yes mani !".utf8)) == "ueWVzIG1hbmkgIQ")
    #expect(Multibase.encodeBase64URL([0xfb, 0xff]) == "u-_8")
  }

  @Test(
    "what is not in the base that it names is refused",
    arguments: [
      "", "?abc", "b1", "bpfsxgidnmfxgsib1", "ba", "bab4", "bpfsxgidnmfxgsibbaaa8", "f0", "fzz", "z0", "k-", "u*", "uA",
      // Bits behind the last byte that are not zero.
      "bpf", "uAB",
    ])
  func refused(text: String) {
    #expect(throws: Multibase.DecodingError.self) { try Multibase.decode(text) }
  }

  @Test("a multihash has exactly as many bytes as it says")
  func multihash() throws {
    let hash = try Multihash(bytes: hex("1203010203"))
    #expect(hash == Multihash(code: Multihash.sha256, digest: [1, 2, 3]))
    #expect(hash.bytes == hex("1203010203"))
    #expect(throws: Multihash.DecodingError.wrongLength(announced: 3, found: 2)) {
      try Multihash(bytes: hex("12030102"))
    }
    #expect(throws: Multihash.DecodingError.wrongLength(announced: 3, found: 4)) {
      try Multihash(bytes: hex("120301020304"))
    }
    #expect(throws: Multihash.DecodingError.malformed(.truncated)) { try Multihash(bytes: []) }
    #expect(throws: Multihash.DecodingError.malformed(.truncated)) { try Multihash(bytes: [0x12]) }
    #expect(throws: Multihash.DecodingError.malformed(.overflow)) {
      try Multihash(bytes: [0x12] + [UInt8](repeating: 0xff, count: 10))
    }
    #expect(throws: Multihash.DecodingError.wrongLength(announced: UInt64(Int64.max), found: 0)) {
      try Multihash(bytes: hex("12ffffffffffffffff7f"))
    }
  }
}
