import Foundation
import Testing

@Suite("The table of features")
struct FeatureTableTests {
  @Test("has 25 rows, and every file, folder and suite of tests that it names is there")
  func files() throws {
    let rows = try Repository.text("docs/features.md").split(separator: "\n")
      .filter { $0.hasPrefix("| ") && $0.dropFirst(2).first?.isNumber == true }
      .map { $0.split(separator: "|").map { String($0) } }
    #expect(rows.count == 25)
    let tests = try FileManager.default.subpathsOfDirectory(atPath: Repository.path("Tests"))
    for row in rows {
      let number = row[0].filter(\.isNumber)
      // A name that does not begin at the top stands in the folder of the one before it.
      var folder = ""
      for name in codes(row[3]) {
        let path = name.hasPrefix("Sources/") ? name : folder + "/" + name
        #expect(FileManager.default.fileExists(atPath: Repository.path(path)), "\(number): \(path)")
        if name.hasPrefix("Sources/") {
          folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        }
      }
      let suites = codes(row[4]).filter { !$0.hasPrefix("make ") }
      #expect(!suites.isEmpty, "\(number) names no test")
      for suite in suites {
        let isThere = tests.contains { $0 == suite || $0 == suite + ".swift" || $0.hasSuffix("/" + suite + ".swift") }
        #expect(isThere, "\(number): no tests \(suite)")
      }
    }
  }

  @Test("has the 28 requirements of the seed, in their order, and every suite of tests that it names for them is there")
  func requirements() throws {
    let rows = try Repository.text("docs/features.md").split(separator: "\n").filter { $0.hasPrefix("| S") }
      .map { $0.split(separator: "|").map { String($0) } }
    #expect(rows.map { $0[0].filter { !$0.isWhitespace } } == (1...28).map { "S\($0)" })
    let tests = try FileManager.default.subpathsOfDirectory(atPath: Repository.path("Tests"))
    for row in rows {
      let suites = codes(row[row.count - 1]).filter { $0.hasSuffix("Tests") || $0.hasPrefix("suite_") }
      for suite in suites {
        let ending = "/\(suite)." + (suite.hasPrefix("suite_") ? "py" : "swift")
        #expect(tests.contains { $0.hasSuffix(ending) }, "\(row[0]): no tests \(suite)")
      }
    }
  }

  @Test("names no suite of tests that is not there, in any of its tables")
  func suites() throws {
    let tests = try FileManager.default.subpathsOfDirectory(atPath: Repository.path("Tests"))
    for line in try Repository.text("docs/features.md").split(separator: "\n") where line.hasPrefix("| ") {
      for name in codes(String(line)) where name.wholeMatch(of: /([\w-]+\/)*\w+Tests|suite_\w+/) != nil {
        let ending = name.hasPrefix("suite_") ? ".py" : ".swift"
        let isThere = tests.contains { $0 == name || $0 == name + ending || $0.hasSuffix("/" + name + ending) }
        #expect(isThere, "no tests \(name)")
      }
    }
  }

  /// What stands between backticks.
  private func codes(_ text: String) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
  }
}
