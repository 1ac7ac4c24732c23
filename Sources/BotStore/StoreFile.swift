import Foundation
import GRDB
import Limits

/// An open store: one connection, used by one thread at a time.
final class StoreFile {
  private let path: String
  private let queue: DatabaseQueue

  /// Opens or makes the file; without a path it is in memory.
  init(path: String?) throws(StoreError) {
    self.path = path ?? ":memory:"
    var configuration = Configuration()
    configuration.busyMode = .timeout(0.1)
    do {
      queue =
        try path.map { try DatabaseQueue(path: $0, configuration: configuration) }
        ?? DatabaseQueue(configuration: configuration)
      try queue.inDatabase { try $0.execute(sql: Self.schema) }
    } catch {
      throw Self.error(error, path ?? ":memory:")
    }
  }

  private static let schema = """
    CREATE TABLE IF NOT EXISTS entries (
      scope BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, expires REAL, PRIMARY KEY (scope, key)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires) WHERE expires IS NOT NULL;
    """

  func close() { try? queue.close() }

  func flush() throws(StoreError) { try run { _ = try $0.checkpoint(.full) } }

  func entry(_ key: StoreKey, now: Double) throws(StoreError) -> StoreEntry? {
    try run { database in
      let statement = try database.cachedStatement(
        sql: "SELECT value, expires FROM entries WHERE scope = ? AND key = ?")
      let row = try Row.fetchOne(statement, arguments: [Data(key.scope.bytes), Data(key.name)])
      guard let row else { return nil }
      let expires: Double? = row[1]
      if let expires, expires <= now { return nil }
      return StoreEntry(value: [UInt8](row[0] as Data), expires: expires)
    }
  }

  func set(_ key: StoreKey, _ entry: StoreEntry, now: Double) throws(StoreError) {
    try run { database in
      let statement = try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO entries (scope, key, value, expires) VALUES (?, ?, ?, ?)")
      try statement.execute(
        arguments: [Data(key.scope.bytes), Data(key.name), Data(entry.value), entry.expires])
    }
  }

  func delete(_ key: StoreKey) throws(StoreError) {
    try run { database in
      let statement = try database.cachedStatement(sql: "DELETE FROM entries WHERE scope = ? AND key = ?")
      try statement.execute(arguments: [Data(key.scope.bytes), Data(key.name)])
    }
  }

  func keys(in scope: StoreScope, prefix: [UInt8], limit: Int, now: Double) throws(StoreError) -> [[UInt8]] {
    try run { database in
      let statement = try database.cachedStatement(
        sql: """
          SELECT key FROM entries
          WHERE scope = ? AND key >= ? AND substr(key, 1, ?) = ? AND (expires IS NULL OR expires > ?)
          ORDER BY key LIMIT ?
          """)
      return try Data.fetchAll(
        statement,
        arguments: [Data(scope.bytes), Data(prefix), prefix.count, Data(prefix), now, max(0, limit)]
      ).map { [UInt8]($0) }
    }
  }

  private func run<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    do {
      return try queue.inDatabase(body)
    } catch {
      throw Self.error(error, path)
    }
  }

  private static func error(_ error: any Error, _ path: String) -> StoreError {
    guard let error = error as? DatabaseError else { return .unusable(path: path, reason: "\(error)") }
    switch error.resultCode {
    case .SQLITE_FULL: return .full
    case .SQLITE_TOOBIG: return .tooLarge
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .locked(path: path)
    default: return .unusable(path: path, reason: error.message ?? "error \(error.resultCode.rawValue)")
    }
  }
}
