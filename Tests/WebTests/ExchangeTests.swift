import Limits
import Testing

@testable import Web

@Suite("The course of a request over its redirects")
struct ExchangeTests {
  private func url(_ text: String) throws -> WebURL { try #require(WebURL(text)) }

  private func exchange(
    _ text: String, method: String = "GET", headers: [WebHeader] = [], body: [UInt8]? = nil, redirects: Int = 5,
    maximum: Int = 100, rules: [String] = []
  ) throws -> Course {
    Course(
      WebRequest(
        method: method, url: try url(text), headers: headers, body: body, maximumBytes: maximum, redirects: redirects),
      policy: NetPolicy(rules: rules.compactMap(NetPolicy.Rule.init)))
  }

  /// Answers with a redirect; what follows from it.
  private func redirect(_ exchange: Course, _ status: Int, to location: String) -> WebExchange.Step {
    _ = exchange.receive(head: "HTTP/1.1 \(status) Elsewhere\r\n".utf8)
    _ = exchange.receive(head: "LOCATION:  \(location)\r\n".utf8)
    _ = exchange.receive(head: "\r\n".utf8)
    _ = exchange.receive(body: Array("moved".utf8))
    return exchange.end(.success(status))
  }

  @Test("a response as it came, the last of several heads")
  func plain() throws {
    let exchange = try self.exchange("http://a/")
    #expect(exchange.begin() == .send)
    for line in [
      "HTTP/1.1 103 Hints\r\n", "Link: x\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "A: b\r\n", "no colon\r\n", "\r\n",
    ] {
      #expect(exchange.receive(head: line.utf8))
    }
    #expect(exchange.receive(body: [1, 2]) && exchange.receive(body: [3]))
    let response = WebResponse(status: 200, headers: [WebHeader("A", "b")], body: [1, 2, 3], url: try url("http://a/"))
    #expect(exchange.end(.success(200)) == .end(.success(response)))
  }

  @Test("redirects are followed, and what came with them is forgotten")
  func follows() throws {
    let exchange = try self.exchange("http://a/b")
    #expect(redirect(exchange, 302, to: "c") == .send)
    #expect("\(exchange.request.url)" == "http://a/c")
    _ = exchange.receive(head: "HTTP/1.1 200 OK\r\n".utf8)
    #expect(
      exchange.end(.success(200))
        == .end(.success(WebResponse(status: 200, headers: [], body: [], url: try url("http://a/c")))))
  }

  @Test("so many and no more; with none allowed the redirect itself is the response")
  func count() throws {
    let loop = try self.exchange("http://a/", redirects: 3)
    for _ in 0..<3 { #expect(redirect(loop, 301, to: "/") == .send) }
    #expect(redirect(loop, 301, to: "/") == .end(.failure(.redirects)))
    let none = try self.exchange("http://a/", redirects: 0)
    guard case .end(.success(let response)) = redirect(none, 301, to: "/x") else { throw Unexpected() }
    #expect(response.status == 301 && response.headers == [WebHeader("LOCATION", "/x")])
  }

  private struct Unexpected: Error {}

  @Test(
    "where a redirect may not lead",
    arguments: [
      "http://127.0.0.1/", "http://[::ffff:10.0.0.1]/", "ftp://b/", "file:///etc/passwd", "http://u:p@b/",
      "http://x y/",
      "gopher://b/", "http://169.254.169.254/latest/meta-data/",
    ])
  func forbidden(location: String) throws {
    let exchange = try self.exchange("http://a/")
    #expect(redirect(exchange, 302, to: location) == .end(.failure(.forbidden)))
  }

  @Test("a redirect from https to http is not followed, and one to a host that is not allowed neither")
  func downgrade() throws {
    let secure = try self.exchange("https://a/")
    #expect(redirect(secure, 302, to: "http://a/") == .end(.failure(.forbidden)))
    let listed = try self.exchange("http://a/", rules: ["a"])
    #expect(redirect(listed, 302, to: "http://b/") == .end(.failure(.forbidden)))
    let first = try self.exchange("http://b/", rules: ["a"])
    #expect(first.begin() == .end(.failure(.forbidden)))
  }

  @Test("another server is told no secrets: only what is known to be harmless goes with it")
  func secrets() throws {
    let headers = [
      WebHeader("Authorization", "Bearer x"), WebHeader("COOKIE", "y"), WebHeader("X-My-Key", "z"),
      WebHeader("Accept", "text/html"),
    ]
    for location in ["http://b/", "http://a:81/", "https://a/"] {
      let exchange = try self.exchange("http://a/", headers: headers)
      #expect(redirect(exchange, 307, to: location) == .send)
      #expect(exchange.request.headers == [WebHeader("Accept", "text/html")], "\(location)")
    }
    let same = try self.exchange("http://a/", headers: headers)
    #expect(redirect(same, 307, to: "http://a:80/x") == .send)
    #expect(same.request.headers == headers)
  }

  @Test(
    "what becomes of the method",
    arguments: [
      (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (307, "POST", "POST"), (308, "POST", "POST"),
      (301, "PUT", "PUT"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"), (302, "GET", "GET"),
    ])
  func methods(status: Int, before: String, after: String) throws {
    let exchange = try self.exchange("http://a/", method: before, headers: [WebHeader("Content-Type", "x")], body: [1])
    #expect(redirect(exchange, status, to: "/b") == .send)
    #expect(exchange.request.method == after)
    #expect((exchange.request.body == nil) == (after == "GET" && before != "GET"))
    #expect(exchange.request.headers.isEmpty == (after == "GET" && before != "GET"))
  }

  @Test(
    "a status that only looks like a redirect, and one without a Location, are responses",
    arguments: [300, 304, 305, 306, 302])
  func noRedirect(status: Int) throws {
    let exchange = try self.exchange("http://a/")
    if status != 302 { _ = exchange.receive(head: "Location: /x\r\n".utf8) }
    guard case .end(.success) = exchange.end(.success(status)) else { throw Unexpected() }
  }

  @Test("a body longer than wanted, and a head longer than anybody's, end it")
  func bounds() throws {
    let long = try self.exchange("http://a/", maximum: 10)
    #expect(long.receive(body: [UInt8](repeating: 0, count: 10)))
    #expect(!long.receive(body: [0]))
    #expect(long.end(.failure(.failed("aborted"))) == .end(.failure(.tooLarge)))
    let head = try self.exchange("http://a/")
    let line = Array("X: \(String(repeating: "y", count: 1_000))\r\n".utf8)
    var lines = 0
    while head.receive(head: line), lines < 1_000 { lines += 1 }
    #expect(lines == Limits.HTTP.head / line.count)
    #expect(head.end(.failure(.failed("aborted"))) == .end(.failure(.tooLarge)))
    let many = try self.exchange("http://a/")
    for _ in 0..<1_000 { #expect(many.receive(head: "A: b\r\n".utf8)) }
    guard case .end(.success(let response)) = many.end(.success(200)) else { throw Unexpected() }
    #expect(response.headers.count == Limits.HTTP.headers)
  }
}

/// An exchange that expectations may change.
private final class Course {
  private var exchange: WebExchange

  init(_ request: WebRequest, policy: NetPolicy) { exchange = WebExchange(request, policy: policy) }

  var request: WebRequest { exchange.request }

  func begin() -> WebExchange.Step { exchange.begin() }
  func receive(head: some Sequence<UInt8>) -> Bool { exchange.receive(head: head) }
  func receive(body: [UInt8]) -> Bool { exchange.receive(body: body) }
  func end(_ result: Result<Int, WebFailure>) -> WebExchange.Step { exchange.end(result) }
}
