import Limits
import TestSupport
import Testing

@testable import BotKit

@Suite("uc.webhook lets others ask, uc.health tells how a script is")
struct WebhookTests {
  private let webhooks = BotWebhooks()

  private func bench(_ source: String, path: String = "bots/test.lua", start: Bool = true) throws -> BotBench {
    try BotBench(source, path: path, start: start) { $0.webhooks = webhooks }
  }

  /// Asks, and lets the bot do what it does about it.
  private func ask(
    _ bench: BotBench?, _ method: String, _ path: String, query: String = "", headers: [BotHTTPHeader] = [],
    body: String = ""
  ) -> EventRecorder<BotWebhookResponse> {
    let answers = EventRecorder<BotWebhookResponse>()
    webhooks.answer(
      BotWebhookRequest(method: method, path: path, query: query, headers: headers, body: Array(body.utf8))
    ) { answers.record($0) }
    bench?.pump()
    return answers
  }

  @Test("the function gets the request; what it returns is the answer")
  func answers() throws {
    let bench = try bench(
      """
      uc.webhook("POST /deploy", function(req)
        print(req.method, req.path, req.query.a, req.query["b c"], req.headers["x-y"], req.body, req:json().n)
        return 201, { ok = true, n = req:json().n + 1 }
      end)
      uc.webhook("GET /text", function() return "hello" end)
      uc.webhook("GET /nothing", function() end)
      uc.webhook("GET /status", function() return 418 end)
      uc.webhook("GET /slow", function() uc.sleep(3) return 200, "late" end)
      """)
    let deploy = ask(
      bench, "POST", "/deploy", query: "a=1&b+c=%C3%BC%2&a=2", headers: [BotHTTPHeader("X-Y", "z")], body: "{\"n\":1}")
    #expect(bench.logged == ["POST\t/deploy\t1\tü%2\tz\t{\"n\":1}\t1"])
    let json = BotWebhookResponse(
      status: 201, contentType: "application/json", body: Array("{\"n\":2,\"ok\":true}".utf8))
    #expect(deploy.events == [json])
    let text = BotWebhookResponse(status: 200, contentType: "text/plain; charset=utf-8", body: Array("hello".utf8))
    #expect(ask(bench, "GET", "/text").events == [text])
    #expect(ask(bench, "GET", "/nothing").events == [BotWebhookResponse(status: 204)])
    #expect(ask(bench, "GET", "/status").events == [BotWebhookResponse(status: 418)])
    let slow = ask(bench, "GET", "/slow")
    #expect(slow.events.isEmpty)
    bench.advance(3)
    #expect(slow.events.map(\.status) == [200])
    #expect(bench.core.hosted.isEmpty)
    #expect(ask(bench, "GET", "/deploy").events.map(\.status) == [405])
    #expect(ask(bench, "GET", "/elsewhere").events.map(\.status) == [404])
  }

