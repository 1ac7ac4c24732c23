import GRDB
import Limits
import Logging
import TestSupport
import Testing

@testable import BotStore

@Suite("The file of a store")
struct FileTests {
  private let folder: TemporaryFolder
  private let path: String
  private let lines = EventRecorder<Line>()

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("karma.sqlite")
  }

  private func open(_ path: String? = nil, bounds: StoreBounds = StoreBounds()) -> BotStore {
    let lines = lines
    return BotStore(
      path: path ?? self.path, logger: Logger(label: "test", factory: { _ in Recorder(lines: lines) }), bounds: bounds)
  }

  @Test("is made at the first use, readable by its owner only, like the folders on the way")
  func lazy() throws {
    let path = folder.path("a/b/karma.sqlite")
    let store = open(path)
    #expect(folder.names == [])
    #expect(try store.value(of: StoreKey("x"), now: 0) == nil)
    #expect(try folder.permissions(path) == 0o600)
    #expect(try folder.permissions(path + "-wal") == 0o600)
    #expect(try folder.permissions(folder.path("a")) == 0o700)
    #expect(try folder.permissions(folder.path("a/b")) == 0o700)
    #expect(lines.events.isEmpty)
  }

  @Test("has everything when it is opened again, and is one file when it was closed")
  func reopened() throws {
    var store = open()
    for index in 0..<100 {
      try store.set(StoreKey("\(index)"), to: [UInt8](repeating: 7, count: index), expires: 1_000, now: 0)
    }
    store.close()
    #expect(folder.names == ["karma.sqlite"])
    store = open()
    for index in 0..<100 {
      #expect(try store.value(of: StoreKey("\(index)"), now: 0) == [UInt8](repeating: 7, count: index))
    }
    #expect(try store.value(of: StoreKey("5"), now: 1_000) == nil)
    // Closed for good measure, it opens itself.
    store.close()
    store.close()
    #expect(try store.value(of: StoreKey("5"), now: 0) == [UInt8](repeating: 7, count: 5))
    #expect(lines.events.isEmpty)
  }

  @Test("counts its keys when it is opened, and knows when the first of them expires")
  func countsAgain() throws {
    var store = open(bounds: StoreBounds(keys: 2))
    try store.set(StoreKey("a"), to: [], expires: 10, now: 0)
    try store.set(StoreKey("b"), to: [], now: 0)
    store.close()
    store = open(bounds: StoreBounds(keys: 2))
    #expect(throws: StoreError.full) { try store.set(StoreKey("c"), to: [], now: 9) }
    try store.set(StoreKey("c"), to: [], now: 10)
    #expect(throws: StoreError.full) { try store.set(StoreKey("d"), to: [], now: 10) }
  }

  @Test("does not grow beyond its bound on the disk either")
  func bounded() throws {
    let store = open(bounds: StoreBounds(bytes: 1 << 20))
    #expect(throws: StoreError.full) {
      for index in 0..<100 {
        try store.set(StoreKey("\(index)"), to: [UInt8](repeating: 7, count: 100_000), now: 0)
      }
    }
    store.close()
    #expect(try folder.bytes("karma.sqlite").count <= 1 << 20)
    #expect(lines.events.isEmpty)
  }

  @Test("is used by one at a time: the second is told so, soon, and can when the first has gone")
  func locked() throws {
    let first = open()
    try first.set(StoreKey("x"), to: [1], now: 0)
    let second = open()
    let begin = ContinuousClock.now
    #expect(throws: StoreError.locked(path: path)) { try second.value(of: StoreKey("x"), now: 0) }
    #expect(ContinuousClock.now - begin < .seconds(60))
    #expect(lines.events.map(\.text) == ["the store does not work"])
    #expect(lines.events.first?.metadata["reason"] == "\(path): another process uses this store")
    try first.set(StoreKey("x"), to: [2], now: 0)
    first.close()
    // Not tried again at once: each attempt takes time that the script would be charged for.
    #expect(throws: StoreError.locked(path: path)) { try second.value(of: StoreKey("x"), now: 1) }
    #expect(try second.value(of: StoreKey("x"), now: Limits.Store.retrySeconds) == [2])
    #expect(lines.events.count == 1)
  }

  @Test("failures are told once a minute")
  func notices() throws {
    let store = open(folder.path("file/karma.sqlite"))
    try folder.write([1], to: "file")
    for second in 0..<180 {
      #expect(throws: StoreError.self) { try store.value(of: StoreKey("x"), now: Double(second)) }
    }
    #expect(lines.events.count == 3)
    #expect(
      lines.events.first?.metadata["reason"]
        == "\(folder.path("file/karma.sqlite")): cannot look at it: Not a directory")
  }

  // MARK: Damage

  @Test(
    "that is no database is set aside as it is, and the bot begins anew",
    arguments: [Array("not a database, but a text of some length".utf8), [0], [UInt8](repeating: 0xA5, count: 10_000)])
  func notADatabase(bytes: [UInt8]) throws {
    try folder.write(bytes, to: "karma.sqlite")
    let store = open()
    try store.set(StoreKey("x"), to: [1], now: 1_700_000_000)
    store.close()
    #expect(folder.names == ["karma.sqlite", "karma.sqlite.damaged-20231114T221320Z"])
    #expect(try folder.bytes("karma.sqlite.damaged-20231114T221320Z") == bytes)
    let line = try #require(lines.events.first)
    #expect(line.text == "the store was damaged: it has been set aside, and the bot begins with a new one")
    #expect(line.level == .error)
    #expect(line.metadata["file"] == path)
    #expect(line.metadata["aside"] == path + ".damaged-20231114T221320Z")
    #expect(line.metadata["reason"]?.isEmpty == false)
    #expect(lines.events.count == 1)
    #expect(try open().value(of: StoreKey("x"), now: 0) == [1])
  }

  /// A sound store of some pages, closed.
  private func filled() throws -> [UInt8] {
    let store = open()
    for index in 0..<200 { try store.set(StoreKey("\(index)"), to: [UInt8](repeating: 7, count: 500), now: 0) }
    store.close()
    return try folder.bytes("karma.sqlite")
  }

  @Test("that was cut short is set aside")
  func truncated() throws {
    let whole = try filled()
    for length in [whole.count / 2, whole.count - 4_096, 5_000, 4_096, 100] {
      try folder.write(Array(whole.prefix(length)), to: "karma.sqlite")
      let store = open()
      #expect(try store.value(of: StoreKey("1"), now: Double(length)) == nil, "\(length)")
      store.close()
      #expect(try folder.bytes("karma.sqlite.damaged-\(StorePath.stamp(Double(length)))").count == length)
    }
    #expect(lines.events.count == 5)
  }

  @Test("with a page that makes no sense is set aside")
  func garbled() throws {
    let whole = try filled()
    for page in 1..<5 {
      var bytes = whole
      for offset in 0..<4_096 { bytes[page * 4_096 + offset] ^= 0x5A }
      try folder.write(bytes, to: "karma.sqlite")
      let store = open()
      #expect(try store.value(of: StoreKey("1"), now: Double(page)) == nil, "\(page)")
      store.close()
    }
    #expect(lines.events.count == 4)
  }

  @Test("whatever bytes it has, opening it is a store or an error, and never worse")
  func mutated() throws {
    let whole = try filled()
    var random = SplitMix64(seed: 7)
    for round in 0..<30 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        // Most of them where the format lies: in the header and at the beginnings of pages.
        let page = Int.random(in: 0..<whole.count / 4_096, using: &random) * 4_096
        bytes[page + Int.random(in: 0..<128, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let path = folder.path("\(round).sqlite")
      try folder.write(bytes, to: "\(round).sqlite")
      let store = open(path)
      for index in 0..<5 {
        _ = try? store.value(of: StoreKey("\(index)"), now: 0)
        _ = try? store.set(StoreKey("\(index)"), to: [1], now: 0)
      }
      _ = try? store.keys(in: .root, now: 0)
      store.close()
    }
  }

  @Test("that is missing or empty beside a log takes the log with it")
  func logAlone() throws {
    for (time, main) in [(1.0, nil), (2.0, [])] as [(Double, [UInt8]?)] {
      let name = "\(Int(time)).sqlite"
      try folder.write([1, 2, 3], to: "\(name)-wal")
      if let main { try folder.write(main, to: name) }
      let store = open(folder.path(name))
      try store.set(StoreKey("x"), to: [1], now: time)
      store.close()
      #expect(try folder.bytes("\(name).damaged-\(StorePath.stamp(time))-wal") == [1, 2, 3])
      #expect(lines.events.last?.metadata["reason"] == "the file is missing or empty, and its log is not")
    }
  }

  @Test("nothing that was set aside is written over")
  func asideTwice() throws {
    for byte in 1...3 as ClosedRange<UInt8> {
      try folder.write([byte], to: "karma.sqlite")
      let store = open()
      try store.set(StoreKey("x"), to: [1], now: 0)
      store.close()
    }
    let stem = "karma.sqlite.damaged-19700101T000000Z"
    #expect(folder.names == ["karma.sqlite", stem, stem + "-2", stem + "-3"])
    #expect(try folder.bytes(stem) == [1])
    #expect(try folder.bytes(stem + "-3") == [3])
  }

  // MARK: What is not ours

  @Test("that is somebody else's database, or of another version, is left alone")
  func foreign() throws {
    func make(_ name: String, _ sql: String) throws {
      let queue = try DatabaseQueue(path: folder.path(name))
      try queue.inDatabase { try $0.execute(sql: sql) }
      try queue.close()
    }
    try make("a.sqlite", "CREATE TABLE letters (text)")
    try make("b.sqlite", "PRAGMA application_id = \(StoreOpening.applicationID); PRAGMA user_version = 99")
    for (name, reason) in [
      ("a.sqlite", "it is a database, but no store of a bot"),
      ("b.sqlite", "it was made by another version of uc-bot (99; this one knows 1)"),
    ] {
      let before = try folder.bytes(name)
      let store = open(folder.path(name))
      #expect(throws: StoreError.unusable(path: folder.path(name), reason: reason)) {
        try store.set(StoreKey("x"), to: [1], now: 0)
      }
      #expect(try folder.bytes(name) == before)
    }
    #expect(folder.names == ["a.sqlite", "b.sqlite"])
  }

  @Test("into which somebody else has written other types gives errors at most, and the rest of what it has")
  func otherTypes() throws {
    var store = open()
    for name in ["a", "b", "c"] { try store.set(StoreKey(name), to: [1], now: 0) }
    store.close()
    let queue = try DatabaseQueue(path: path)
    try queue.inDatabase { database in
      try database.execute(
        sql: """
          UPDATE entries SET value = 5 WHERE key = CAST('a' AS BLOB);
          UPDATE entries SET expires = 'soon' WHERE key = CAST('b' AS BLOB);
          INSERT INTO entries (scope, key, value) VALUES (x'', 7, x'01');
          """)
    }
    try queue.close()
    store = open()
    _ = try? store.value(of: StoreKey("a"), now: 0)
    _ = try? store.value(of: StoreKey("b"), now: 0)
    #expect(try store.value(of: StoreKey("c"), now: 0) == [1])
    _ = try? store.keys(in: .root, now: 0)
    try store.set(StoreKey("a"), to: [2], now: 0)
    #expect(try store.value(of: StoreKey("a"), now: 0) == [2])
  }

  @Test("that is a folder is told to be one")
  func notAFile() throws {
    #expect(throws: StoreError.unusable(path: folder.path, reason: "it is not a file")) {
      try open(folder.path).value(of: StoreKey("x"), now: 0)
    }
  }

  @Test("is flushed without a fuss")
  func flush() throws {
    let store = open()
    try store.set(StoreKey("x"), to: [1], now: 0)
    try store.flush(now: 0)
    try BotStore.inMemory().flush(now: 0)
    // What was flushed is in the file itself.
    #expect(try folder.bytes("karma.sqlite").count > 4_096)
  }
}

/// A line of the log.
struct Line: Sendable {
  var level: Logger.Level
  var text: String
  var metadata: [String: String]
}

/// Keeps what it is given.
private struct Recorder: LogHandler {
  let lines: EventRecorder<Line>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
    lines.record(Line(level: event.level, text: "\(event.message)", metadata: metadata))
  }
}
