import Identity
import Limits
import NIOCore
import Testing

@testable import Kademlia

@Suite("Who provides what")
struct ProviderTests {
  private static let key: [UInt8] = Array("key".utf8)

  private static func store() -> ProviderStore { ProviderStore(localKey: KadKey(.test(0))) }

  @Test("Announcements expire, their addresses sooner; a new one makes them good again")
  func expiry() throws {
    var store = Self.store()
    try store.add(.test(1), key: Self.key, now: .test(0))
    #expect(store.providers(of: Self.key, now: .test(10)) == [.test(1)])
    let addresses = Int64(Limits.Kademlia.providerAddressSeconds)
    #expect(store.providers(of: Self.key, now: .test(addresses)) == [KadPeer(id: .test(1), addresses: [])])
    try store.add(.test(1), key: Self.key, now: .test(addresses))
    #expect(store.providers(of: Self.key, now: .test(addresses)) == [.test(1)])
    #expect(store.count == 1)
    let life = Int64(Limits.Kademlia.providerSeconds)
    #expect(store.providers(of: Self.key, now: .test(addresses + life)).isEmpty)
    store.expire(now: .test(addresses + life))
    #expect(store.count == 0)
    #expect(store.keyCount == 0)
  }

  @Test("A key keeps the providers heard of last, and gives them in that order")
  func perKey() throws {
    var store = Self.store()
    for number in 1...Limits.Kademlia.providers + 10 {
      try store.add(.test(number), key: Self.key, now: .test(Int64(number)))
    }
    let found = store.providers(of: Self.key, now: .test(1_000))
    #expect(found.count == Limits.Kademlia.providers)
    #expect(found.first?.id == .test(Limits.Kademlia.providers + 10))
    #expect(found.last?.id == .test(11))
    #expect(store.count == Limits.Kademlia.providers)
  }

  @Test("One peer may announce only so many keys, and all peers together only so many")
  func bounds() throws {
    var store = Self.store()
    func key(_ number: Int) -> [UInt8] { Array("\(number)".utf8) }
    for number in 0..<Limits.Kademlia.keysOfProvider { try store.add(.test(1), key: key(number), now: .test(0)) }
    #expect(throws: KadFault.full) { try store.add(.test(1), key: [0], now: .test(0)) }
    for number in 0..<Limits.Kademlia.providedKeys + 50 {
      try? store.add(.test(2 + number / Limits.Kademlia.keysOfProvider), key: key(number), now: .test(0))
    }
    #expect(store.keyCount == Limits.Kademlia.providedKeys)
    // The nearest are there, whoever came first.
    let local = KadKey(.test(0))
    let nearest = (0..<Limits.Kademlia.providedKeys + 50).map(key).min {
      KadKey(of: $0).distance(to: local) < KadKey(of: $1).distance(to: local)
    }
    #expect(nearest.map { store.providers(of: $0, now: .test(1)).isEmpty } == false)
  }

  @Test("There is a bound on all announcements together")
  func records() throws {
    var store = Self.store()
    let perKey = Limits.Kademlia.providers
    for number in 0..<Limits.Kademlia.providerRecords {
      try store.add(
        KadPeer(id: Self.ids[number % perKey], addresses: []), key: Array("\(number / perKey)".utf8), now: .test(0))
    }
    // Whoever fills it with what is far from us takes nothing from what is near.
    let local = KadKey(.test(0))
    let farthest = try #require(
      (0..<Limits.Kademlia.providerRecords / perKey).map { KadKey(of: Array("\($0)".utf8)).distance(to: local) }.max())
    let others = (0..<10_000).map { Array("other \($0)".utf8) }
    let far = try #require(others.first { farthest < KadKey(of: $0).distance(to: local) })
    let near = try #require(others.first { KadKey(of: $0).distance(to: local) < farthest })
    #expect(throws: KadFault.full) { try store.add(.test(1_001), key: far, now: .test(1)) }
    try store.add(.test(1_001), key: near, now: .test(1))
    #expect(store.count == Limits.Kademlia.providerRecords - perKey + 1)
    #expect(store.providers(of: near, now: .test(2)).map(\.id) == [.test(1_001)])
    store.expire(now: .test(Int64(Limits.Kademlia.providerSeconds) + 1))
    #expect(store.count == 0)
  }

  private static let ids = (0..<Limits.Kademlia.providers).map { PeerID.test($0) }

  @Test("Our own keys are due at once, again soon when nobody took them, and after half a day otherwise")
  func own() {
    var own = OwnKeys()
    #expect(own.add(Self.key, now: .test(0)) == true)
    #expect(own.take(now: .test(0)) == [Self.key])
    #expect(own.take(now: .test(1)).isEmpty)
    #expect(own.deadline == .test(Int64(Limits.Kademlia.republishRetrySeconds)))
    own.announced(Self.key, now: .test(2))
    #expect(own.deadline == .test(2 + Int64(Limits.Kademlia.republishSeconds)))
    // Where we are has changed.
    own.renew(at: .test(50))
    #expect(own.deadline == .test(50))
    #expect(own.take(now: .test(50)) == [Self.key])
    own.remove(Self.key)
    #expect(own.deadline == nil)
    for number in 0..<Limits.Kademlia.ownKeys { #expect(own.add(Array("\(number)".utf8), now: .test(0)) == true) }
    #expect(own.add(Self.key, now: .test(0)) == false)
  }
}
