import Foundation
import GRDB
import Limits
import Logging

/// Finds, makes, checks and opens the file of a store.
struct StoreOpening {
  let path: String
  let bounds: StoreBounds
  let logger: Logger
  /// Seconds since 1970, for the name that a damaged file gets.
  let now: Double

  /// Says that a file is one of ours ("ucbs").
  static let applicationID = 0x7563_6273
  /// What is in it: this table, whose values are those of CLuaShim/plain.c.
  static let version = 1

  private static let schema = """
    CREATE TABLE entries (
      scope BLOB NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, expires REAL, PRIMARY KEY (scope, key)
    ) WITHOUT ROWID;
    CREATE INDEX entries_by_expiry ON entries (expires) WHERE expires IS NOT NULL;
    """

  /// A store without a file.
  static func inMemory(bounds: StoreBounds) throws(StoreError) -> StoreFile {
    do {
      let queue = try DatabaseQueue()
      try queue.inDatabase { try prepare($0, bounds: bounds) }
      return try StoreFile(queue: queue, bounds: bounds)
    } catch {
      throw StoreError(error, path: ":memory:")
    }
  }

  /// Opens the file, or makes it. A damaged one is set aside, and a new one made.
  func open() throws(StoreError) -> StoreFile {
    try StorePath.makeFolder(of: path)
    // Two cases in which SQLite would write over what is there.
    let size = try StorePath.size(path)
    if size == 0, try StorePath.size(path + "-wal") > 0 {
      try setAside(reason: "the file is missing or empty, and its log is not")
    } else if (1..<512).contains(size) {
      try setAside(reason: "\(size) bytes are no database")
    }
    try StorePath.makeFile(path)
    do {
      return try openWhenFree()
    } catch {
      guard case .damaged(_, let reason) = error else { throw error }
      try setAside(reason: reason)
      try StorePath.makeFile(path)
      return try openWhenFree()
    }
  }

  /// Of two processes that make a file at the same time, each may find it locked by the other.
  private func openWhenFree() throws(StoreError) -> StoreFile {
    for _ in 0..<2 {
      do throws(StoreError) {
        return try openNow()
      } catch {
        guard case .locked = error else { throw error }
        usleep(UInt32.random(in: 1_000...20_000))
      }
    }
    return try openNow()
  }

  private func openNow() throws(StoreError) -> StoreFile {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(Double(Limits.Store.busyMilliseconds) / 1_000)
      configuration.prepareDatabase { database in
        // Before the first look at the file: from that on it is ours alone, and no file with the locks is needed.
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      do {
        try queue.inDatabase { try Self.prepare($0, bounds: bounds) }
        return try StoreFile(queue: queue, bounds: bounds)
      } catch {
        try? queue.close()
        throw error
      }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Looks whether the database is one of ours and sound, or makes it so if it is new.
  private static func prepare(_ database: Database, bounds: StoreBounds) throws {
    let id = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    let isNew = id == 0 && version == 0 && tables == 0
    guard isNew || id == applicationID else { throw Foreign(reason: "it is a database, but no store of a bot") }
    guard isNew || version == self.version else {
      throw Foreign(reason: "it was made by another version of uc-bot (\(version); this one knows \(self.version))")
    }
    if !isNew {
      let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
      guard verdict == "ok" else { throw Damaged(reason: verdict) }
    }
    // Enough to survive the end of the process. A power failure may cost what was set last, and no more than that.
    try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024")
    try database.execute(sql: "PRAGMA journal_size_limit = 4194304")
    let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096
    try database.execute(sql: "PRAGMA max_page_count = \(max(1, bounds.bytes / max(1, pageSize)))")
    guard isNew else { return }
    try database.inTransaction(.immediate) {
      try database.execute(sql: schema)
      try database.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(self.version)")
      return .commit
    }
  }

  private func setAside(reason: String) throws(StoreError) {
    let aside = try StorePath.setAside(path, now: now)
    logger.error(
      "the store was damaged: it has been set aside, and the bot begins with a new one",
      metadata: ["file": "\(path)", "aside": "\(aside)", "reason": "\(reason)"])
  }

  fileprivate struct Foreign: Error { let reason: String }
  fileprivate struct Damaged: Error { let reason: String }
}

extension StoreError {
  /// What an error of the database, or of those above, means for a store.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as StoreError: self = error
    case let error as StoreOpening.Foreign: self = .unusable(path: path, reason: error.reason)
    case let error as StoreOpening.Damaged: self = .damaged(path: path, reason: error.reason)
    case let error as DatabaseError:
      let reason = error.message ?? "SQLite says \(error.resultCode.rawValue)"
      switch error.resultCode {
      case .SQLITE_FULL: self = .full
      case .SQLITE_TOOBIG: self = .tooLarge
      case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path)
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path: path, reason: reason)
      default: self = .unusable(path: path, reason: reason)
      }
    default: self = .unusable(path: path, reason: "\(error)")
    }
  }
}
