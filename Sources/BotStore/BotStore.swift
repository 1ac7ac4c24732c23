import Limits
import Logging
import Synchronization

/// What one bot remembers when it is not running: keys and values in an SQLite file.
///
/// What has been set is there after a `kill -9` when the call has returned. After a power failure the file is sound, but
/// what was set since the last `flush` may be missing. Keys and values are bytes, and keys lie in scopes that know
/// nothing of each other. The file is made and opened at the first use, so that a bot that remembers nothing has none.
///
/// ```swift
/// let store = BotStore(path: "/var/lib/uc-bot/karma.sqlite", logger: logger)
/// try store.set(StoreKey("tea"), to: [1, 2, 3], now: 1_700_000_000)
/// try store.value(of: StoreKey("tea"), now: 1_700_000_001)  // [1, 2, 3]
/// ```
///
/// Times are seconds since 1970 and come from the caller, whose clock may be a made one. Calls may come from any
/// thread; they run one after the other, each on the thread that calls. One process at a time can use a file.
public final class BotStore: Sendable {
  /// Where the file is, or will be. nil: the store is in memory, and gone with this object.
  public let path: String?

  private let bounds: StoreBounds
  private let logger: Logger
  private let life = Mutex(Life())

  /// Not `Sendable`, and so in the mutex with everything that it is for.
  private struct Life {
    var file: StoreFile?
    /// Why it could not be opened, and when it is tried again.
    var failure: (error: StoreError, until: Double)?
    var nextNotice = -Double.infinity
  }

  /// A store in a file, which is made or opened at the first use.
  /// - Parameter logger: gets what an operator must know: a damaged file, a disk that fails.
  public convenience init(path: String, logger: Logger) {
    self.init(path: path, logger: logger, bounds: StoreBounds())
  }

  init(path: String?, logger: Logger, bounds: StoreBounds) {
    self.path = path
    self.logger = logger
    self.bounds = bounds
  }

  /// A store of the same kind without a file, for tests and trials.
  public static func inMemory() -> BotStore {
    BotStore(
      path: nil, logger: Logger(label: "store", factory: { _ in SwiftLogNoOpLogHandler() }), bounds: StoreBounds())
  }

  /// Closes the file, unless a call is under way; the next use opens it again.
  public func close() {
    _ = life.withLockIfAvailable { life in
      // A store in memory would be gone.
      guard path != nil else { return }
      life.file?.close()
      life.file = nil
    }
  }

  // MARK: What can be done with it

  /// The value of a key, unless it has expired. nil: there is none.
  public func value(of key: StoreKey, now: Double) throws(StoreError) -> [UInt8]? {
    try withFile(now) { try $0.entry(key, now: now)?.value }
  }

  /// Gives a key a value.
  /// - Parameter expires: when the entry is to vanish; nil: never.
  public func set(_ key: StoreKey, to value: [UInt8], expires: Double? = nil, now: Double) throws(StoreError) {
    try withFile(now) { try $0.set(key, StoreEntry(value: value, expires: expires), now: now) }
  }

  /// Removes a key. False when there was none.
  @discardableResult
  public func delete(_ key: StoreKey, now: Double) throws(StoreError) -> Bool {
    try withFile(now) { file in
      let existed = try file.entry(key, now: now) != nil
      try file.delete(key)
      return existed
    }
  }

  /// Replaces an entry by what `body` makes of it, with nothing in between. nil stands for none, before and after.
  public func update(_ key: StoreKey, now: Double, _ body: (StoreEntry?) -> StoreEntry?) throws(StoreError) {
    try withFile(now) { file in
      if let entry = body(try file.entry(key, now: now)) {
        try file.set(key, entry, now: now)
      } else {
        try file.delete(key)
      }
    }
  }

  /// The keys of a scope that begin with `prefix`, in the order of their bytes, `limit` at most.
  /// - Parameter after: only those behind this one.
  public func keys(
    in scope: StoreScope, prefix: [UInt8] = [], after: [UInt8]? = nil, limit: Int = Limits.Store.listed, now: Double
  ) throws(StoreError) -> [[UInt8]] {
    try withFile(now) { try $0.keys(in: scope, prefix: prefix, after: after, limit: limit, now: now) }
  }

  /// Puts everything that was set on the disk, so that a power failure does not take it away.
  public func flush(now: Double) throws(StoreError) { try withFile(now) { try $0.flush() } }

  // MARK: Opening

  private func withFile<Result: Sendable>(_ now: Double, _ body: (StoreFile) throws -> Result) throws(StoreError)
    -> Result
  {
    try life.withLock { life throws(StoreError) in
      do throws(StoreError) {
        let file = try opened(&life, now: now)
        do {
          return try body(file)
        } catch {
          throw StoreError(error, path: path ?? ":memory:")
        }
      } catch {
        note(error, &life, now: now)
        throw error
      }
    }
  }

  private func opened(_ life: inout Life, now: Double) throws(StoreError) -> StoreFile {
    if let file = life.file { return file }
    // A clock that was set back must not make the pause long.
    if let failure = life.failure, now < failure.until, now > failure.until - 2 * Limits.Store.retrySeconds {
      throw failure.error
    }
    do throws(StoreError) {
      let file = try open(now: now)
      life.file = file
      life.failure = nil
      return file
    } catch {
      life.failure = (error, now + Limits.Store.retrySeconds)
      throw error
    }
  }

  private func open(now: Double) throws(StoreError) -> StoreFile {
    guard let path else { return try StoreOpening.inMemory(bounds: bounds) }
    return try StoreOpening(path: path, bounds: bounds, logger: logger, now: now).open()
  }

  /// Says now and then that the disk fails. What a script does wrong, or too much of, it is told itself.
  private func note(_ error: StoreError, _ life: inout Life, now: Double) {
    switch error {
    case .full, .tooLarge: return
    case .locked, .damaged, .unusable: break
    }
    guard now >= life.nextNotice || now < life.nextNotice - 2 * Limits.Store.noticeSeconds else { return }
    life.nextNotice = now + Limits.Store.noticeSeconds
    logger.error("the store does not work", metadata: ["reason": "\(error)"])
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
