import Identity
import Limits
import Multiformats
import NIOCore
import SwiftProtobuf
import TestSupport
import Testing

@testable import Kademlia

@Suite("Kademlia messages")
struct KadMessageTests {
  private static func body(_ message: KadMessage, limit: Int = Limits.Kademlia.send) throws -> ByteBuffer {
    var frame = message.frame(limit: limit)
    return try #require(try frame.readLengthPrefixed(limit: limit))
  }

  @Test("What is written is read again")
  func roundTrip() throws {
    let messages = [
      KadMessage(.findNode, key: [1, 2], closerPeers: [.test(1), .test(2)]),
      KadMessage(.putValue, key: [1], record: KadRecord(key: [1], value: [2, 3])),
      KadMessage(.addProvider, key: [9], providerPeers: [.test(3)]), KadMessage(.ping),
    ]
    for message in messages { #expect(try KadMessage(Self.body(message)) == message) }
  }

  @Test("The bytes are those of the specification")
  func vector() throws {
    // FIND_NODE of a peer id: type 4, then the key.
    let body = try Self.body(KadMessage(.findNode, key: [0xAA, 0xBB]))
    #expect(body.bytes == hex("08 04 12 02 AA BB"))
    // go writes no type for PUT_VALUE in proto3, and clusterLevelRaw as field 10.
    let put = try KadMessage(ByteBuffer(bytes: hex("12 01 61 1A 06 0A 01 61 12 01 62 50 01")))
    #expect(put == KadMessage(.putValue, key: [0x61], record: KadRecord(key: [0x61], value: [0x62])))
  }

  @Test("Case 58: an unknown type, a key of 10 KB, and what is no protobuf are refused")
  func refused() {
    #expect(throws: KadFault.unknownType(9)) { try KadMessage(ByteBuffer(bytes: hex("08 09"))) }
    let long = KadMessage(.getValue, key: Array(repeating: 1, count: 10_240)).frame()
    #expect(throws: KadFault.keyTooLong(bytes: 10_240, limit: Limits.Kademlia.key)) {
      var frame = long
      _ = try KadMessage(#require(try frame.readLengthPrefixed(limit: 100_000)))
    }
    #expect(throws: KadFault.malformed) { try KadMessage(ByteBuffer(bytes: hex("12 FF"))) }
    #expect(throws: KadFault.malformed) { try KadMessage(ByteBuffer(string: "HTTP/1.1 400 Bad Request")) }
  }

  @Test("Case 59: of ten thousand peers with a thousand addresses only so many are kept, and none that is wrong")
  func bounded() throws {
    let address = try Multiaddr("/ip4/1.2.3.4/tcp/1")
    var proto = ProtoKadMessage()
    proto.type = 4
    for number in 0..<10_000 {
      var peer = ProtoKadPeer()
      peer.id = .init(PeerID.test(number).bytes)
      if number == 0 { peer.id = .init([1, 2, 3]) }
      if number == 1 {
        peer.addrs = (0..<1_000).map { .init((try? Multiaddr("/ip4/1.2.3.4/tcp/\($0 + 1)").bytes) ?? []) }
      }
      if number == 2 {
        peer.addrs = try [
          [], [0xFF, 0xFF], address.bytes, address.bytes, Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(PeerID.test(7))").bytes,
          Multiaddr("/ip4/1.2.3.4/tcp/2/p2p/\(PeerID.test(2))").bytes, Multiaddr("/ip4/0.0.0.0/tcp/2").bytes,
        ].map { .init($0) }
      }
      proto.closerPeers.append(try peer.serializedData())
    }
    proto.closerPeers.insert(.init([0xFF]), at: 0)
    proto.providerPeers = proto.closerPeers
    let message = try KadMessage(ByteBuffer(bytes: try proto.serializedBytes() as [UInt8]))
    #expect(message.closerPeers.count == Limits.Kademlia.bucket)
    #expect(message.providerPeers.count == Limits.Kademlia.providers)
    #expect(message.closerPeers[0].id == .test(1))
    #expect(message.closerPeers[0].addresses.count == Limits.Kademlia.addresses)
    #expect(message.closerPeers[1].addresses == [address, try Multiaddr("/ip4/1.2.3.4/tcp/2")])
  }

  @Test("Case 64: what is sent is never longer than the bound; providers are left out first")
  func cut() throws {
    let addresses = try (1...20).map { try Multiaddr("/ip6/2001:4860::\($0)/tcp/4001") }
    let peers = (0..<Limits.Kademlia.providers * 5).map { KadPeer(id: .test($0), addresses: addresses) }
    let message = KadMessage(
      .getProviders, key: [1], closerPeers: Array(peers.prefix(Limits.Kademlia.bucket)), providerPeers: peers)
    let body = try Self.body(message)
    #expect(body.readableBytes <= Limits.Kademlia.send)
    #expect(body.readableBytes > Limits.Kademlia.send - 500)
    let read = try KadMessage(body)
    #expect(read.closerPeers.map(\.id) == message.closerPeers.map(\.id))
    #expect(!read.providerPeers.isEmpty)
    #expect(read.closerPeers.allSatisfy { $0.addresses.count == Limits.Kademlia.addressesSent })
  }

  @Test("Of an answer with thousands of providers the first ones are read; of one beyond all measure nothing")
  func begun() throws {
    var proto = ProtoKadMessage()
    proto.type = KadRequestType.getProviders.rawValue
    for number in 0..<8_000 {
      var peer = ProtoKadPeer()
      peer.id = .init([0x12, 32] + [UInt8](repeating: UInt8(number % 251), count: 31) + [UInt8(number / 251)])
      if number < 3 { proto.closerPeers.append(try peer.serializedData()) }
      proto.providerPeers.append(try peer.serializedData())
    }
    let bytes: [UInt8] = try proto.serializedBytes()
    #expect(bytes.count > Limits.Kademlia.response)
    var frame = ByteBuffer()
    frame.writeLengthPrefixed(bytes)
    var arrived = ByteBuffer()
    var answer: KadAnswer?
    while answer == nil, var piece = frame.readSlice(length: min(50_000, frame.readableBytes)), piece.readableBytes > 0
    {
      arrived.writeBuffer(&piece)
      answer = try arrived.readKadAnswer()
    }
    let begun = try #require(answer)
    #expect(!begun.isWhole && begun.body.readableBytes <= Limits.Kademlia.response)
    #expect(begun.body.readableBytes > Limits.Kademlia.response - 100)
    let message = try KadMessage(begun.body)
    #expect(message.closerPeers.count == 3 && message.providerPeers.count == Limits.Kademlia.providers)
    var endless = ByteBuffer(bytes: Varint.encode(UInt64(Limits.Kademlia.responseBegun) + 1))
    #expect(throws: (any Error).self) { try endless.readKadAnswer() }
    // What is one field that does not end says nothing.
    var one = ByteBuffer(bytes: Varint.encode(UInt64(Limits.Kademlia.responseBegun)) + [0x4A] + Varint.encode(1 << 21))
    one.writeRepeatingByte(7, count: Limits.Kademlia.response)
    #expect(try one.readKadAnswer()?.body.readableBytes == 0)
  }

  @Test("A peer whose addresses are kilobytes long takes nothing from the others of an answer, nor a record")
  func longAddresses() throws {
    let long = try (0..<8).map { try Multiaddr("/dns4/\(String(repeating: "x", count: 240)).\($0)/tcp/1") }
    let address = try Multiaddr("/ip6/2001:4860::1/tcp/4001")
    let peers = (0..<Limits.Kademlia.bucket).map { KadPeer(id: .test($0), addresses: long + [address]) }
    let record = KadRecord(key: [1], value: Array(repeating: 7, count: Limits.Kademlia.value))
    let read = try KadMessage(Self.body(KadMessage(.getValue, key: [1], record: record, closerPeers: peers)))
    #expect(read.record == record)
    #expect(read.closerPeers.map(\.id) == peers.map(\.id))
    #expect(read.closerPeers.allSatisfy { $0.addresses.contains(address) })
  }

  @Test("Damaged messages never end the process")
  func fuzz() throws {
    var random = SplitMix64(seed: 7)
    let bytes = try Self.body(
      KadMessage(
        .getProviders, key: [1, 2, 3], record: KadRecord(key: [1], value: [2]), closerPeers: [.test(1), .test(2)],
        providerPeers: [.test(3)])
    ).bytes
    for _ in 0..<3_000 {
      if let message = try? KadMessage(ByteBuffer(bytes: mutated(bytes, with: &random))) {
        #expect(message.frame().readableBytes <= Limits.Kademlia.send + 4)
      }
    }
  }
}
