import Testing

@testable import BotStore

@Suite("A store keeps what it is given")
struct StoreTests {
  let store = BotStore.inMemory()

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
}
