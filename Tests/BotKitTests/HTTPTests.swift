import Limits
import Testing

@testable import BotKit

@Suite("uc.http asks the web as the script says, and gives back what came")
struct HTTPTests {
  @Test("a response: status, body, headers in lower case and joined, where it came from")
  func response() throws {
    let web = FakeHTTP(
      .success(
        BotHTTPResponse(
          status: 404,
          headers: [BotHTTPHeader("Content-Type", "text/plain"), BotHTTPHeader("VIA", "a"), BotHTTPHeader("via", "b")],
          body: [0x00, 0xFF, 0x41], url: "https://example.org/there")))
    let bench = try BotBench(
      """
      local r = uc.http.get("http://example.org/")
      print(r.status, r.ok, #r.body, r.body == "\\0\\xFFA", r.url, r, type(r.headers))
      print(r.headers["content-type"], r.headers.via, r.headers.missing)
      print(select(2, pcall(function() return r.boddy end)))
      """
    ) { $0.http = web }
    #expect(
      bench.logged == [
        "404\tfalse\t3\ttrue\thttps://example.org/there\tResponse https://example.org/there\ttable",
        "text/plain\ta, b\tnil", "bots/test.lua:4: a Response has no field 'boddy' (did you mean 'body'?)",
      ])
  }

  @Test("options reach the client, and what is not said has its default")
  func options() throws {
    let web = FakeHTTP(.failure(.connect))
    let bench = try BotBench(
      """
      print(uc.http.get("http://a/b?x=1#end", { query = { q = "ü &", n = 2, b = true } }))
      uc.http.post("http://a/", { body = "\\0x", headers = { ["X-Token"] = "t" }, timeout = 2.5, max = 10, redirects = 0 })
      uc.http.request("http://a/", { method = "DELETE" })
      """
    ) { $0.http = web }
    #expect(bench.logged == ["nil\tconnect"])
    let requests = web.requests
    try #require(requests.count == 3)
    #expect(requests[0].url == "http://a/b?x=1&b=true&n=2&q=%C3%BC%20%26#end")
    #expect(requests[0].method == "GET" && requests[0].body == nil && requests[0].headers.isEmpty)
    #expect(requests[0].timeoutSeconds == 10 && requests[0].maximumBytes == 1_048_576 && requests[0].redirects == 5)
    #expect(requests[1].method == "POST" && requests[1].body == [0, 0x78])
    #expect(requests[1].headers == [BotHTTPHeader("X-Token", "t")])
    #expect(requests[1].timeoutSeconds == 2.5 && requests[1].maximumBytes == 10 && requests[1].redirects == 0)
    #expect(requests[2].method == "DELETE")
    #expect(Set(requests.map(\.id)).count == 3)
  }

  @Test("every failure is its code", arguments: BotHTTPFailure.allCases)
  func failures(_ failure: BotHTTPFailure) throws {
    let bench = try BotBench("print(uc.http.get('http://a/'))") { $0.http = FakeHTTP(.failure(failure)) }
    #expect(bench.logged == ["nil\t\(failure.rawValue)"])
  }

  @Test("without a client it says unavailable; a URL without end is bad_url")
  func unavailable() throws {
    #expect(try BotBench("print(uc.http.get('http://a/'))").logged == ["nil\tunavailable"])
    let web = FakeHTTP(.failure(.failed))
    let bench = try BotBench("print(uc.http.get('http://a/' .. ('x'):rep(10000)))") { $0.http = web }
    #expect(bench.logged == ["nil\tbad_url"])
    #expect(web.requests.isEmpty)
  }

  @Test("it waits no longer than it was told, by the script's own clock, and gives the request up")
  func timeout() throws {
    let web = FakeHTTP(nil)
    let bench = try BotBench("print(uc.http.get('http://a/', { timeout = 3 }))") { $0.http = web }
    bench.advance(2.9)
    #expect(bench.logged.isEmpty)
    bench.advance(0.2)
    #expect(bench.logged == ["nil\ttimeout"])
    #expect(web.cancelled == web.requests.map(\.id))
    #expect(bench.core.requests.isEmpty)
  }

  @Test("a cancelled task and a stopping bot give their requests up")
  func cancelled() throws {
    let web = FakeHTTP(nil)
    let bench = try BotBench(
      """
      local t = uc.spawn(function() uc.http.get("http://a/") print("never") end)
      uc.after(1, function() print(t:cancel()) end)
      uc.spawn(function() uc.http.get("http://b/", { timeout = 100 }) print("never") end)
      """
    ) { $0.http = web }
    bench.advance(2)
    #expect(bench.logged == ["true"])
    #expect(web.cancelled == web.requests.prefix(1).map(\.id))
    bench.stop()
    #expect(web.cancelled == web.requests.map(\.id))
    #expect(bench.core.requests.isEmpty && bench.core.waiting.isEmpty)
  }

  @Test("more requests at one time than a script may have: busy, until one ends")
  func busy() throws {
    let web = FakeHTTP(nil)
    let bench = try BotBench(
      """
      local function get() local _, code = uc.http.get("http://a/", { timeout = 5 }) print(code) end
      for _ = 1, \(Limits.HTTP.requests + 2) do uc.spawn(get) end
      uc.after(6, get)
      """
    ) { $0.http = web }
    #expect(bench.logged == ["busy", "busy"])
    bench.advance(12)
    #expect(bench.logged.filter { $0 == "timeout" }.count == Limits.HTTP.requests + 1)
  }

  @Test("a head of more lines than anybody reads is cut")
  func manyHeaders() throws {
    let headers = (0..<10_000).map { BotHTTPHeader("h\($0)", "v") }
    let web = FakeHTTP(.success(BotHTTPResponse(status: 200, headers: headers, url: "http://a/")))
    let bench = try BotBench(
      """
      local n = 0
      for _ in pairs(uc.http.get("http://a/").headers) do n = n + 1 end
      print(n)
      """
    ) { $0.http = web }
    #expect(bench.logged == ["\(Limits.HTTP.headers)"])
  }

  @Test(
    "misuse",
    arguments: [
      ("uc.http.get()", "uc.http.get: argument 1 (url) must be a string, got nothing"),
      ("uc.http.get('x', 1)", "uc.http.get: argument 2 (options) must be a table, got a number"),
      ("uc.http.get('x', { tiemout = 1 })", "uc.http.get: unknown option 'tiemout' (did you mean 'timeout'?)"),
      ("uc.http.get('x', { method = 'PUT' })", "uc.http.get: unknown option 'method'"),
      (
        "uc.http.post('x', { timeout = 0 })",
        "uc.http.post: option 'timeout' must be a number of seconds up to 300, got 0.0"
      ),
      (
        "uc.http.get('x', { max = 1 << 30 })",
        "uc.http.get: option 'max' must be a whole number from 1 to 8388608, got 1073741824.0"
      ),
      (
        "uc.http.get('x', { redirects = 6 })",
        "uc.http.get: option 'redirects' must be a whole number from 0 to 5, got 6.0"
      ),
      ("uc.http.post('x', { body = {} })", "uc.http.post: option 'body' must be a string, got a table"),
      (
        "uc.http.post('x', { body = ('x'):rep(1048577) })",
        "uc.http.post: option 'body' may have 1048576 bytes, got 1048577"
      ),
      (
        "uc.http.request('x', { method = 'TRACE' })",
        "uc.http.request: option 'method' must be \"GET\" or \"HEAD\" or \"POST\" or \"PUT\" or \"PATCH\" or "
          + "\"DELETE\" or \"OPTIONS\", got \"TRACE\""
      ),
      (
        "uc.http.get('x', { headers = { a = 'b\\r\\nc: d' } })",
        "uc.http.get: the header 'a' has a line end or another control character in it"
      ),
      (
        "uc.http.get('x', { headers = { ['a b'] = 'c' } })", "uc.http.get: 'a b' cannot be the name of a header"
      ),
      (
        "uc.http.get('x', { headers = { Host = 'c' } })",
        "uc.http.get: the header 'Host' is made by uc-bot and cannot be set"
      ),
      (
        "uc.http.get('x', { headers = { a = {} } })",
        "uc.http.get: 'a' of option 'headers' must be a string, got a table"
      ),
      ("uc.http.get('x', { query = 'a=b' })", "uc.http.get: option 'query' must be a table, got a string"),
      (
        "local t = {} for i = 1, 101 do t['n' .. i] = i end uc.http.get('x', { query = t })",
        "uc.http.get: option 'query' may have 100 names, not more"
      ),
      (
        "table.sort({ 2, 1 }, function() uc.http.get('x') end)",
        "uc.http.get: cannot wait here: inside a table.sort comparator, a string.gsub callback, the function of "
          + "Store:update, a metamethod called from C, or a variable that is being closed"
      ),
    ])
  func misuse(source: String, message: String) {
    #expect {
      _ = try BotBench(source) { $0.http = FakeHTTP(.failure(.failed)) }
    } throws: { error in
      guard case .failed(let text, _) = error as? BotError else { return false }
      return text == "bots/test.lua:1: " + message
    }
  }
}
