import UniversalConnectivity

/// One thing that `uc-bot doctor` has looked at.
struct Finding: Hashable {
  enum Verdict: String {
    case ok
    /// It works, and may not always, or not as well as it could.
    case warn
    /// With this the bot does not work.
    case fail
  }

  var verdict: Verdict
  /// What was looked at, in a word or two.
  var subject: String
  /// What was found.
  var text: String
  /// What to do about it.
  var remedy: String?

  static func ok(_ subject: String, _ text: String) -> Finding { Finding(verdict: .ok, subject: subject, text: text) }

  static func warn(_ subject: String, _ text: String, _ remedy: String) -> Finding {
    Finding(verdict: .warn, subject: subject, text: text, remedy: remedy)
  }

  static func fail(_ subject: String, _ text: String, _ remedy: String) -> Finding {
    Finding(verdict: .fail, subject: subject, text: text, remedy: remedy)
  }

  /// `warn  descriptors: … → ulimit -n 4096`
  var line: String {
    let verdict = verdict.rawValue.padded(to: 4)
    return TerminalText.sanitized("\(verdict)  \(subject): \(text)" + (remedy.map { " → \($0)" } ?? ""))
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
