import BotKit
import Testing

@testable import BotTesting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("docs/testing.md")
struct TestingPageTests {
  /// What stands behind the heading of the last part.
  static var reference: String {
    TestAPI.entries.map { entry in
      "### `\(entry.signature)`\n\n\(entry.summary)" + (entry.details.isEmpty ? "" : " " + entry.details)
    }.joined(separator: "\n\n") + "\n"
  }

  @Test("is what the table of the kit makes of it")
  func page() throws {
    let page = try Repository.text("docs/testing.md")
    let mark = "`make docs` writes it -->\n"
    let start = try #require(page.range(of: mark)?.upperBound)
    let wanted = page[..<start] + "\n" + Self.reference
    if getenv("UC_BOT_WRITE_DOCS") != nil {
      let file = try #require(fopen(Repository.path("docs/testing.md"), "w"))
      defer { fclose(file) }
      fputs(String(wanted), file)
    } else {
      #expect(page == wanted, "`make docs` writes it")
    }
  }

  @Test("names, signatures and kinds belong together, and every entry has a type")
  func signatures() {
    for entry in TestAPI.entries {
      let last = entry.name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? ""
      #expect(entry.signature.contains(last), "\(entry.name)")
      #expect(entry.summary.hasSuffix("."), "\(entry.name)")
      #expect(!entry.type.isEmpty, "\(entry.name)")
      #expect(entry.signature.contains("(") == (entry.kind != .field), "\(entry.name)")
    }
    #expect(Set(TestAPI.entries.map(\.name)).count == TestAPI.entries.count)
  }
}
