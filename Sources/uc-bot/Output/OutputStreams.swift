import Logging
import UniversalConnectivity

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Standard output and standard error, and what goes where.
///
/// Without a console, standard output has the lines of the peer and of the bots, and standard error the log of the
/// program's parts. With one, standard output has the conversation and nothing else; with `--workshop` the lines of its
/// lessons and nothing else.
struct OutputStreams: Sendable {
  let standardOutput: LineWriter
  let standardError: LineWriter
  /// For the lines of the peer.
  let reporter: Reporter
  private let options: RunOptions

  init(options: RunOptions) {
    self.options = options
    standardOutput = LineWriter(descriptor: STDOUT_FILENO, journalStream: options.journalStream)
    standardError = LineWriter(descriptor: STDERR_FILENO, journalStream: options.journalStream)
    if options.isWorkshop {
      // All of them, as a checker of the lessons knows nothing of levels.
      reporter = Reporter(
        form: .workshop(WorkshopLines(fileTopic: ChatNodeConfiguration.fileTopic(of: options.peer.room))),
        level: .trace, writer: standardOutput, keepsHidden: false)
    } else {
      reporter = Reporter(
        form: Reporter.Form(options.logFormat), level: options.logLevel ?? (options.isConsole ? .warning : .info),
        writer: options.isConsole ? standardError : standardOutput,
        keepsHidden: options.isConsole)
    }
  }

  /// The console has stepped aside: the bot prints like any other from now on.
  func becomeOrdinary() {
    reporter.change(level: options.logLevel ?? .info, writer: standardOutput)
  }

  /// A logger of a part of the program. What the peer reports as events is not logged once more: the level is higher
  /// than that of the lines unless the user sets one.
  func logger(_ label: String) -> Logger {
    let handler = LogWriter(
      source: .part(label), format: options.logFormat,
      level: options.logLevel ?? (options.isConsole ? .warning : .notice), writer: standardError)
    return Logger(label: label) { _ in handler }
  }

  /// The logger that the bots write through: `print` and `uc.log`.
  func botLogger() -> Logger {
    let handler = LogWriter(
      source: .script("bot"), format: options.logFormat, level: options.logLevel ?? .info,
      writer: options.isConsole || options.isWorkshop ? standardError : standardOutput)
    return Logger(label: "bot") { _ in handler }
  }

  /// Waits until what was printed is out, a little while at most.
  func flush() {
    standardOutput.flush(milliseconds: 50)
    standardError.flush(milliseconds: 50)
  }
}
