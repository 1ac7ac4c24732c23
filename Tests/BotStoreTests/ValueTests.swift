import Limits
import Logging
import Testing

@testable import BotStore

@Suite("A store keeps what it is given")
struct ValueTests {
  private let store = BotStore.inMemory()

  @Test("what is set is there, what is deleted is gone")
  func setAndDelete() throws {
    let key = StoreKey("tea")
    #expect(try store.value(of: key, now: 0) == nil)
    try store.set(key, to: [1, 2, 3], now: 0)
    #expect(try store.value(of: key, now: 0) == [1, 2, 3])
    try store.set(key, to: [], now: 0)
    #expect(try store.value(of: key, now: 0) == [])
    #expect(try store.delete(key, now: 0))
    #expect(try store.value(of: key, now: 0) == nil)
    #expect(try !store.delete(key, now: 0))
  }

  @Test("keys are bytes: none is another, whatever it is made of")
  func keysAreBytes() throws {
    let keys: [[UInt8]] = [[], [0], [0, 0], [0xFF], [0xFF, 0xFE], Array("a".utf8), Array("A".utf8), Array("ä".utf8)]
    for (index, key) in keys.enumerated() { try store.set(StoreKey(key), to: [UInt8(index)], now: 0) }
    for (index, key) in keys.enumerated() {
      #expect(try store.value(of: StoreKey(key), now: 0) == [UInt8(index)])
    }
  }

  @Test("scopes know nothing of each other, however their names are put together")
  func scopes() throws {
    let root = StoreScope.root
    let scopes = [
      root, root.scope([]), root.scope([0]), root.scope([], kind: .session), root.scope([]).scope([]),
      root.scope(Array("ab".utf8)), root.scope(Array("a".utf8)).scope(Array("b".utf8)),
      root.scope(Array("a".utf8)), root.scope(Array("a".utf8), kind: .session),
    ]
    #expect(Set(scopes).count == scopes.count)
    for (index, scope) in scopes.enumerated() { try store.set(StoreKey("x", in: scope), to: [UInt8(index)], now: 0) }
    for (index, scope) in scopes.enumerated() {
      #expect(try store.value(of: StoreKey("x", in: scope), now: 0) == [UInt8(index)])
      #expect(try store.keys(in: scope, now: 0) == [Array("x".utf8)])
    }
  }

  @Test("keys are listed in the order of their bytes, by prefix, in parts")
  func listing() throws {
    for name in ["b", "a", "ab", "aa", "c", "a\u{7F}"] { try store.set(StoreKey(name), to: [], now: 0) }
    func list(_ prefix: String, after: String? = nil, limit: Int = 100) throws -> [String] {
      try store.keys(
        in: .root, prefix: Array(prefix.utf8), after: after.map { Array($0.utf8) }, limit: limit, now: 0
      ).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try list("") == ["a", "aa", "ab", "a\u{7F}", "b", "c"])
    #expect(try list("a") == ["a", "aa", "ab", "a\u{7F}"])
    #expect(try list("a", limit: 2) == ["a", "aa"])
    #expect(try list("a", after: "aa") == ["ab", "a\u{7F}"])
    #expect(try list("b", after: "a") == ["b"])
    #expect(try list("b", after: "b") == [])
    #expect(try list("x") == [])
    try store.set(StoreKey([0xFF, 0xFF]), to: [], now: 0)
    try store.set(StoreKey([0xFF, 0xFF, 1]), to: [], now: 0)
    #expect(try store.keys(in: .root, prefix: [0xFF, 0xFF], now: 0) == [[0xFF, 0xFF], [0xFF, 0xFF, 1]])
    #expect(try store.keys(in: .root, prefix: [0xFF], now: 0).count == 2)
    #expect(StoreFile.end(ofPrefix: [1, 0xFF, 0xFF]) == [2])
  }

  @Test("an update replaces, makes and removes an entry, and keeps its time")
  func update() throws {
    let key = StoreKey("n")
    try store.update(key, now: 0) { old in
      #expect(old == nil)
      return StoreEntry(value: [1], expires: 10)
    }
    try store.update(key, now: 5) { old in
      #expect(old == StoreEntry(value: [1], expires: 10))
      return StoreEntry(value: [2], expires: old?.expires)
    }
    #expect(try store.value(of: key, now: 9.9) == [2])
    #expect(try store.value(of: key, now: 10) == nil)
    try store.update(key, now: 9) { _ in nil }
    #expect(try store.value(of: key, now: 9) == nil)
  }