  @Test("mistakes of the function are 500 and in the log, one that takes too long is 504 and ends")
  func failures() throws {
    let bench = try bench(
      """
      uc.webhook("GET /error", function() error("boom") end)
      uc.webhook("GET /status", function() return 99 end)
      uc.webhook("GET /function", function() return print end)
      uc.webhook("GET /json", function() return { print } end)
      uc.webhook("GET /loop", function() while true do end end)
      uc.webhook("GET /wait", function()
        local x <close> = setmetatable({}, { __close = function() print("closed") end })
        uc.sleep(1000) print("never") end)
      """)
    for path in ["/error", "/status", "/function", "/json"] {
      #expect(ask(bench, "GET", path).events.map(\.status) == [500], "\(path)")
    }
    #expect(
      bench.logged[0].hasPrefix("error in the webhook 'GET /error' made at bots/test.lua:1: bots/test.lua:1: boom"))
    #expect(
      bench.logged.suffix(3) == [
        "the webhook 'GET /status' made at bots/test.lua:2: the status must be a whole number from 200 to 599",
        "the webhook 'GET /function' made at bots/test.lua:3: it must return a status, a string or table, or both, got "
          + "a function",
        "the webhook 'GET /json' made at bots/test.lua:4: what it returned: a function cannot be written as JSON (at [1])",
      ])
    let wait = ask(bench, "GET", "/wait")
    bench.advance(Limits.Lua.webhookSeconds - 1)
    #expect(wait.events.isEmpty)
    bench.advance(2)
    #expect(wait.events.map(\.status) == [504])
    bench.advance(2_000)
    #expect(bench.logged.last == "closed" && bench.core.waiting.isEmpty && bench.core.hosted.isEmpty)
  }

  @Test("with a token only who has it gets in")
  func token() throws {
    let bench = try bench("uc.webhook('POST /a', { token = 'open sesame' }, function() return 200 end)")
    func status(_ header: String?) -> [Int] {
      ask(bench, "POST", "/a", headers: header.map { [BotHTTPHeader("Authorization", $0)] } ?? []).events.map(\.status)
    }
    #expect(status("Bearer open sesame") == [200] && status("bearer open sesame") == [200])
    for wrong in [
      nil, "", "Bearer", "Bearer ", "Bearer open sesam", "Bearer open sesame ", "Basic open sesame", "open sesame",
    ] {
      #expect(status(wrong) == [401], "\(wrong ?? "nil")")
    }
  }

  @Test("a route belongs to one script; another version of it takes it over when it begins, and the end gives it back")
  func routes() throws {
    let first = try bench("uc.webhook('GET /a', function() return 'one' end)", path: "bots/one.lua")
    #expect {
      _ = try bench("uc.webhook('GET /a', print)", path: "bots/two.lua")
    } throws: { "\($0)".contains("uc.webhook: 'GET /a' belongs to bots/one.lua") }
    let next = try bench("uc.webhook('GET /a', function() return 'next' end)", path: "bots/one.lua", start: false)
    #expect(ask(first, "GET", "/a").events.map(\.body) == [Array("one".utf8)])
    next.core.start()
    first.core.close()
    #expect(ask(next, "GET", "/a").events.map(\.body) == [Array("next".utf8)])
    next.stop()
    #expect(ask(nil, "GET", "/a").events.map(\.status) == [404])
  }

  @Test("requests under way when the bot ends are told so; and no more than so many are under way")
  func bounds() throws {
    let bench = try bench("uc.webhook('GET /a', function() uc.sleep(5) return 200 end)")
    let answers = (0..<Limits.Server.webhooks + 2).map { _ in ask(bench, "GET", "/a") }
    #expect(answers.suffix(2).flatMap(\.events).map(\.status) == [503, 503])
    bench.advance(5)
    #expect(answers.prefix(Limits.Server.webhooks).allSatisfy { $0.events.map(\.status) == [200] })
    let last = ask(bench, "GET", "/a")
    bench.stop()
    #expect(last.events.map(\.status) == [500])
  }

  @Test("without --http there are no webhooks")
  func unavailable() throws {
    #expect(try BotBench("print(uc.webhook('GET /a', print))").logged == ["nil\tunavailable"])
  }

  @Test(
    "misuse",
    arguments: [
      (
        "uc.webhook('/a', print)",
        "uc.webhook: argument 1 (route) must be a method and a path, as in \"POST /deploy\", got '/a'"
      ),
      (
        "uc.webhook('TRACE /a', print)",
        "uc.webhook: argument 1 (route) must be a method and a path, as in \"POST /deploy\", got 'TRACE /a'"
      ),
      (
        "uc.webhook('GET /a?b', print)",
        "uc.webhook: argument 1 (route) must be a method and a path, as in \"POST /deploy\", got 'GET /a?b'"
      ),
      ("uc.webhook('GET /metrics', print)", "uc.webhook: '/metrics' is answered by uc-bot itself"),
      ("uc.webhook('GET /a')", "uc.webhook: argument 2 (function) must be a function, got nothing"),
      ("uc.webhook('GET /a', { tokn = 'x' }, print)", "uc.webhook: unknown option 'tokn' (did you mean 'token'?)"),
      ("uc.webhook('GET /a', { token = 'short' }, print)", "uc.webhook: option 'token' must have at least 8 bytes"),
      (
        "uc.webhook('GET /a', print) uc.webhook('GET /a', print)",
        "uc.webhook: the script has a webhook 'GET /a' already"
      ),
      ("for i = 1, 33 do uc.webhook('GET /' .. i, print) end", "uc.webhook: a script may have 32 webhooks, not more"),
    ])
  func misuse(source: String, message: String) {
    #expect {
      _ = try bench(source)
    } throws: { error in
      guard case .failed(let text, _) = error as? BotError else { return false }
      return text == "bots/test.lua:1: " + message
    }
  }

  @Test("any allocation of a run that fetches, reads and writes JSON may fail, and the next request is answered")
  func allocationFailures() throws {
    let body = Array("{\"list\":[1,2.5,\"a\\u00fc\",null,{\"deep\":[[]]}]}".utf8)
    let web = FakeHTTP(
      .success(BotHTTPResponse(status: 200, headers: [BotHTTPHeader("A", "b")], body: body, url: "http://a/")))
    let bench = try BotBench(
      """
      local count = uc.metric.counter("count")
      uc.webhook("POST /", function(req)
        count:inc(1, { path = req.path })
        local r = uc.http.post("http://a/", { json = req:json(), headers = { x = "y" } })
        return 200, { r.headers.a, r:json(), uc.sha256(req.body), uc.base64.encode(req.body) }
      end)
      """
    ) {
      $0.webhooks = webhooks
      $0.http = web
    }
    func work() -> [Int] {
      let answers = ask(bench, "POST", "/", query: "a=b", headers: [BotHTTPHeader("C", "d")], body: "{\"n\":[1,{}]}")
      bench.advance(20)
      return answers.events.map(\.status)
    }
    #expect(work() == [200])
    let before = bench.core.lua.allocationCount
    #expect(work() == [200])
    let allocations = bench.core.lua.allocationCount - before
    #expect(allocations > 20)
    for count in [1, UInt64.max] {
      for number in 1...allocations + 5 {
        bench.core.lua.failAllocations(first: number, count: count)
        #expect(work().count == 1, "allocation \(number)")
        bench.core.lua.failAllocations(first: 0, count: 0)
        #expect(work() == [200], "after allocation \(number)")
        #expect(bench.core.waiting.isEmpty && bench.core.hosted.isEmpty && bench.core.requests.isEmpty)
      }
    }
    bench.core.lua.collectGarbage()
    let used = bench.core.lua.memoryUsed
    for _ in 0..<50 { _ = work() }
    bench.core.lua.collectGarbage()
    #expect(bench.core.lua.memoryUsed < used + 16_384)
  }

  // MARK: Health

  private func health(_ bench: BotBench) -> EventRecorder<BotHealth> {
    let answers = EventRecorder<BotHealth>()
    bench.core.askHealth { answers.record($0) }
    bench.pump()
    return answers
  }

  @Test("checks: well, not well and why, broken, too slow")
  func checks() throws {
    let bench = try bench(
      """
      uc.health("well", function() uc.sleep(1) return true end)
      uc.health("ill", function() return nil, "no tea" end)
      uc.health("bad", function() return false end)
      uc.health("broken", function() error("x") end)
      uc.health("slow", function() uc.sleep(100) return true end)
      """)
    let answer = health(bench)
    bench.advance(1)
    #expect(answer.events.isEmpty)
    bench.advance(Limits.Lua.healthTimeout)
    #expect(
      answer.events == [
        BotHealth(checks: [
          .init(name: "bad", problem: "not well"), .init(name: "broken", problem: "the check failed"),
          .init(name: "ill", problem: "no tea"), .init(name: "slow", problem: "no answer in time"), .init(name: "well"),
        ])
      ])
    #expect(bench.core.waiting.isEmpty && bench.core.hosted.isEmpty)
  }

  @Test("however many ask, the checks run once, and not again for a moment")
  func shared() throws {
    let bench = try bench(
      """
      local n = 0
      uc.health("x", function() n = n + 1 print(n) uc.sleep(0.5) return true end)
      """)
    let answers = (0..<10).map { _ in health(bench) }
    bench.advance(0.5)
    #expect(answers.allSatisfy { $0.events.count == 1 && $0.events[0].isWell })
    #expect(health(bench).events.count == 1)
    #expect(bench.logged == ["1"])
    bench.advance(Double(Limits.Lua.healthSeconds) + 0.1)
    _ = health(bench)
    bench.advance(1)
    #expect(bench.logged == ["1", "2"])
  }

  @Test("a script without checks is well; a later check of the same name replaces the first")
  func few() throws {
    #expect(try health(bench("")).events == [BotHealth()])
    let replaced = try bench("uc.health('x', function() return false end) uc.health('x', function() return true end)")
    #expect(health(replaced).events == [BotHealth(checks: [.init(name: "x")])])
  }
}
