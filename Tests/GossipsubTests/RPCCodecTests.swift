import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import Gossipsub

@Suite struct RPCCodecTests {
  private func body(_ bytes: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: bytes) }

  private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [number << 3 | 2] + Varint.encode(UInt64(bytes.count)) + bytes
  }

  private func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
    Array(repeatElement(bytes, count: count).joined())
  }

  private func full() throws -> RPC {
    var rpc = RPC()
    rpc.subscriptions = [.init(topic: "a", subscribes: true), .init(topic: "b", subscribes: false)]
    rpc.messages = [try Message.test(from: .test(1), number: 7).wire]
    rpc.ihave = [.init(topic: "a", ids: [[1, 2], [0xFF, 0xFE]])]
    rpc.iwant = [[3], [0x80]]
    rpc.graft = ["a"]
    rpc.prune = [.init(topic: "b", backoff: 60), .init(topic: "c", backoff: nil)]
    rpc.idontwant = [[9]]
    return rpc
  }

  private func expectSame(_ a: RPC, _ b: RPC) {
    #expect(a.subscriptions == b.subscriptions)
    #expect(a.messages.map(\.encoded) == b.messages.map(\.encoded))
    #expect(a.ihave == b.ihave)
    #expect(a.iwant == b.iwant)
    #expect(a.graft == b.graft)
    #expect(a.prune == b.prune)
    #expect(a.idontwant == b.idontwant)
  }

  @Test("what is encoded decodes to the same; ids are bytes, not text")
  func roundTrip() throws {
    let rpc = try full()
    var decoded = RPC()
    for frame in RPCCodec.encode(rpc) { decoded.append(try RPCCodec.decode(RouterBench.body(of: frame))) }
    expectSame(rpc, decoded)
  }

  @Test("a frame that is a slice within a larger buffer is read at its own place")
  func slices() throws {
    let frames = RPCCodec.encode(try full())
    var stream = ByteBuffer(string: "before")
    for frame in frames { stream.writeImmutableBuffer(frame) }
    stream.moveReaderIndex(forwardBy: 6)
    var decoded = RPC()
    while let frame = try stream.readLengthPrefixed(limit: 1_000) { decoded.append(try RPCCodec.decode(frame)) }
    expectSame(try full(), decoded)
  }

  @Test("an RPC that is too long for a frame is divided; every frame obeys the limit, nothing is lost")
  func division() throws {
    var random = SplitMix64(seed: 5)
    for round in 0..<40 {
      var rpc = RPC()
      let limit = Int.random(in: 700...6_000, using: &random)
      func ids(_ count: Int) -> [MessageID] {
        (0..<count).map { number in
          (0..<Int.random(in: 1...60, using: &random)).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
        }
      }
      rpc.subscriptions = (0..<(round * 3)).map { .init(topic: "topic-\($0)", subscribes: $0 % 2 == 0) }
      rpc.graft = (0..<round).map { "graft-\($0)" }
      rpc.prune = (0..<round).map { .init(topic: "prune-\($0)", backoff: .max) }
      rpc.ihave = [.init(topic: "offer", ids: ids(round * 20))]
      rpc.iwant = ids(round * 20)
      rpc.idontwant = ids(round * 10)
      rpc.messages = try (0..<round).map {
        try Message.test(from: .test($0), number: UInt64($0), data: Array(repeating: 1, count: $0 * 10)).wire
      }
      var decoded = RPC()
      for frame in RPCCodec.encode(rpc, limit: limit) {
        #expect(frame.readableBytes <= limit)
        decoded.append(try RPCCodec.decode(RouterBench.body(of: frame)))
      }
      #expect(decoded.ihave.allSatisfy { $0.topic == "offer" })
      decoded.ihave =
        decoded.ihave.isEmpty
        ? [.init(topic: "offer", ids: [])]
        : [
          .init(topic: "offer", ids: decoded.ihave.flatMap(\.ids))
        ]
      expectSame(rpc, decoded)
    }
  }

  @Test("no IDONTWANT entry has more ids than go reads")
  func smallEntries() throws {
    var rpc = RPC()
    rpc.idontwant = (0..<25).map { [UInt8($0)] }
    let frame = try #require(RPCCodec.encode(rpc).first)
    let decoded = try ProtoRPC(serializedBytes: Array(RouterBench.body(of: frame).readableBytesView))
    #expect(decoded.control.idontwant.map(\.messageIds.count) == [10, 10, 5])
  }

  @Test("a message that fits no frame is left out")
  func hugeMessage() throws {
    let message = try Message.test(from: .test(1), number: 1, data: Array(repeating: 0, count: 70_000))
    #expect(RPCCodec.frame(message.wire.encoded) == nil)
    var rpc = RPC()
    rpc.messages = [message.wire]
    #expect(RPCCodec.encode(rpc).isEmpty)
  }

  @Test("the largest payload that may be published fits a frame")
  func largestPayload() throws {
    let data = [UInt8](repeating: 0, count: Limits.Gossipsub.data)
    let topic = String(repeating: "t", count: Limits.Gossipsub.topic)
    var signer = MessageSigner(keyPair: .generate(), firstSequenceNumber: 1)
    let message = try signer.sign(ByteBuffer(bytes: data), topic: topic)
    #expect(RPCCodec.frame(message.wire.encoded) != nil)
    #expect(RPCCodec.frame(message.wire.encoded)?.readableBytes ?? .max <= Limits.Gossipsub.sendRPC)
  }

  @Test("fields that belong to others are skipped: py-libp2p's record, go's extensions")
  func strangers() throws {
    let subscription = field(1, [0x08, 0x01] + field(2, Array("t".utf8)))
    let rpc = try RPCCodec.decode(
      body(field(4, Array(repeating: 0xEE, count: 300)) + subscription + hex("d0a1e218 01") + field(10, [1, 2])))
    #expect(rpc.subscriptions == [.init(topic: "t", subscribes: true)])
  }

  @Test("the slices of a message are what the generated code reads")
  func agreesWithGeneratedCode() throws {
    var random = SplitMix64(seed: 11)
    for _ in 0..<500 {
      var bytes = ByteBuffer()
      for _ in 0..<Int.random(in: 0...8, using: &random) {
        let length = Int.random(in: 0...20, using: &random)
        bytes.writeField(
          UInt8.random(in: 1...7, using: &random),
          (0..<length).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) })
      }
      let wire = try WireMessage(bytes)
      let proto = try ProtoMessage(serializedBytes: Array(bytes.readableBytesView))
      #expect(wire.from.map { Array($0) } == (proto.hasFrom ? Array(proto.from) : nil))
      #expect(wire.data.map { Array($0) } == (proto.hasData ? Array(proto.data) : nil))
      #expect(wire.seqno.map { Array($0) } == (proto.hasSeqno ? Array(proto.seqno) : nil))
      #expect(wire.topic.map { Array($0) } == (proto.hasTopic ? Array(proto.topic.utf8) : nil))
      #expect(wire.signature.map { Array($0) } == (proto.hasSignature ? Array(proto.signature) : nil))
      #expect(wire.key.map { Array($0) } == (proto.hasKey ? Array(proto.key) : nil))

      // The signed part is the generated code's encoding with signature and key cleared.
      var cleared = proto
      cleared.clearSignature()
      cleared.clearKey()
      var signed = ByteBuffer()
      wire.writeSignedPart(to: &signed)
      let expected: [UInt8] = try cleared.serializedBytes()
      #expect(Array(signed.readableBytesView) == expected)
    }
  }

  @Test("a message in a large buffer gets memory of its own, one in a fitting buffer keeps it")
  func detaching() throws {
    let message = try Message.test(from: .test(1), number: 1).wire
    var large = ByteBufferAllocator().buffer(capacity: 65_536)
    large.writeImmutableBuffer(message.encoded)
    let inside = try WireMessage(large)
    #expect(inside.detached().encoded.storageCapacity < 1_024)
    #expect(inside.detached().encoded == message.encoded)
    #expect(inside.detached().id == message.id)
    #expect(message.detached().encoded.storageCapacity == message.encoded.storageCapacity)
  }

  // MARK: hostile frames (libp2p.md §3.5)

  @Test("case 43: a frame of half a million empty subscriptions is refused before it is decoded")
  func emptySubscriptions() {
    #expect(throws: RPCError.tooMany("subscriptions", limit: Limits.Gossipsub.subscriptionsPerRPC)) {
      try RPCCodec.decode(body(repeated([0x0A, 0x00], 500_000)))
    }
  }

  @Test("every other kind of element is counted as well")
  func manyElements() {
    let control = Limits.Gossipsub.controlPerRPC
    #expect(throws: RPCError.tooMany("messages", limit: Limits.Gossipsub.messagesPerRPC)) {
      try RPCCodec.decode(body(repeated([0x12, 0x00], 500_000)))
    }
    for (number, name) in [(UInt8(1), "IHAVE"), (2, "IWANT"), (3, "GRAFT"), (4, "PRUNE"), (5, "IDONTWANT")] {
      #expect(throws: RPCError.tooMany("\(name) entries", limit: control)) {
        try RPCCodec.decode(body(field(3, repeated(field(number, []), 100_000))))
      }
      // Also when they are spread over several control parts, which a decoder would merge.
      #expect(throws: RPCError.tooMany("\(name) entries", limit: control)) {
        try RPCCodec.decode(body(repeated(field(3, repeated(field(number, []), 100)), 100)))
      }
    }
  }

  @Test("cases 49 to 51: a million ids, or one id of a megabyte, are refused")
  func manyIDs() {
    for number in [UInt8(2), 5] {
      #expect(throws: RPCError.tooMany("message ids", limit: Limits.Gossipsub.idsPerRPC)) {
        try RPCCodec.decode(body(field(3, field(number, repeated([0x0A, 0x00], 300_000)))))
      }
      #expect(throws: RPCError.tooLong("message id", length: 1_000_000, limit: Limits.Gossipsub.idBytes)) {
        try RPCCodec.decode(body(field(3, field(number, field(1, Array(repeating: 1, count: 1_000_000))))))
      }
    }
    #expect(throws: RPCError.tooMany("message ids", limit: Limits.Gossipsub.idsPerRPC)) {
      try RPCCodec.decode(body(field(3, field(1, repeated([0x12, 0x00], 300_000)))))
    }
  }

  @Test("case 48: a PRUNE with thousands of exchanged peers is refused, one with a few is read without them")
  func exchangedPeers() throws {
    let prune = field(1, Array("t".utf8)) + repeated(field(2, field(1, [1, 2])), 16) + [0x18, 60]
    #expect(try RPCCodec.decode(body(field(3, field(4, prune)))).prune == [.init(topic: "t", backoff: 60)])
    #expect(throws: RPCError.tooMany("exchanged peers", limit: Limits.Gossipsub.exchangePeersPerRPC)) {
      try RPCCodec.decode(body(field(3, field(4, repeated(field(2, []), 2_000)))))
    }
  }

  @Test("case 57: a topic of a megabyte or of bytes that are not UTF-8 is refused")
  func topics() {
    #expect(throws: RPCError.tooLong("topic", length: 1_000_000, limit: Limits.Gossipsub.topic)) {
      try RPCCodec.decode(body(field(1, field(2, Array(repeating: 0x61, count: 1_000_000)))))
    }
    #expect(throws: RPCError.tooLong("topic", length: 1_000_000, limit: Limits.Gossipsub.topic)) {
      try RPCCodec.decode(body(field(3, field(3, field(1, Array(repeating: 0x61, count: 1_000_000))))))
    }
    #expect(throws: RPCError.self) { try RPCCodec.decode(body(field(1, field(2, [0xFF, 0xFE])))) }
    #expect(throws: RPCError.self) { try RPCCodec.decode(body(field(3, field(3, field(1, [0xC0, 0x80]))))) }
  }

  @Test("what is no protobuf is refused: cut short, overlong, groups, field zero")
  func malformed() {
    let cases = [
      "0a", "0a05 01", "12ff", "0b", "0c", "0f", "00", "0205", "08", "08ffffffffffffffffff7f",
      "0affffffffffffffffff01", "0d0102", "09010203", "1a020a05", "12020a05",
    ]
    for text in cases {
      #expect(throws: RPCError.self, "\(text)") { try RPCCodec.decode(body(hex(text))) }
    }
  }

  @Test("random and mutated frames are decoded or refused, and what is decoded encodes again")
  func fuzz() throws {
    var random = SplitMix64(seed: 99)
    var seeds: [[UInt8]] = [VectorTests.frame.suffix(from: 2).map { $0 }]
    for frame in RPCCodec.encode(try full()) { seeds.append(Array(try RouterBench.body(of: frame).readableBytesView)) }
    var decoded = 0
    for round in 0..<6_000 {
      var bytes: [UInt8]
      if round % 4 == 0 {
        bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      } else {
        bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0...3, using: &random) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
          case 2: bytes.remove(at: place)
          default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
          }
        }
      }
      guard let rpc = try? RPCCodec.decode(body(bytes)) else { continue }
      decoded += 1
      var again = RPC()
      for frame in RPCCodec.encode(rpc) { again.append(try RPCCodec.decode(RouterBench.body(of: frame))) }
      #expect(again.messages.map(\.encoded) == rpc.messages.map(\.encoded))
      #expect(again.subscriptions == rpc.subscriptions)
      for message in rpc.messages {
        guard let id = message.id else { continue }
        let strict = MessageValidator(policy: .strict)
        if let form = try? strict.inspect(message.detached(), id: id) { try? strict.verify(form) }
      }
    }
    #expect(decoded > 500)
  }
}
