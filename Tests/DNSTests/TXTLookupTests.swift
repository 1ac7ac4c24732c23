import DNS
import Limits
import TestSupport
import Testing

@Suite("Asking for texts")
struct TXTLookupTests {
  private let name: DNSName
  private var random = SplitMix64(seed: 1)

  init() throws { name = try #require(DNSName("_dnsaddr.example.org")) }

  private func answer(to question: [UInt8], _ change: (inout DNSMessage) -> Void = { _ in }) throws -> [UInt8] {
    var message = try DNSMessage(bytes: question)
    message.isResponse = true
    message.answers = [DNSRecord(name, ttl: 60, .txt([Array("one ".utf8), Array("text".utf8)]))]
    change(&message)
    return message.bytes
  }

  private func bytes(_ step: TXTLookup.Step?) throws -> [UInt8] {
    guard case .ask(_, _, let bytes) = try #require(step) else {
      Issue.record("\(String(describing: step)) asks nothing")
      return []
    }
    return bytes
  }

  @Test("gives the texts of each record, its parts put together")
  mutating func found() throws {
    var lookup = TXTLookup(name, servers: 1)
    let question = try bytes(lookup.begin(using: &random))
    let asked = try DNSMessage(bytes: question)
    #expect(asked.wantsRecursion && !asked.isResponse && asked.questions == [DNSQuestion(name, .txt)])
    #expect(lookup.received(try answer(to: question), using: &random) == .found([Array("one text".utf8)]))
  }

  @Test("follows the name that it stands for, and takes no texts of other names")
  mutating func alias() throws {
    let (real, foreign) = (try #require(DNSName("real.example.org")), try #require(DNSName("foreign.org")))
    var lookup = TXTLookup(name, servers: 1)
    let step = lookup.received(
      try answer(to: try bytes(lookup.begin(using: &random))) { message in
        message.answers = [
          DNSRecord(name, ttl: 1, .cname(real)), DNSRecord(foreign, ttl: 1, .txt([[1]])),
          DNSRecord(real, ttl: 1, .txt([[2]])),
        ]
      }, using: &random)
    #expect(step == .found([[2]]))
  }

  @Test("asks again by TCP what did not fit, under another number")
  mutating func truncated() throws {
    var lookup = TXTLookup(name, servers: 1)
    let first = try bytes(lookup.begin(using: &random))
    let step = lookup.received(try answer(to: first) { $0.isTruncated = true }, using: &random)
    guard case .ask(0, true, let second) = step else {
      Issue.record("not asked by TCP: \(String(describing: step))")
      return
    }
    #expect(first.prefix(2) != second.prefix(2))
    #expect(lookup.received(try answer(to: second), using: &random) == .found([Array("one text".utf8)]))
  }

  @Test("waits on when a packet is not the answer: forged, of another question, or no message")
  mutating func forged() throws {
    var lookup = TXTLookup(name, servers: 1)
    let question = try bytes(lookup.begin(using: &random))
    let other = try #require(DNSName("other.org"))
    #expect(lookup.received([], using: &random) == nil)
    #expect(lookup.received(question, using: &random) == nil, "a question")
    #expect(lookup.received(try answer(to: question) { $0.id &+= 1 }, using: &random) == nil)
    #expect(lookup.received(try answer(to: question) { $0.questions = [] }, using: &random) == nil)
    #expect(
      lookup.received(try answer(to: question) { $0.questions = [DNSQuestion(other, .txt)] }, using: &random) == nil)
    #expect(lookup.received(try answer(to: question), using: &random) == .found([Array("one text".utf8)]))
  }

  @Test("goes from server to server, twice around, and then says why there is no answer")
  mutating func servers() throws {
    var lookup = TXTLookup(name, servers: 9)
    var step = lookup.begin(using: &random)
    var asked: [Int] = []
    while case .ask(let server, false, _) = step {
      asked.append(server)
      step = lookup.failed("silence", using: &random)
    }
    #expect(asked == [0, 1, 2, 0, 1, 2])
    #expect(step == .failed(.noAnswer("_dnsaddr.example.org", reason: "silence")))
    var lonely = TXTLookup(name, servers: 0)
    #expect(lonely.begin(using: &random) == .failed(.noAnswer("\(name)", reason: "no name server is known")))
  }

  @Test("ends when there is no such name, and goes on when a server only fails")
  mutating func codes() throws {
    var lookup = TXTLookup(name, servers: 2)
    let question = try bytes(lookup.begin(using: &random))
    let next = lookup.received(try answer(to: question) { $0.code = 2 }, using: &random)
    guard case .ask(1, false, let again) = next else {
      Issue.record("the next server is not asked: \(String(describing: next))")
      return
    }
    let end = lookup.received(try answer(to: again) { $0.code = 3 }, using: &random)
    #expect(end == .failed(.noSuchName("_dnsaddr.example.org")))
  }
}

@Suite("Name servers")
struct NameServersTests {
  @Test("are those of the file, three at most; this machine's own if it names none")
  func read() {
    let text =
      "# c\nsearch a.b\nnameserver 9.9.9.9\n nameserver\tfe80::1%eth0 \nnameserver\nnameserver ::1\nnameserver 8"
    #expect(NameServers.read(text) == ["9.9.9.9", "fe80::1%eth0", "::1"])
    #expect(NameServers.read("options x") == ["127.0.0.1"])
  }
}
