import Testing

@testable import BotKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("The table of the API, what states have, and the reference page agree")
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
    #expect(inState == inTable)
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
    let bench = try BotBench(
      """
      uc.on("message", function(Message)
        local Peer, Timer, Subscription = Message.from, uc.after(1, print), uc.on("stop", print)
        local Task = uc.spawn(function() end)
        local Response = uc.http.get("http://localhost/")
        local function read(object, name, wanted)
          assert((type(object[name]) == "function") == (wanted == "function"), name)
        end
        \(source.joined(separator: "\n  "))
        print("all")
      end)
      """
    ) { $0.http = FakeHTTP(.success(BotHTTPResponse(status: 200, url: "http://localhost/"))) }
    bench.hear("x")
    #expect(bench.logged == ["all"])
  }

  @Test("every name is on the reference page, with its signature and summary, and every heading is in the table")
  func pageAgrees() throws {
    let page = try Repository.text("docs/api.md")
    for entry in API.entries {
      #expect(page.contains("### `\(entry.signature)`"), "\(entry.name): no heading `\(entry.signature)`")
      #expect(page.contains(entry.summary), "\(entry.name): no summary")
    }
    let headings = page.split(separator: "\n").filter { $0.hasPrefix("### `") }
    #expect(headings.count == API.entries.count)
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

/// Files of the repository, found from this one.
enum Repository {
  static func path(_ relative: String, file: String = #filePath) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + relative
  }

  static func text(_ relative: String) throws -> String {
    guard let file = fopen(path(relative), "r") else { throw Missing(path: path(relative)) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
  }

  struct Missing: Error { var path: String }
}
