import BotKit
import Limits
import LuaVM

/// The web around a bot in a test: what it asks, what it is asked, and what it measures.
enum TestWebFunctions {
  static let members: [TestAPI.Member] = [
    TestFunctions.method(
      "http", "t:http(request, answer)", "Says what a request of `uc.http` is answered with.",
      "fun(request: string, answer: { status?: integer, body?: string, headers?: table<string, string>, "
        + "delay?: number, error?: string })",
      details: """
        `t:http("GET https://example.org/", { status = 200, body = "hello", headers = { etag = "x" }, delay = 2 })`; \
        `error = "timeout"` and the other codes of `uc.http` for a request that fails. Several answers to the same \
        request are given one after the other, the last one again and again. A request without an answer makes the \
        test fail.
        """, http),
    .init(
      "Test:requests", .method, "t:requests() -> table[]", "The requests of `uc.http` since this was last asked.",
      type: "fun(): { method: string, url: string, headers: table<string, string>, body?: string }[]",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:requests")
        let requests = try file.currentWorld(for: "t:requests").web.takeRequests()
        call.results.table { list in
          for request in requests.prefix(Limits.Testing.shown) {
            list.item { item in
              item.table { table in
                table.field("method") { $0.string(request.method) }
                table.field("url") { $0.string(request.url) }
                table.field("headers") { headers in
                  headers.table { for header in request.headers { $0.field(header.name) { $0.string(header.value) } } }
                }
                if let body = request.body { table.field("body") { $0.bytes(body) } }
              }
            }
          }
        }
        return .values
      }),
    .init(
      "Test:webhook", .method, "t:webhook(request, [body], [options]) -> answer | nil",
      "Asks the bot from outside, as `uc.webhook` is asked.",
      type: "fun(request: string, body?: string, options?: { headers?: table<string, string>, query?: string }): "
        + "{ status: integer, body: string, type?: string }?",
      details: """
        `t:webhook("POST /deploy", "{}", { headers = { Authorization = "Bearer …" }, query = "a=1" })`. The answer has \
        `status`, `body` and `type`; it is nil while the bot takes its time.
        """, .function(webhook)),
    .init(
      "Test:metric", .method, "t:metric(name, [labels]) -> number | nil", "A number that the bot measures.",
      type: "fun(name: string, labels?: table<string, string>): number?",
      details: "With exactly these labels; nil when there is none. Of a histogram it is the count of its first range.",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:metric")
        let world = try file.currentWorld(for: "t:metric")
        let name = try call.requireString(2, "name", of: "t:metric")
        let number = world.metric(name, labels: call.texts(3))
        if let number { call.results.number(number) } else { call.results.null() }
        return .values
      }),
  ]

  private static func webhook(_ file: TestFile, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.test, of: "t:webhook")
    let world = try file.currentWorld(for: "t:webhook")
    let text = try call.requireString(2, "request", of: "t:webhook")
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 2, parts[1].hasPrefix("/") else {
      throw Misuse("t:webhook: argument 1 (request) must be as \"POST /path\", got \(TestWorld.quoted(text))")
    }
    var request = BotWebhookRequest(method: parts[0], path: parts[1], body: call.bytes(3).map(Array.init) ?? [])
    try call.readOptions(4, of: "t:webhook", names: ["headers", "query"], example: "{ query = \"a=1\" }") {
      option, value throws(Misuse) in
      switch option {
      case "headers": request.headers = call.texts(value).map { BotHTTPHeader($0.key, $0.value) }
      case "query": request.query = try call.stringOption(option, value, of: "t:webhook")
      default: return false
      }
      return true
    }
    let failed = world.failures.count
    let answer = world.request(request)
    if world.failures.count > failed, let failure = world.failures.last { return .raise(failure.message) }
    guard let answer else {
      call.results.null()
      return .values
    }
    call.results.table { table in
      table.field("status") { $0.integer(Int64(clamping: answer.status)) }
      table.field("body") { $0.bytes(answer.body) }
      if let type = answer.contentType { table.field("type") { $0.string(type) } }
    }
    return .values
  }

  @Sendable
  private static func http(_ world: TestWorld, _ call: LuaCall) throws(Misuse) {
    let request = try call.requireString(2, "request", of: "t:http")
    guard request.split(separator: " ").count == 2, request.first?.isUppercase == true else {
      throw Misuse("t:http: argument 1 (request) must be as \"GET https://…\", got \(TestWorld.quoted(request))")
    }
    guard call.type(3) == .table else {
      throw Misuse("t:http: argument 2 (answer) must be a table, got \(call.type(3).name)")
    }
    let url = request.split(separator: " ").last.map(String.init) ?? ""
    var response = BotHTTPResponse(status: 200, url: url)
    var failure: BotHTTPFailure?
    var delay = 0.0
    let names = ["status", "body", "headers", "delay", "error"]
    try call.readOptions(3, of: "t:http", names: names, example: "{ status = 200 }") { name, value throws(Misuse) in
      switch name {
      case "status":
        guard let status = call.integer(value) else {
          throw call.wrongOption(name, value, of: "t:http", wanted: "an integer")
        }
        response.status = Int(clamping: status)
      case "body":
        guard let body = call.bytes(value) else {
          throw call.wrongOption(name, value, of: "t:http", wanted: "a string")
        }
        response.body = Array(body)
      case "headers":
        guard call.type(value) == .table else { throw call.wrongOption(name, value, of: "t:http", wanted: "a table") }
        call.forEachField(value) { name, value in
          if let name = call.string(name), let value = call.string(value) {
            response.headers.append(BotHTTPHeader(name, value))
          }
          return true
        }
      case "delay": delay = try call.secondsOption(name, value, of: "t:http")
      case "error":
        failure = try call.choiceOption(name, value, of: "t:http", as: BotHTTPFailure.self)
      default: return false
      }
      return true
    }
    world.web.answer(
      request, with: FakeWeb.Answer(result: failure.map { .failure($0) } ?? .success(response), delay: delay))
  }
}

extension LuaCall {
  /// The fields of a table that are texts, by their names.
  fileprivate func texts(_ index: Int) -> [String: String] {
    var texts: [String: String] = [:]
    forEachField(index) { key, value in
      if let name = string(key), let text = string(value) { texts[name] = text }
      return true
    }
    return texts
  }
}
