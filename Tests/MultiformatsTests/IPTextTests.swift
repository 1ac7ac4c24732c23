import Multiformats
import TestSupport
import Testing

@Suite("IP addresses as text")
struct IPTextTests {
  // RFC 4291 §2.2, RFC 5952 §4 and §5.
  @Test(
    "an IPv6 address is written as RFC 5952 wants",
    arguments: [
      ("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
      ("2001:DB8::ABCD", "2001:db8::abcd"), ("::", "::"), ("0:0:0:0:0:0:0:0", "::"), ("::1", "::1"), ("1::", "1::"),
      ("1:0:0:0:0:0:0:0", "1::"), ("0:0:0:0:0:0:0:1", "::1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
      ("::ffff:c000:201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
      ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::1.2.3.4", "::102:304"),
      ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("fe80::1", "fe80::1"),
      ("2601:9:4f81:9700:803e:ca65:66e8:c21", "2601:9:4f81:9700:803e:ca65:66e8:c21"),
    ])
  func canonical(text: String, expected: String) throws {
    let bytes = try #require(IPText.parseIP6(text.utf8))
    #expect(bytes.count == 16)
    #expect(IPText.ip6(bytes) == expected)
    #expect(IPText.parseIP6(expected.utf8) == bytes)
  }

  @Test(
    "what is not an IPv6 address is refused",
    arguments: [
      "", ":", ":::", "1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::", ":1", "1:", ":1::", "::1:",
      "12345::", "g::", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "fe80::1%eth0", "1.2.3.4",
      "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", " ::1", "::1 ",
      "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    ])
  func refusedIP6(text: String) {
    #expect(IPText.parseIP6(text.utf8) == nil)
  }

  @Test(
    "what is not an IPv4 address is refused",
    arguments: [
      "", "1", "1.2", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.999", "01.2.3.4",
      "1.2.3.04", "0x1.2.3.4", "1.2.3.4 ", "-1.2.3.4", "+1.2.3.4", "1.2.3.a", "::1", "١.2.3.4",
    ])
  func refusedIP4(text: String) {
    #expect(IPText.parseIP4(text.utf8) == nil)
  }

  @Test("an IPv4 address is read and written")
  func ip4() {
    #expect(IPText.parseIP4("0.10.200.255".utf8) == [0, 10, 200, 255])
    #expect(IPText.ip4([0, 10, 200, 255] as [UInt8]) == "0.10.200.255")
  }

  @Test("random IPv6 addresses come back from their text")
  func roundTrip() {
    var generator = SplitMix64(seed: 3)
    for _ in 0..<2_000 {
      // Many zeros, so that runs of all lengths occur in all places.
      let bytes = (0..<16).map { _ in Bool.random(using: &generator) ? UInt8.random(in: 0...255, using: &generator) : 0
      }
      #expect(IPText.parseIP6(IPText.ip6(bytes).utf8) == bytes)
    }
  }
}
