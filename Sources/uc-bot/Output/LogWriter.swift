import Logging
import Swarm

/// Where loggers write: a ``LogLine`` each, in the form that the user wants.
struct LogWriter: LogHandler {
  /// The field that names the script, by which BotKit marks all that a bot says.
  private static let scriptField = "script"

  let source: LogLine.Source
  let format: LogFormat
  let writer: LineWriter
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(source: LogLine.Source, format: LogFormat, level: Logger.Level, writer: LineWriter) {
    self.source = source
    self.format = format
    self.writer = writer
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let line = line(of: event)
    let now = WallClock.nanoseconds()
    writer.write(format == .json ? line.json(nanoseconds: now) : line.text(nanoseconds: now), level: line.level)
  }

  private func line(of event: LogEvent) -> LogLine {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    var source = source
    if case .script = source, let name = fields.removeValue(forKey: Self.scriptField) { source = .script("\(name)") }
    if let own = event.metadata { fields.merge(own) { $1 } }
    return LogLine(
      level: event.level, source: source,
      message: event.error.map { "\(event.message): \($0)" } ?? "\(event.message)",
      fields: fields.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") })
  }
}
