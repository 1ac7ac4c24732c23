import Foundation
import GRDB
import Limits

/// An open store: one connection, used by one thread at a time.
final class StoreFile {
  private let queue: DatabaseQueue
  private let bounds: StoreBounds
  /// Keys in the file, the expired included. Nobody else writes to it, so it is counted once.
  private var count: Int
  /// No entry expires before this.
  private var nextExpiry: Double

  /// Takes over an open database that is one of ours.
  init(queue: DatabaseQueue, bounds: StoreBounds) throws {
    self.queue = queue
    self.bounds = bounds
    (count, nextExpiry) = try queue.inDatabase { database in
      (
        try Int.fetchOne(database, sql: "SELECT count(*) FROM entries") ?? 0,
        try Self.nextExpiry(database)
      )
    }
  }

  func close() { try? queue.close() }

  func flush() throws { try queue.inDatabase { _ = try $0.checkpoint(.full) } }

  func entry(_ key: StoreKey, now: Double) throws -> StoreEntry? {
    try queue.inDatabase { database in
      let statement = try database.cachedStatement(
        sql: "SELECT value, expires FROM entries WHERE scope = ? AND key = ?")
      let row = try Row.fetchOne(statement, arguments: [Data(key.scope.bytes), Data(key.name)])
      guard let row else { return nil }
      // Who writes into the file by other means may have put anything there.
      let expires = try row.decode(Double?.self, atIndex: 1)
      if let expires, expires <= now { return nil }
      return StoreEntry(value: [UInt8](try row.decode(Data.self, atIndex: 0)), expires: expires)
    }
  }

  func set(_ key: StoreKey, _ entry: StoreEntry, now: Double) throws {
    guard key.name.count <= Limits.Store.key, key.scope.bytes.count <= Limits.Store.key,
      entry.value.count <= Limits.Store.value
    else { throw StoreError.tooLarge }
    try queue.inDatabase { database in
      if nextExpiry <= now { try purge(database, now: now) }
      let update = try database.cachedStatement(
        sql: "UPDATE entries SET value = ?, expires = ? WHERE scope = ? AND key = ?")
      try update.execute(
        arguments: [Data(entry.value), entry.expires, Data(key.scope.bytes), Data(key.name)])
      if database.changesCount == 0 {
        guard count < bounds.keys else { throw StoreError.full }
        let insert = try database.cachedStatement(
          sql: "INSERT INTO entries (scope, key, value, expires) VALUES (?, ?, ?, ?)")
        try insert.execute(
          arguments: [Data(key.scope.bytes), Data(key.name), Data(entry.value), entry.expires])
        count += 1
      }
    }
    if let expires = entry.expires { nextExpiry = min(nextExpiry, expires) }
  }

  func delete(_ key: StoreKey) throws {
    try queue.inDatabase { database in
      let statement = try database.cachedStatement(sql: "DELETE FROM entries WHERE scope = ? AND key = ?")
      try statement.execute(arguments: [Data(key.scope.bytes), Data(key.name)])
      count -= database.changesCount
    }
  }

  func keys(
    in scope: StoreScope, prefix: [UInt8], after: [UInt8]?, limit: Int, now: Double
  ) throws -> [[UInt8]] {
    try queue.inDatabase { database in
      // What begins with the prefix lies in one piece, so that nothing else is read.
      let start = after.map { prefix.lexicographicallyPrecedes($0) ? $0 : prefix } ?? prefix
      let statement = try database.cachedStatement(
        sql: """
          SELECT key FROM entries
          WHERE scope = ?1 AND key >= ?2 AND (?3 IS NULL OR key < ?3) AND key IS NOT ?4
            AND (expires IS NULL OR expires > ?5)
          ORDER BY key LIMIT ?6
          """)
      return try Data.fetchAll(
        statement,
        arguments: [
          Data(scope.bytes), Data(start), Self.end(ofPrefix: prefix).map { Data($0) },
          after.map { Data($0) }, now, max(0, limit),
        ]
      ).map { [UInt8]($0) }
    }
  }

  /// Removes some of what has expired.
  private func purge(_ database: Database, now: Double) throws {
    let statement = try database.cachedStatement(
      sql: """
        DELETE FROM entries WHERE (scope, key) IN (SELECT scope, key FROM entries WHERE expires <= ? LIMIT ?)
        """)
    try statement.execute(arguments: [now, Limits.Store.purge])
    count -= database.changesCount
    nextExpiry = try Self.nextExpiry(database)
  }

  private static func nextExpiry(_ database: Database) throws -> Double {
    let statement = try database.cachedStatement(
      sql: "SELECT min(expires) FROM entries WHERE expires IS NOT NULL")
    return try Double.fetchOne(statement) ?? .infinity
  }

  /// The first bytes behind all those that begin with `prefix`; nil: there are none.
  static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? {
    guard let last = prefix.lastIndex(where: { $0 < 0xFF }) else { return nil }
    return prefix[..<last] + [prefix[last] &+ 1]
  }
}

/// How much a store holds. Others than the named limits are for tests.
struct StoreBounds: Sendable {
  var keys = Limits.Store.keys
  var bytes = Limits.Store.file
}
