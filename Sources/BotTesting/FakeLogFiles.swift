import BotKit
import Synchronization

/// Log files that are in memory only.
package final class FakeLogFiles: BotLogFiles {
  private let files = Mutex<[String: [UInt8]]>([:])

  package init() {}

  /// All files with what is in them.
  package var contents: [String: [UInt8]] { files.withLock { $0 } }

  package func names() -> [String] { files.withLock { Array($0.keys) } }
  package func size(of name: String) -> Int { files.withLock { $0[name]?.count ?? 0 } }
  package func append(_ bytes: [UInt8], to name: String) throws(BotLogFileError) {
    files.withLock { $0[name, default: []] += bytes }
  }
  package func remove(_ name: String) { files.withLock { $0[name] = nil } }
}
