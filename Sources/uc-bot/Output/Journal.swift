import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The journal of systemd, where standard output or standard error lead there: a number in angle brackets before a line
/// tells it how important the line is (`sd-daemon(3)`), so that `journalctl -p warning` finds it.
enum Journal {
  /// The variable by which systemd says which stream leads to the journal: its device and its inode.
  static let variable = "JOURNAL_STREAM"

  /// Whether what is written to the descriptor reaches the journal. The variable alone does not say so: it is inherited
  /// by programs whose output goes elsewhere.
  static func isBehind(_ descriptor: Int32, stream: String?) -> Bool {
    var status = stat()
    guard let stream, fstat(descriptor, &status) == 0 else { return false }
    return stream == "\(status.st_dev):\(status.st_ino)"
  }

  /// The text with its level before each of its lines, as the journal takes each for an entry of its own.
  static func marked(_ text: String, level: Logger.Level) -> String {
    let mark = "<\(level.priority)>"
    return mark + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + mark)
  }
}

extension Logger.Level {
  /// The number that `syslog(3)` has for it.
  fileprivate var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