  @Test("what has expired is neither read, listed nor deleted, and a new value without a time stays")
  func expiry() throws {
    let key = StoreKey("x")
    try store.set(key, to: [1], expires: 100, now: 0)
    #expect(try store.value(of: key, now: 99.9) == [1])
    #expect(try store.keys(in: .root, now: 99.9).count == 1)
    #expect(try store.value(of: key, now: 100) == nil)
    #expect(try store.keys(in: .root, now: 100) == [])
    #expect(try !store.delete(key, now: 100))
    try store.set(key, to: [2], expires: 100, now: 0)
    try store.set(key, to: [3], now: 0)
    #expect(try store.value(of: key, now: 1e9) == [3])
  }

  @Test("what has expired is removed in steps, and makes room")
  func purge() throws {
    let steps = 3
    let store = bounded(StoreBounds(keys: Limits.Store.purge * steps))
    for index in 0..<Limits.Store.purge * steps {
      try store.set(StoreKey("old \(index)"), to: [], expires: 10, now: 0)
    }
    #expect(throws: StoreError.full) { try store.set(StoreKey("new"), to: [], now: 9) }
    // Each of these removes as much as one call may, and adds one key.
    for index in 0..<Limits.Store.purge { try store.set(StoreKey("new \(index)"), to: [], now: 10) }
    #expect(try store.keys(in: .root, now: 10).count == Limits.Store.purge)
    for index in 0..<Limits.Store.purge * 2 { try store.set(StoreKey("more \(index)"), to: [], now: 10) }
    #expect(throws: StoreError.full) { try store.set(StoreKey("one more"), to: [], now: 10) }
  }

  // MARK: Bounds

  @Test("a key, the way to it and a value have their largest size, and one byte more is refused")
  func sizes() throws {
    try store.set(StoreKey([UInt8](repeating: 1, count: Limits.Store.key)), to: [], now: 0)
    #expect(throws: StoreError.tooLarge) {
      try store.set(StoreKey([UInt8](repeating: 1, count: Limits.Store.key + 1)), to: [], now: 0)
    }
    let overhead = StoreScope.root.scope([]).bytes.count
    let scope = StoreScope.root.scope([UInt8](repeating: 1, count: Limits.Store.key - overhead))
    try store.set(StoreKey("x", in: scope), to: [], now: 0)
    #expect(throws: StoreError.tooLarge) { try store.set(StoreKey("x", in: scope.scope([])), to: [], now: 0) }
    let largest = [UInt8](repeating: 7, count: Limits.Store.value)
    try store.set(StoreKey("x"), to: largest, now: 0)
    #expect(try store.value(of: StoreKey("x"), now: 0) == largest)
    #expect(throws: StoreError.tooLarge) { try store.set(StoreKey("x"), to: largest + [7], now: 0) }
    #expect(try store.value(of: StoreKey("x"), now: 0) == largest)
  }

  @Test("there is a largest number of keys; a full store still changes and deletes, which makes room")
  func keyCount() throws {
    let store = bounded(StoreBounds(keys: 3))
    for name in ["a", "b", "c"] { try store.set(StoreKey(name), to: [1], now: 0) }
    #expect(throws: StoreError.full) { try store.set(StoreKey("d"), to: [1], now: 0) }
    try store.set(StoreKey("a"), to: [2], now: 0)
    try store.delete(StoreKey("b"), now: 0)
    try store.set(StoreKey("d"), to: [1], now: 0)
    #expect(throws: StoreError.full) { try store.set(StoreKey("b"), to: [1], now: 0) }
  }

  @Test("there is a largest size; a full store still deletes, which makes room")
  func byteCount() throws {
    let store = bounded(StoreBounds(bytes: 1 << 20))
    let value = [UInt8](repeating: 7, count: 100_000)
    var stored = 0
    #expect(throws: StoreError.full) {
      while stored < 100 {
        try store.set(StoreKey("\(stored)"), to: value, now: 0)
        stored += 1
      }
    }
    #expect((8...10).contains(stored))
    #expect(try store.value(of: StoreKey("0"), now: 0) == value)
    try store.delete(StoreKey("0"), now: 0)
    try store.set(StoreKey("new"), to: value, now: 0)
  }

  private func bounded(_ bounds: StoreBounds) -> BotStore {
    BotStore(path: nil, logger: Logger(label: "test"), bounds: bounds)
  }
}
