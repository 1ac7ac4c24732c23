import Identity
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Messages that are none")
struct BadMessageTests {
  private static let topic = ChatNodeConfiguration.universalConnectivity

  /// An RPC with one message of these fields (wire.md §4.7), behind its length.
  private static func frame(from: [UInt8], seqno: [UInt8], signature: [UInt8]?) -> [UInt8] {
    var message = field(1, from) + field(2, Array("hi".utf8)) + field(3, seqno) + field(4, Array(topic.utf8))
    if let signature { message += field(5, signature) }
    var frame = ByteBuffer()
    frame.writeLengthPrefixed(field(2, message))
    return Array(frame.readableBytesView)
  }

  private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var body = ByteBuffer(bytes: [number << 3 | 2])
    body.writeLengthPrefixed(bytes)
    return Array(body.readableBytesView)
  }

  private func speak(_ bytes: [UInt8], from peer: RawPeer, to node: TestNode) async throws {
    _ = try await peer.swarm.openStream(to: node.id, protocols: ["/meshsub/1.1.0"]) { channel, _ in
      channel.say(bytes)
    }.get()
  }

  @Test(
    "are told of once with their reason, and harm nothing",
    arguments: [
      ("not signed", [1, 2, 3, 4, 5, 6, 7, 8], nil, "it is not signed"),
      ("forged", [1, 2, 3, 4, 5, 6, 7, 8], [UInt8](repeating: 7, count: 64), "its signature is wrong"),
      ("seven bytes of sequence number", [1, 2, 3, 4, 5, 6, 7], nil, "its sequence number has not eight bytes"),
    ] as [(String, [UInt8], [UInt8]?, String)])
  func messages(name: String, seqno: [UInt8], signature: [UInt8]?, reason: String) async throws {
    let (node, peer) = try await nodeAndPeer()
    for number in UInt8(0)..<5 {
      let frame = Self.frame(from: peer.id.bytes, seqno: seqno.dropLast() + [number], signature: signature)
      try await speak(frame, from: peer, to: node)
    }
    #expect(try await node.malformed() == MalformedInput(kind: .message, reason: reason))
    try await heard(node, from: peer, kind: .message)
  }

  @Test("and frames that are none, too")
  func frames() async throws {
    let (node, peer) = try await nodeAndPeer()
    for _ in 0..<3 { try await speak([4, 0xFF, 0xFF, 0xFF, 0xFF], from: peer, to: node) }
    #expect(try await node.malformed().kind == .gossipsubFrame)
    try await heard(node, from: peer, kind: .gossipsubFrame)
  }

  /// What another peer says is heard, and the bad one is still connected; told of was one thing.
  private func heard(_ node: TestNode, from peer: RawPeer, kind: MalformedInput.Kind) async throws {
    let address = try #require(
      node.heard.events.compactMap { if case .listening(let address) = $0 { address } else { nil } }.first)
    let other = try TestNode { $0.connect = [address] }
    try await other.node.start()
    _ = try await other.heard.first { if case .ready = $0 { true } else { nil } }
    _ = try await withDeadline { try await other.node.publish(ByteBuffer(string: "said after")).get() }
    #expect(try await node.heard.first(\.messageText) == "said after")
    #expect(node.heard.events.count { if case .malformed(peer.id, _) = $0 { true } else { false } } == 1)
    #expect(await node.node.connectedPeers.contains(peer.id))
    await other.node.shutdown()
    await shutdown(node, peer)
  }
}
