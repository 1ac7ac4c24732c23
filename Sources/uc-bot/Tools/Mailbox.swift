import Logging
import Synchronization

/// What bots of a ``LocalChat`` say and log, until it is printed.
final class Mailbox: Sendable {
  enum Item: Sendable {
    case said(String)
    case logged(String)
  }

  private let items = Mutex<[Item]>([])

  func add(_ item: Item) { items.withLock { $0.append(item) } }

  /// Everything, which is then gone.
  func take() -> [Item] {
    items.withLock { items in
      defer { items = [] }
      return items
    }
  }
}

/// The log of those bots.
struct MailboxLog: LogHandler {
  let mailbox: Mailbox
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  init(mailbox: Mailbox) { self.mailbox = mailbox }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// `warning: chat from=…`, the fields in the order of the alphabet.
  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
    mailbox.add(.logged("\(event.level.rawValue): \(event.message)\(fields.joined())"))
  }
}
