import BotKit

/// How one test ended.
package struct TestResult: Sendable {
  /// The file's name without `_test.lua`.
  package var file: String
  package var name: String
  /// Real time.
  package var milliseconds: Double
  /// Why it failed; empty: it passed.
  package var failures: [TestWorld.Failure]
  /// What the bots said and logged: lines that can be printed as they are.
  package var evidence: [String] = []

  package var isPassed: Bool { failures.isEmpty }

  /// What is printed of it.
  package func lines(number: Int) -> [String] {
    let time = milliseconds < 10 ? "\((milliseconds * 10).rounded() / 10)" : "\(Int(milliseconds.rounded()))"
    let title = "\(isPassed ? "ok" : "not ok") \(number) \(LogText.line("\(file): \(name)")) (\(time) ms)"
    let reasons = failures.flatMap { $0.text.split(separator: "\n").map { "    \($0)" } }
    return [title] + reasons + evidence.map { "    \($0)" }
  }
}

/// How all tests ended.
package struct TestSummary: Sendable {
  package private(set) var passed = 0
  package private(set) var failed: [String] = []
  package private(set) var milliseconds = 0.0

  package init() {}

  package var count: Int { passed + failed.count }

  package mutating func add(_ result: TestResult) {
    if result.isPassed { passed += 1 } else { failed.append("\(result.file): \(result.name)") }
    milliseconds += result.milliseconds
  }

  /// What is printed at the end.
  package var lines: [String] {
    let time = "\(Int(milliseconds.rounded(.up))) ms"
    if failed.isEmpty { return ["\(count) tests passed (\(time))"] }
    return ["\(failed.count) of \(count) tests failed (\(time)):"] + failed.map { "    \(LogText.line($0))" }
  }
}
