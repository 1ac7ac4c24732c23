import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("A chat room")
struct ChatRoomTests {
  private struct Clumsy: Error {}

  /// A room whose node listens, and one whose node is connected to it.
  private func pair(log: String? = nil) async throws -> (ChatRoom, ChatRoom) {
    let alice = try TestNode { $0.listen = [try Multiaddr("/ip4/127.0.0.1/tcp/0")] }
    let first = try await ChatRoom.join(alice.node, nickname: "alice", systemLog: log)
    let address = try Multiaddr(await first.multiaddr)
    let bob = try TestNode { $0.connect = [address] }
    let second = try await ChatRoom.join(bob.node, nickname: "bob")
    for node in [alice, bob] { _ = try await node.heard.first { if case .ready = $0 { true } else { nil } } }
    return (first, second)
  }

  private func leave(_ rooms: ChatRoom...) async {
    for room in rooms {
      await room.stop()
      await room.node.shutdown()
    }
  }

  @Test("carries what is said to the handlers of the others, and not to one's own")
  func talk() async throws {
    let (alice, bob) = try await pair()
    let (heardByAlice, heardByBob) = (EventRecorder<ChatMessage>(), EventRecorder<ChatMessage>())
    await alice.addMessageHandler { heardByAlice.record($0) }
    await bob.addMessageHandler { heardByBob.record($0) }
    let running = [Task { await alice.run() }, Task { await bob.run() }]
    #expect(try await alice.publish("hello") == 1)
    let message = try await heardByBob.first { $0 }
    #expect(message.text == "hello" && message.from == alice.node.localPeer)
    try await bob.publish("hello yourself")
    #expect(try await heardByAlice.first { $0.text } == "hello yourself")
    #expect(heardByAlice.events.count == 1 && heardByBob.events.count == 1)
    #expect(await alice.connectedPeers == [bob.node.localPeer])
    #expect(await bob.peerCount == 1)
    await leave(alice, bob)
    for task in running { await task.value }
    #expect(await !alice.isRunning)
  }

  @Test("goes on when a handler fails, and gives the message to the next one")
  func isolation() async throws {
    let (alice, bob) = try await pair()
    let heard = EventRecorder<String>()
    await alice.addMessageHandler { _ in throw Clumsy() }
    await alice.addMessageHandler { heard.record($0.text) }
    let running = Task { await alice.run() }
    try await bob.publish("one")
    try await bob.publish("two")
    _ = try await heard.first { $0 == "two" ? true : nil }
    #expect(heard.events == ["one", "two"])
    await leave(alice, bob)
    await running.value
    #expect(await alice.handlerErrors == 2)
  }

  @Test("keeps so much for slow handlers, the newest of it, and counts the rest")
  func buffer() async throws {
    let inbox = RoomInbox()
    let author = try peer(1)
    let extra = 72
    for number in 0..<(Limits.Chat.roomBuffer + extra) {
      let text = ByteBuffer(string: "\(number)")
      inbox.take(.message(ChatMessage(id: [1], from: author, data: text, room: "r", receivedNanos: 0)))
      inbox.take(.disconnected(author, reason: nil))
    }
    inbox.finish()
    #expect(inbox.droppedMessages == extra && inbox.droppedLines == extra)
    var texts: [String] = []
    for await message in inbox.messages { texts.append(message.text) }
    #expect(texts == (extra..<(Limits.Chat.roomBuffer + extra)).map(String.init))
  }

  @Test("tells what goes on in the seed's words, and writes it down where that is wanted")
  func lines() async throws {
    let folder = try Folder()
    try folder.write(Array("[00:00:00] earlier\n".utf8), as: "system_messages.txt")
    let (alice, bob) = try await pair(log: "\(folder.path)/system_messages.txt")
    let told = EventRecorder<String>()
    await alice.addSystemMessageHandler { _ in throw Clumsy() }
    await alice.addSystemMessageHandler { told.record($0) }
    let running = Task { await alice.run() }
    let connected = "Connected to peer \(bob.node.localPeer)"
    _ = try await told.first { $0 == connected ? true : nil }
    await bob.node.shutdown()
    let gone = "Disconnected from peer \(bob.node.localPeer)"
    _ = try await told.first { $0 == gone ? true : nil }
    await #expect(throws: ChatPublishError.noPeers) { try await alice.publish("anybody?") }
    let failed = "ERROR: Failed to publish message: nobody in the room is connected"
    _ = try await told.first { $0 == failed ? true : nil }
    let multiaddr = await alice.multiaddr
    let start = [
      "Universal Connectivity Chat Started", "Nickname: alice", "Multiaddr: \(multiaddr)",
      "Commands: /quit, /peers, /status, /multiaddr", "Joined chat room as 'alice'",
    ]
    #expect(told.events.filter { start.contains($0) } == start)
    await leave(alice, bob)
    await running.value

    let bytes = try #require(folder.read("system_messages.txt"))
    let written = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    #expect(written.first == "[00:00:00] earlier")
    #expect(written.allSatisfy { $0.prefixMatch(of: #/\[\d\d:\d\d:\d\d\] /#) != nil })
    #expect(written.dropFirst().map { String($0.dropFirst(11)) } == start + [failed])
  }

  @Test("that cannot be joined says so, in the log too")
  func refused() async throws {
    let taken = try TestNode { $0.listen = [try Multiaddr("/ip4/127.0.0.1/tcp/0")] }
    let address = try #require(try await taken.node.start().first).withoutPeerID
    let other = try TestNode { $0.listen = [address] }
    let folder = try Folder()
    await #expect(throws: (any Error).self) {
      try await ChatRoom.join(other.node, nickname: "bob", systemLog: "\(folder.path)/log")
    }
    let written = String(decoding: try #require(folder.read("log")), as: UTF8.self)
    #expect(written.contains("] ERROR: Failed to subscribe to topics: cannot listen on \(address)"))
    await #expect(throws: FileTransferError.self) {
      try await ChatRoom.join(other.node, nickname: "bob", systemLog: "\(folder.path)/no/log")
    }
    for node in [taken, other] { await node.node.shutdown() }
  }

  @Test("of a node that listens nowhere has no address to hand out")
  func nowhere() async throws {
    let node = try TestNode()
    let room = try await ChatRoom.join(node.node, nickname: "n\u{1b}[2J")
    #expect(await room.multiaddr == "unknown/\(node.id)")
    #expect(await room.peerCount == 0)
    await leave(room)
  }
}
