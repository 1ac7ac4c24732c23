import Testing

@testable import BotKit

@Suite("What people read is made of the table of the API")
struct ReferencePageTests {
  @Test("docs/api.md is what the table makes of it")
  func page() throws {
    try Repository.expect(ReferencePage.text, in: "docs/api.md")
  }

  @Test("every link of the page leads to a heading of it")
  func links() {
    let page = ReferencePage.text
    let anchors = Set(
      page.split(separator: "\n").filter { $0.hasPrefix("## ") || $0.hasPrefix("### ") }
        .map { ReferencePage.anchor(String($0.drop { $0 == "#" }.dropFirst())) })
    let links = page.matches(of: /\]\(#([^)]*)\)/).map { String($0.output.1) }
    #expect(links.count > API.entries.count)
    for link in links { #expect(anchors.contains(link), "no heading for #\(link)") }
  }

  @Test("whoever takes options or gives a code says which")
  func complete() {
    for entry in API.entries where entry.signature.contains("[options]") || entry.signature.contains(", code") {
      #expect(!entry.details.isEmpty, "\(entry.name) has no details")
    }
  }

  @Test("tables of the page have as many cells in each row as in their head")
  func tables() {
    var cells = 0
    for line in ReferencePage.text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        cells = 0
        continue
      }
      let count = line.split(separator: "|", omittingEmptySubsequences: false).count
      if cells == 0 { cells = count }
      #expect(count == cells, "\(line)")
    }
  }
}
