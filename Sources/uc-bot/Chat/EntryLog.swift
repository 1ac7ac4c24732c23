import Logging
import UniversalConnectivity

/// A log that is shown among the lines of a chat: a line of its own on standard error would tear a screen.
struct EntryLog: LogHandler {
  let frontEnd: any ChatFrontEnd
  var logLevel = Logger.Level.warning
  var metadata: Logger.Metadata = [:]

  init(frontEnd: any ChatFrontEnd) { self.frontEnd = frontEnd }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let text = TerminalText.sanitized("\(event.level): \(event.message)\(fields)", limit: 400)
    frontEnd.show(ChatEntry(time: ClockTime.now, content: .system(text)))
  }
}
