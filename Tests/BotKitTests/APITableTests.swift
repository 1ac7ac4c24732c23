import Testing

@testable import BotKit

@Suite("The table of the API and what states have agree")
struct APITableTests {
  @Test("every name of the table exists in a fresh state, and every name there is in the table")
  func stateAgrees() throws {
    let bench = try BotBench(
      """
      local function list(t, prefix)
        for name, value in pairs(t) do
          if type(value) == "table" then list(value, prefix .. name .. ".") else print(prefix .. name) end
        end
      end
      list(uc, "uc.")
      """)
    let inState = Set(bench.logged)
    let inTable = Set(API.entries.map(\.name).filter { $0.hasPrefix("uc.") })
    #expect(inState == inTable.subtracting(API.nullable))
    #expect(Set(API.entries.map(\.name)).count == API.entries.count)
  }

  @Test("every member of the table can be read on its object")
  func membersExist() throws {
    let members = API.entries.filter { !$0.name.hasPrefix("uc.") && $0.name != "print" }
    let source = members.map { entry in
      let parts = entry.name.split { $0 == "." || $0 == ":" }
      let wanted = entry.name.contains(":") ? "function" : "field"
      return "read(\(parts[0]), '\(parts[1])', '\(wanted)')"
    }
    let webhooks = BotWebhooks()
    let bench = try BotBench(
      """
      local Request
      uc.webhook("GET /", function(request) Request = request end)
      uc.on("message", function(Message)
        local Peer, Timer, Subscription = Message.from, uc.after(1, print), uc.on("stop", print)
        local Task, LogFile = uc.spawn(function() end), uc.log.file { name = "x" }
        local Store = uc.store
        local Rate = uc.rate { per = 1 }
        local Response, Metric = uc.http.get("http://localhost/"), uc.metric.gauge("x")
        local File = uc.file.offer("x")
        local function read(object, name, wanted)
          assert((type(object[name]) == "function") == (wanted == "function"), name)
        end
        \(source.joined(separator: "\n  "))
        print("all")
      end)
      """
    ) {
      $0.http = FakeHTTP(.success(BotHTTPResponse(status: 200, url: "http://localhost/")))
      $0.webhooks = webhooks
      $0.files = FakeFiles(.success(.file(BotFile(id: "1", from: FakeNetwork.alice, name: "x", size: 1))))
    }
    webhooks.answer(BotWebhookRequest(method: "GET", path: "/")) { _ in }
    bench.pump()
    bench.hear("x")
    #expect(bench.logged == ["all"])
  }

  @Test("names, signatures and kinds belong together")
  func signatures() {
    for entry in API.entries {
      let last = entry.name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? ""
      #expect(entry.signature.contains(last), "\(entry.name)")
      let called = entry.signature.contains("(")
      switch entry.kind {
      case .constant, .field: #expect(!called, "\(entry.name)")
      case .function, .asyncFunction, .method, .asyncMethod: #expect(called, "\(entry.name)")
      }
      #expect(entry.summary.hasSuffix("."))
    }
  }
}
