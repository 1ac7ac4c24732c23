import Limits
import NIOCore
import NIOEmbedded
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite("The server bounds what comes, and how long it takes")
struct ServerTests {
  /// A connection without a socket, in virtual time.
  private final class Line {
    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let requests = EventRecorder<ServerRequest>()

    init(answers: Bool = true) throws {
      channel = EmbeddedChannel(loop: loop)
      let requests = requests
      try WebServer.configure(channel) { request, answer in
        requests.record(request)
        if answers { answer(ServerResponse(status: 200, text: "you said \(request.path)")) }
      }
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    /// Everything written since the last time.
    func received() throws -> String {
      loop.run()
      var text = ""
      while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
      return text
    }

    var isOpen: Bool { channel.isActive }
    func pass(_ seconds: Int) { loop.advanceTime(by: .seconds(Int64(seconds))) }
  }

  @Test("a request is answered, and the next one on the same connection")
  func answers() throws {
    let line = try Line()
    try line.send("GET /a?x=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    let text = try line.received()
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\nyou said /a\n"))
    #expect(text.contains("content-length: 12\r\n"))
    try line.send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab")
    #expect(try line.received() == "")
    try line.send("c")
    #expect(try line.received().hasSuffix("you said /b\n"))
    let request = ServerRequest(
      method: "GET", path: "/a", query: "x=1", headers: [WebHeader("host", "h"), WebHeader("x-a", "1, 2")])
    #expect(line.requests.events.first == request)
    #expect(line.requests.events.last?.body == Array("abc".utf8))
    #expect(line.isOpen)
  }

  @Test("HEAD gets the head, HTTP/1.0 gets its connection closed")
  func older() throws {
    let head = try Line()
    try head.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(try head.received().hasSuffix("\r\n\r\n"))
    let old = try Line()
    try old.send("GET / HTTP/1.0\r\n\r\n")
    #expect(try old.received().contains("connection: close"))
    #expect(!old.isOpen)
  }

  @Test("requests one after the other without waiting are answered in order")
  func pipelined() throws {
    let line = try Line()
    try line.send((1...5).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
    let text = try line.received()
    #expect(line.requests.events.map(\.path) == ["/1", "/2", "/3", "/4", "/5"])
    #expect(text.split(separator: "you said /").count == 6)
  }

  @Test(
    "what is no request is told so, and let go",
    arguments: [
      "\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n", "GET / FTP/1.1\r\n\r\n", "GET http:// HTTP/1.1\r\nHost: h\r\n\r\n",
    ])
  func nonsense(text: String) throws {
    let line = try Line()
    try? line.send(text)
    #expect(try line.received().hasPrefix("HTTP/1.1 400"))
    #expect(!line.isOpen)
    #expect(line.requests.events.isEmpty)
  }

  @Test("a head without end, a long one, and one of many lines")
  func heads() throws {
    let long = try Line()
    try long.send("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: Limits.Server.head))\r\n\r\n")
    #expect(try long.received().hasPrefix("HTTP/1.1 431"))
    #expect(!long.isOpen)
    let many = try Line()
    try many.send("GET / HTTP/1.1\r\n" + (0...Limits.Server.headers).map { "X\($0): y\r\n" }.joined() + "\r\n")
    #expect(try many.received().hasPrefix("HTTP/1.1 431"))
    let endless = try Line()
    try? endless.send("GET / HTTP/1.1\r\n")
    var sent = 0
    while endless.isOpen, sent < 10_000 {
      try? endless.send("X\(sent): \(String(repeating: "x", count: 500))\r\n")
      sent += 1
    }
    #expect(!endless.isOpen && sent * 500 <= Limits.Server.head + 2 * Limits.Server.body + 1_000)
    #expect(long.requests.events.isEmpty && many.requests.events.isEmpty && endless.requests.events.isEmpty)
  }

  @Test("a body that is too long, said so before or found out later")
  func bodies() throws {
    let said = try Line()
    try said.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(Limits.Server.body + 1)\r\n\r\n")
    #expect(try said.received().hasPrefix("HTTP/1.1 413"))
    let chunked = try Line()
    try chunked.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in 0...(Limits.Server.body / 65_536) where chunked.isOpen {
      try? chunked.send("10000\r\n\(String(repeating: "x", count: 65_536))\r\n")
    }
    #expect(try chunked.received().hasPrefix("HTTP/1.1 413"))
    #expect(!chunked.isOpen)
    let most = try Line()
    try most.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(Limits.Server.body)\r\n\r\n")
    try most.send(String(repeating: "x", count: Limits.Server.body))
    #expect(try most.received().hasPrefix("HTTP/1.1 200"))
  }

  @Test("a guest who says nothing, and one who says it drop by drop, are shown out in time")
  func slow() throws {
    let silent = try Line()
    silent.pass(Limits.Server.requestSeconds - 1)
    #expect(silent.isOpen)
    silent.pass(1)
    #expect(!silent.isOpen)
    let drops = try Line()
    for drop in "GET / HTTP/1.1\r\n" {
      try? drops.send(String(drop))
      drops.pass(1)
    }
    #expect(!drops.isOpen)
    let body = try Line()
    try body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
    for _ in 0..<Limits.Server.requestSeconds {
      try? body.send("x")
      body.pass(1)
    }
    #expect(!body.isOpen)
  }

  @Test("a connection may rest between requests, but not for ever")
  func idle() throws {
    let line = try Line()
    try line.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    _ = try line.received()
    line.pass(Limits.Server.idleSeconds - 1)
    #expect(line.isOpen)
    try line.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(try line.received().hasPrefix("HTTP/1.1 200"))
    line.pass(Limits.Server.idleSeconds + 1)
    #expect(!line.isOpen)
  }

  @Test("an answer that does not come is 504")
  func noAnswer() throws {
    let line = try Line(answers: false)
    try line.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    line.pass(Limits.Server.answerSeconds)
    #expect(try line.received().hasPrefix("HTTP/1.1 504"))
  }
}
