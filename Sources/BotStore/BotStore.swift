import GRDB
import Limits
import Synchronization

/// What one bot remembers when it is not running: keys and values in an SQLite file.
///
/// What has been set is there after a `kill -9` when the call returns; after a power failure the file is sound, and what
/// was set since the last `flush` may be missing. Keys and values are bytes, and keys lie in scopes that know nothing of
/// each other. The file is made and opened at the first use, so that a bot without a memory has no file.
///
/// ```swift
/// let store = BotStore(path: "/var/lib/uc-bot/karma.sqlite")
/// try store.set(StoreKey("tea"), to: [1, 2, 3], now: 1_700_000_000)
/// try store.value(of: StoreKey("tea"), now: 1_700_000_001)  // [1, 2, 3]
/// ```
///
/// Times are seconds since 1970 and come from the caller, whose clock may be a made one. Calls may come from any
/// thread; they run one after the other, each on the thread that calls.
public final class BotStore: Sendable {
  /// Where the file is, or will be. nil: the store is in memory, and gone with this object.
  public let path: String?

  private let state = Mutex(State.closed)

  private enum State {
    case closed
    case open(StoreFile)
  }

  /// A store in a file, which is made or opened at the first use.
  public init(path: String) { self.path = path }

  private init() { path = nil }

  /// A store of the same kind without a file, for tests and trials.
  public static func inMemory() -> BotStore { BotStore() }

  /// Puts everything that was set on the disk, so that a power failure does not take it away.
  public func flush() throws(StoreError) { try withFile { file throws(StoreError) in try file.flush() } }

  /// Closes the file, unless a call is under way; the next use opens it again.
  public func close() {
    _ = state.withLockIfAvailable { state in
      if case .open(let file) = state { file.close() }
      state = .closed
    }
  }

  // MARK: Values

  /// The value of a key, unless it has expired. nil: there is none.
  public func value(of key: StoreKey, now: Double) throws(StoreError) -> [UInt8]? {
    try withFile { file throws(StoreError) in try file.entry(key, now: now)?.value }
  }

  /// Gives a key a value.
  /// - Parameter expires: when the entry is to vanish; nil: never.
  public func set(
    _ key: StoreKey, to value: [UInt8], expires: Double? = nil, now: Double
  ) throws(StoreError) {
    try withFile { file throws(StoreError) in
      try file.set(key, StoreEntry(value: value, expires: expires), now: now)
    }
  }

  /// Removes a key. False when there was none.
  @discardableResult
  public func delete(_ key: StoreKey, now: Double) throws(StoreError) -> Bool {
    try withFile { file throws(StoreError) in
      let existed = try file.entry(key, now: now) != nil
      try file.delete(key)
      return existed
    }
  }

  /// Replaces an entry by what `body` makes of it, with nothing in between. nil stands for none, before and after.
  /// When `body` throws, nothing changes.
  public func update(
    _ key: StoreKey, now: Double, _ body: (StoreEntry?) throws(StoreError) -> StoreEntry?
  ) throws(StoreError) {
    try withFile { file throws(StoreError) in
      if let entry = try body(try file.entry(key, now: now)) {
        try file.set(key, entry, now: now)
      } else {
        try file.delete(key)
      }
    }
  }

  /// The keys of a scope that begin with `prefix`, in the order of their bytes, `limit` at most.
  public func keys(
    in scope: StoreScope, prefix: [UInt8] = [], limit: Int, now: Double
  ) throws(StoreError) -> [[UInt8]] {
    try withFile { file throws(StoreError) in try file.keys(in: scope, prefix: prefix, limit: limit, now: now) }
  }

  private func withFile<Result>(
    _ body: (StoreFile) throws(StoreError) -> sending Result
  ) throws(StoreError) -> sending Result {
    try state.withLock { state throws(StoreError) in
      if case .open(let file) = state { return try body(file) }
      let file = try StoreFile(path: path)
      state = .open(file)
      return try body(file)
    }
  }
}

/// What a key holds.
public struct StoreEntry: Hashable, Sendable {
  /// The bytes.
  public var value: [UInt8]
  /// When it vanishes, in seconds since 1970; nil: never.
  public var expires: Double?

  /// An entry.
  public init(value: [UInt8], expires: Double? = nil) {
    self.value = value
    self.expires = expires
  }
}
