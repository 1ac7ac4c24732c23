/// Why a script did not start. The description is one line that says what and where.
public enum BotError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file cannot be read: path, and the system's reason.
  case unreadable(path: String, reason: String)
  case tooLarge(path: String, bytes: Int, limit: Int)
  case notText(path: String)
  /// It does not compile; the message begins with `file:line:`.
  case syntax(String)
  /// Its top level raised an error; the message begins with `file:line:` where Lua knows it.
  case failed(String, traceback: String)
  /// Its top level ran for longer than a handler may; `file:line` where it was.
  case tookTooLong(at: String, milliseconds: Int)
  case outOfMemory(script: String, limit: Int)
  case noThread(script: String)

  /// Where an error came from, one line for each level.
  var traceback: String? {
    if case .failed(_, let traceback) = self { traceback } else { nil }
  }

  /// One line.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read script \(path): \(reason)"
    case .tooLarge(let path, let bytes, let limit):
      "script \(path) has \(bytes) bytes, more than the limit of \(limit)"
    case .notText(let path): "script \(path) is not UTF-8 text"
    case .syntax(let message): message
    case .failed(let message, _): message
    case .tookTooLong(let place, let milliseconds):
      "\(place): stopped: the script's top level ran for more than \(milliseconds) ms (an endless loop?)"
    case .outOfMemory(let script, let limit): "\(script): more than \(limit) bytes of memory needed to start"
    case .noThread(let script): "\(script): the system gives no thread for it"
    }
  }
}
