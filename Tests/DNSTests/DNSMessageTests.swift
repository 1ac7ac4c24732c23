import DNS
import Limits
import TestSupport
import Testing

@Suite("A message of DNS")
struct DNSMessageTests {
  private static func example() throws -> DNSMessage {
    let service = try #require(DNSName("_p2p._udp.local"))
    let instance = try #require(service.child("somebody"))
    let host = try #require(DNSName("somebody.local"))
    var message = DNSMessage.multicastResponse()
    message.questions = [DNSQuestion(service, .ptr)]
    message.answers = [DNSRecord(service, ttl: 120, .ptr(instance))]
    message.additionals = [
      DNSRecord(instance, ttl: 120, isUnique: true, .txt([Array("a=1".utf8), [], Array("b".utf8)])),
      DNSRecord(instance, ttl: 120, isUnique: true, .srv(priority: 1, weight: 2, port: 4001, target: host)),
      DNSRecord(host, ttl: 7, .a([192, 168, 1, 2])),
      DNSRecord(host, ttl: 7, .aaaa([UInt8](repeating: 9, count: 16))),
      DNSRecord(host, ttl: 7, .cname(instance)),
      DNSRecord(host, ttl: 7, .other(DNSType(rawValue: 47), [1, 2, 3])),
    ]
    return message
  }

  @Test("is read as it was written")
  func roundTrip() throws {
    let message = try Self.example()
    #expect(try DNSMessage(bytes: message.bytes) == message)
    #expect(message.bytes.count < 200, "names are written once")
  }

  @Test("is read when a well-known program has written it")
  func foreign() throws {
    // A question of dig, and the answer, typed in by hand from RFC 1035's rules.
    let bytes =
      hex("1234 8180 0001 0002 0000 0000") + hex("03") + Array("foo".utf8) + hex("02") + Array("de".utf8)
      + hex("00 0010 0001")
      + hex("C00C 0005 0001 00000E10 0006") + hex("03") + Array("bar".utf8) + hex("C010")
      + hex("C024 0010 0001 00000E10 0003 02") + Array("hi".utf8)
    let message = try DNSMessage(bytes: bytes)
    #expect(message.id == 0x1234 && message.isResponse && message.wantsRecursion && message.code == 0)
    #expect(message.questions.first?.name.description == "foo.de")
    #expect(message.answers.first?.content == .cname(try #require(DNSName("bar.de"))))
    #expect(message.answers.last?.name.description == "bar.de")
    #expect(message.answers.last?.content == .txt([Array("hi".utf8)]))
  }

  @Test("keeps names that differ in capital letters apart only for those who look")
  func capitals() throws {
    let (small, large) = (try #require(DNSName("_p2p._udp.local")), try #require(DNSName("_P2P._udp.LOCAL.")))
    #expect(small == large && Set([small, large]).count == 1)
    #expect(large.description == "_P2P._udp.LOCAL")
    #expect(DNSName("a\u{7}b.c d")?.description == #"a\007b.c\032d"#)
  }

  @Test("has names of 1 to 63 bytes a label and 255 in all")
  func names() {
    let long = String(repeating: "x", count: 63)
    #expect(DNSName(long + ".local") != nil)
    #expect(DNSName(long + "x.local") == nil)
    #expect(DNSName("a..b") == nil && DNSName("") == nil && DNSName(".") == nil)
    #expect(DNSName([long, long, long, String(repeating: "x", count: 61)].joined(separator: ".")) != nil)
    #expect(DNSName([long, long, long, String(repeating: "x", count: 62)].joined(separator: ".")) == nil)
  }

  // MARK: what nobody honest sends (case 72 of libp2p.md §3.5)

  private static let header = hex("0000 0000 0001 0000 0000 0000")

  @Test(
    "is refused when a pointer leads to itself, forward, in a circle, or out of the message",
    arguments: ["C00C", "C00E", "C00F 00 01 61 C00C", "FFFF", "01 61 C00C", "01 61 C00D"])
  func pointers(_ name: String) {
    #expect(throws: DNSError.self) { try DNSMessage(bytes: Self.header + hex(name) + hex("0010 0001")) }
  }

  @Test("is refused when names are chains of pointers, and that costs no time")
  func chains() throws {
    // Each record's name is a pointer to that of the record before: to follow all would be 500 × 500 / 2 steps.
    func chain(_ count: Int) -> [UInt8] {
      var bytes = hex("0000 8000 0000") + [UInt8(count >> 8), UInt8(count & 0xFF)] + hex("0000 0000")
      var last = bytes.count
      bytes += hex("0161 00 0001 0001 00000000 0004 01020304")
      for _ in 1..<count {
        let place = bytes.count
        bytes += [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)] + hex("0001 0001 00000000 0004 01020304")
        last = place
      }
      return bytes
    }
    #expect(try DNSMessage(bytes: chain(Limits.DNS.pointers + 1)).answers.allSatisfy { "\($0.name)" == "a" })
    #expect(throws: DNSError.self) { try DNSMessage(bytes: chain(Limits.DNS.pointers + 2)) }
    #expect(throws: DNSError.self) { try DNSMessage(bytes: chain(Limits.DNS.records)) }
  }

