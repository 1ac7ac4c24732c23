import BotKit
import Limits

extension TestWorld {
  /// The test has ended: what is left of it that makes it a failure.
  func finish() {
    if isOver, failures.isEmpty { fail("stopped: the test ran for too long") }
    for error in errors.all.dropFirst(errorsRead) { fail("an error in the bot: \(error)") }
    if failures.isEmpty, expectations == 0 {
      fail("no expectation: the test cannot fail; use t:expect, t:expect_match, t:expect_none, t:expect_equal, …")
    }
  }

  /// What the bots said and logged, for whoever reads about a failure.
  var evidence: [String] {
    var lines: [String] = []
    let all = said
    let looked = failures.first?.looked ?? saidRead
    if all.isEmpty {
      lines.append(hasBots ? "the bot said nothing" : "no bot was loaded")
    } else {
      lines.append("the bot said (> is what the test had not looked at):")
      let first = max(0, all.count - Limits.Testing.shown)
      if first > 0 { lines.append("    … \(first) before") }
      for (index, text) in all.enumerated().dropFirst(first) {
        let room = text.room == BotConfiguration.defaultRoom ? "" : " in \(LogText.line(text.room))"
        lines.append("  \(index >= looked ? ">" : " ") \(Self.quoted(text.text))\(room), at \(text.seconds) s")
      }
    }
    let log = log.all
    if !log.isEmpty {
      lines.append("its log:")
      if log.count > Limits.Testing.shown { lines.append("    … \(log.count - Limits.Testing.shown) before") }
      for line in log.suffix(Limits.Testing.shown) {
        lines += line.split(separator: "\n").map { "    \(LogText.line(String($0)))" }
      }
    }
    return lines
  }

  /// A text in quotes, with nothing in it that a terminal would obey.
  static func quoted(_ text: String) -> String {
    "\"" + LogText.line(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")) + "\""
  }
}
