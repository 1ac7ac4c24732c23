import Logging

/// The log of one script: everything in it carries the script's name, and nothing in it can drive a terminal.
struct ScriptLog: Sendable {
  private var logger: Logger
  /// Told each failure as well, whatever the level of the log.
  private let onFailure: (@Sendable (String) -> Void)?

  init(logger: Logger, script: String, onFailure: (@Sendable (String) -> Void)? = nil) {
    self.logger = logger
    self.onFailure = onFailure
    self.logger[metadataKey: "script"] = "\(LogText.line(script))"
  }

  func isOn(_ level: Logger.Level) -> Bool { logger.logLevel <= level }

  /// One line, with fields.
  func log(_ level: Logger.Level, _ text: String, fields: [(name: String, value: String)] = []) {
    guard isOn(level) else { return }
    var metadata: Logger.Metadata = [:]
    for (name, value) in fields { metadata[LogText.line(name)] = "\(LogText.line(value))" }
    logger.log(level: level, "\(LogText.line(text))", metadata: metadata.isEmpty ? nil : metadata)
  }

  /// An error with the lines of its traceback under it.
  func failure(_ text: String, traceback: String?) {
    guard isOn(.error) || onFailure != nil else { return }
    let lines = traceback.map { "\n" + LogText.lines($0) } ?? ""
    let failure = LogText.line(text) + lines
    logger.error("\(failure)")
    onFailure?(failure)
  }
}
