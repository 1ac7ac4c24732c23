import BotKit
import Logging
import Synchronization

/// What several threads may add to and one reads.
final class Recorder<Item: Sendable>: Sendable {
  private let items = Mutex<[Item]>([])
  private let limit: Int

  /// - Parameter limit: of items; those that come when it is full are left out.
  init(limit: Int) { self.limit = limit }

  var all: [Item] { items.withLock { $0 } }

  func add(_ item: Item) {
    items.withLock { items in
      if items.count < limit { items.append(item) }
    }
  }
}

/// The log of the bots of one test.
struct FakeLog: LogHandler {
  let lines: Recorder<String>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  init(lines: Recorder<String>) { self.lines = lines }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// `info chat from=… text=…`, the fields in the order of the alphabet.
  func log(event: LogEvent) {
    let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
    lines.add("\(event.level == .warning ? "warn" : event.level.rawValue) \(event.message)\(fields.joined())")
  }
}
