import Identity
import Limits
import NIOCore
import TestSupport
import Testing

@testable import Kademlia

@Suite("Values and who may store them")
struct RecordTests {
  private static let owner = KeyPair.generate()
  private static let other = KeyPair.generate()

  private static func store() -> ValueStore {
    ValueStore(localKey: KadKey(.test(0)), validators: RecordValidators())
  }

  private static func signed(_ sequence: UInt64, _ value: [UInt8], name: String = "n") throws -> KadRecord {
    try SignedRecord(peer: owner.peerID, name: name, sequence: sequence, value: value).sealed(with: owner)
  }

  @Test("Case 60: under /pk only the key of the very peer is taken")
  func publicKeys() throws {
    var store = Self.store()
    let key = PublicKeyValidator.key(of: Self.owner.peerID)
    try store.put(KadRecord(key: key, value: Self.owner.publicKey.protobuf), now: .test(0))
    #expect(store.value(of: key, now: .test(1)) == Self.owner.publicKey.protobuf)
    for bad in [Self.other.publicKey.protobuf, [], [1, 2, 3]] {
      #expect(throws: KadFault.self) { try store.put(KadRecord(key: key, value: bad), now: .test(0)) }
    }
    #expect(throws: KadFault.badRecord("no peer id behind /pk/")) {
      try store.put(KadRecord(key: Array("/pk/abc".utf8), value: Self.owner.publicKey.protobuf), now: .test(0))
    }
  }

  @Test(
    "Case 60: a namespace that nobody here can judge is refused, /ipns among them",
    arguments: ["/ipns/x", "x", "/", "", "/uc"])
  func namespaces(_ key: String) {
    var store = Self.store()
    #expect(throws: KadFault.unknownNamespace) {
      try store.put(KadRecord(key: Array(key.utf8), value: [1]), now: .test(0))
    }
  }

  @Test("Case 60: an older value does not take the place of a newer one; the same may come again")
  func older() throws {
    var store = Self.store()
    let (first, second) = (try Self.signed(1, [1]), try Self.signed(2, [2]))
    try store.put(first, now: .test(0))
    try store.put(second, now: .test(1))
    #expect(throws: KadFault.olderRecord) { try store.put(first, now: .test(2)) }
    try store.put(second, now: .test(3))
    #expect(store.value(of: second.key, now: .test(4)) == second.value)
    #expect(store.value(of: second.key, now: .test(Int64(3 + Limits.Kademlia.recordSeconds))) == nil)
  }

  @Test("A signed value is read by all, and signed by nobody but the peer of its key, for no other key")
  func signatures() throws {
    let record = try Self.signed(5, Array("hello".utf8))
    let read = try SignedRecord(record)
    #expect(read == SignedRecord(peer: Self.owner.peerID, name: "n", sequence: 5, value: Array("hello".utf8)))
    #expect(throws: KadFault.self) {
      try SignedRecord(peer: Self.owner.peerID, name: "n", sequence: 1, value: []).sealed(with: Self.other)
    }
    var moved = record
    moved.key = SignedRecord.key(of: Self.owner.peerID, name: "m")
    #expect(throws: KadFault.badRecord("signed for another key")) { try SignedRecord(moved) }
    moved.key = SignedRecord.key(of: Self.other.peerID, name: "n")
    #expect(throws: KadFault.badRecord("signed by another peer than its key names")) { try SignedRecord(moved) }
    moved.key = Array("/uc/\(Self.owner.peerID)/".utf8)
    #expect(throws: KadFault.self) { try SignedRecord(moved) }
    var random = SplitMix64(seed: 5)
    for _ in 0..<300 {
      let damaged = mutated(record.value, with: &random)
      if damaged != record.value {
        #expect((try? SignedRecord(KadRecord(key: record.key, value: damaged)))?.value ?? read.value == read.value)
      }
    }
  }

  @Test("Longer values than the bound are refused")
  func tooLong() throws {
    var store = Self.store()
    let record = try Self.signed(1, Array(repeating: 0, count: Limits.Kademlia.value))
    #expect(throws: KadFault.self) { try store.put(record, now: .test(0)) }
  }

  @Test("A full store keeps what is nearest to the peer")
  func full() throws {
    var validators = RecordValidators()
    validators.register("t", AnyValue())
    var store = ValueStore(localKey: KadKey(.test(0)), validators: validators)
    let keys = (0..<Limits.Kademlia.records * 2).map { Array("/t/\($0)".utf8) }
    for key in keys { try? store.put(KadRecord(key: key, value: [1]), now: .test(0)) }
    #expect(store.count == Limits.Kademlia.records)
    let nearest = keys.sorted {
      KadKey(of: $0).distance(to: KadKey(.test(0))) < KadKey(of: $1).distance(to: KadKey(.test(0)))
    }.prefix(Limits.Kademlia.records)
    #expect(nearest.allSatisfy { store.value(of: $0, now: .test(1)) != nil })
    store.expire(now: .test(Int64(Limits.Kademlia.recordSeconds)))
    #expect(store.count == 0)
  }

  @Test("Of many answers the best is kept, and who has it; what is not valid counts for nothing")
  func best() throws {
    let (first, second) = (try Self.signed(1, [1]), try Self.signed(2, [2]))
    var best = BestValue(key: first.key, validators: RecordValidators(), quorum: 3)
    best.add(first, from: .test(1))
    best.add(KadRecord(key: first.key, value: [6, 6, 6]), from: .test(2))
    #expect(best.holders == [.test(1)])
    best.add(second, from: .test(3))
    best.add(first, from: .test(4))
    #expect(best.value == second.value)
    #expect(best.holders == [.test(3)])
    #expect(best.isEnough)
  }

  private struct AnyValue: RecordValidator {
    func validate(key: [UInt8], value: [UInt8]) throws(KadFault) {}
    func isBetter(_ value: [UInt8], than other: [UInt8], key: [UInt8]) -> Bool { true }
  }
}