  @Test("is refused when its sizes are lies: it ends early, says more than is there, or less")
  func sizes() throws {
    let good = try Self.example().bytes
    for count in 0..<good.count {
      #expect(throws: DNSError.self, "\(count) of \(good.count)") { try DNSMessage(bytes: Array(good[..<count])) }
    }
    // A text of 255 bytes in a record of three; an address of five.
    #expect(throws: DNSError.self) {
      try DNSMessage(bytes: hex("0000 8000 0000 0001 0000 0000 00 0010 0001 00000000 0003 FF 61 62"))
    }
    #expect(throws: DNSError.badRecord(at: 12)) {
      try DNSMessage(bytes: hex("0000 8000 0000 0001 0000 0000 00 0001 0001 00000000 0005 01 02 03 04 05"))
    }
    #expect(throws: DNSError.badRecord(at: 12)) {
      try DNSMessage(bytes: hex("0000 8000 0000 0001 0000 0000 00 0010 0001 00000000 0001 01 61"))
    }
    #expect(throws: DNSError.badLabel(at: 12)) { try DNSMessage(bytes: Self.header + hex("41 61 00 0010 0001")) }
  }

  @Test("is refused with more questions, records, bytes or letters than anybody needs")
  func tooMuch() throws {
    let name = try #require(DNSName("a"))
    var message = DNSMessage()
    message.questions = Array(repeating: DNSQuestion(name, .txt), count: Limits.DNS.questions)
    message.answers = Array(repeating: DNSRecord(name, ttl: 1, .txt([])), count: Limits.DNS.records)
    #expect(try DNSMessage(bytes: message.bytes).answers.count == Limits.DNS.records)
    message.answers.append(DNSRecord(name, ttl: 1, .txt([])))
    #expect(throws: DNSError.tooMany(questions: Limits.DNS.questions, records: Limits.DNS.records + 1)) {
      try DNSMessage(bytes: message.bytes)
    }
    message.answers = []
    message.questions.append(DNSQuestion(name, .txt))
    #expect(throws: DNSError.tooMany(questions: Limits.DNS.questions + 1, records: 0)) {
      try DNSMessage(bytes: message.bytes)
    }
    #expect(throws: DNSError.tooLong(bytes: 65_536)) { try DNSMessage(bytes: [UInt8](repeating: 0, count: 65_536)) }
    // Four labels of 63 bytes are 257 with their lengths and the end.
    let label = [63] + [UInt8](repeating: 0x78, count: 63)
    #expect(throws: DNSError.nameTooLong(at: 12)) {
      try DNSMessage(bytes: Self.header + label + label + label + label + hex("00 0010 0001"))
    }
  }

  @Test("that is damaged is refused or read, and nothing else happens; what is read can be written", arguments: 0..<4)
  func damaged(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let good = try Self.example().bytes
    var read = 0
    for _ in 0..<2_500 {
      guard let message = try? DNSMessage(bytes: mutated(good, with: &random)) else { continue }
      read += 1
      #expect(throws: Never.self) { try DNSMessage(bytes: message.bytes) }
    }
    #expect(read > 0)
  }
}
