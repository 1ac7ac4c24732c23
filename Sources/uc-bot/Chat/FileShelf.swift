import Identity
import Limits
import UniversalConnectivity

/// The files that a person knows of: those that others have announced, and the own ones on offer.
struct FileShelf: Sendable {
  /// A file that somebody has announced.
  struct Announced: Hashable, Sendable {
    /// What a person calls it by.
    let number: Int
    let from: PeerID
    let id: String
  }

  /// In the order in which they came, so many at most: the oldest are forgotten.
  private(set) var announced: [Announced] = []
  /// In the order in which they were offered.
  private(set) var offered: [OfferedFile] = []
  private var nextNumber = 1

  /// Takes an announcement. Nil when it is known already.
  mutating func add(_ file: FileAnnouncement) -> Announced? {
    guard !announced.contains(where: { $0.id == file.id && $0.from == file.from }) else { return nil }
    if announced.count >= Limits.Chat.announcedFiles { announced.removeFirst() }
    let entry = Announced(number: nextNumber, from: file.from, id: file.id)
    announced.append(entry)
    nextNumber += 1
    return entry
  }

  /// The announced file with a number.
  func listed(_ number: Int) -> Announced? { announced.first { $0.number == number } }

  mutating func offer(_ file: OfferedFile) { offered.append(file) }

  /// Takes an own file away, by its id or by its name. Nil when there is no such file.
  mutating func withdraw(_ text: String) -> OfferedFile? {
    let index = offered.firstIndex { $0.id == text } ?? offered.lastIndex { Self.name(of: $0.path) == text }
    return index.map { offered.remove(at: $0) }
  }

  /// The last part of a path, fit for a terminal.
  static func name(of path: String) -> String {
    TerminalText.sanitized(String(path.split(separator: "/").last ?? "?"), limit: Limits.Chat.fileName)
  }
}
