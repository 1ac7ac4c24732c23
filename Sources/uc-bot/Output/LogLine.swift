import Logging
import UniversalConnectivity

/// One entry of a log, of a part of the program or of a bot, as text or as JSON.
struct LogLine: Sendable {
  /// Who speaks.
  enum Source: Hashable, Sendable {
    /// A part of the program, for whoever looks for a fault: with a time.
    case part(String)
    /// A script, for its user: `print("hi")` of `echo.lua` reads `echo: hi`.
    case script(String)
  }

  var level: Logger.Level
  var source: Source
  var message: String
  /// In the order in which they are written.
  var fields: [(name: String, value: String)]

  /// For a terminal: what peers have written into it is made visible. A message of several lines, a traceback, keeps
  /// them; those below the first are indented, so that no text can forge the beginning of another entry.
  func text(nanoseconds: Int64) -> String {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
      .map { TerminalText.sanitized(Self.withoutTabs($0)) }
    let pairs = fields.map { " \(TerminalText.sanitized($0.name))=\(TerminalText.sanitized($0.value))" }.joined()
    return start(nanoseconds: nanoseconds) + (lines.first ?? "") + pairs
      + lines.dropFirst().map { "\n  " + $0 }.joined()
  }

  /// One object.
  func json(nanoseconds: Int64) -> String {
    var object = JSONObject()
    object.add("time", Timestamp.rfc3339(nanoseconds: nanoseconds))
    object.add("level", level.rawValue)
    switch source {
    case .part(let name):
      object.add("event", "log")
      object.add("source", name)
    case .script(let name):
      object.add("event", "script")
      object.add("script", name)
    }
    object.add("message", message)
    // An object of their own: a script chooses the names, which must not clash with ours.
    if !fields.isEmpty {
      var nested = JSONObject()
      for (name, value) in fields { nested.add(name, value) }
      object.add("fields", nested)
    }
    return object.line
  }

  private func start(nanoseconds: Int64) -> String {
    switch source {
    case .part(let name): "\(Timestamp.rfc3339(nanoseconds: nanoseconds)) \(level.rawValue) \(name): "
    case .script(let name) where level == .info || level == .notice: "\(TerminalText.sanitized(name)): "
    case .script(let name): "\(TerminalText.sanitized(name)) \(level.rawValue): "
    }
  }

  /// Lua indents its tracebacks with tabs, which would be shown as pictures.
  private static func withoutTabs(_ line: Substring) -> String {
    let text = line.drop { $0 == "\t" }
    return String(repeating: "  ", count: line.count - text.count) + text
  }
}
