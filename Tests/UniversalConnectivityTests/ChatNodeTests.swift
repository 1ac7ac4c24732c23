import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import NIOPosix
import Swarm
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("A chat node")
struct ChatNodeTests {
  private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  @Test("chats with another over loopback, both ways, and does not hear itself")
  func chat() async throws {
    let alice = try node { $0.listen = [try Multiaddr("/ip4/127.0.0.1/tcp/0")] }
    let heardByAlice = EventRecorder(alice)
    let address = try #require(try await alice.start().first)
    let bob = try node { $0.connect = [address] }
    let heardByBob = EventRecorder(bob)
    try await bob.start()

    _ = try await heardByAlice.first { if case .ready(let peers) = $0 { peers } else { nil } }
    _ = try await heardByBob.first { if case .ready(let peers) = $0 { peers } else { nil } }
    let receipt = try await bob.publish(ByteBuffer(string: "hello alice")).get()
    #expect(receipt.peers == 1 && !receipt.id.isEmpty)
    #expect(try await heardByAlice.first(\.messageText) == "hello alice")
    _ = try await alice.publish(ByteBuffer(string: "hello bob")).get()
    let answer = try await heardByBob.first { if case .message(let message) = $0 { message } else { nil } }
    #expect(answer.text == "hello bob")
    #expect(answer.from == alice.localPeer)
    #expect(answer.room == "universal-connectivity")
    #expect(answer.receivedNanos > 1_700_000_000_000_000_000)
    #expect(heardByAlice.events.compactMap(\.messageText) == ["hello alice"])

    // Both have pinged and identified each other by themselves.
    let id = alice.localPeer
    let seconds = try await heardByBob.first { event -> Double? in
      if case .pinged(id, let seconds) = event { seconds } else { nil }
    }
    #expect(seconds > 0 && seconds < 60)
    let agent = try await heardByBob.first { event -> String? in
      if case .identified(id, let info) = event { info.agent } else { nil }
    }
    #expect(agent == "uc-bot/0.1.0")
    _ = try await heardByAlice.first { if case .identifySent(bob.localPeer) = $0 { true } else { nil } }
    #expect(try await bob.ping(id).get() > 0)
    await bob.shutdown()
    await alice.shutdown()
  }

  @Test("writes in the form of its codec, and is understood whatever form it is", arguments: PayloadCodec.allCases)
  func codecs(_ codec: PayloadCodec) async throws {
    let alice = try node { $0.listen = [try Multiaddr("/ip4/127.0.0.1/tcp/0")] }
    let heard = EventRecorder(alice)
    let address = try #require(try await alice.start().first)
    let bob = try node {
      $0.connect = [address]
      $0.codec = codec
      $0.nick = "bob"
    }
    let ready = EventRecorder(bob)
    try await bob.start()
    _ = try await ready.first { if case .ready = $0 { true } else { nil } }
    _ = try await bob.publish(ByteBuffer(string: "hello \(codec)")).get()
    let message = try await heard.first { if case .message(let message) = $0 { message } else { nil } }
    #expect(message.text == "hello \(codec)" && message.format.rawValue == codec.rawValue)
    #expect(message.payload?.nick == (codec == .json ? "bob" : nil))
    if codec == .flat || codec == .json {
      #expect(message.payload?.sender == bob.localPeer.description)
      let written = try #require(message.payload?.timestamp)
      #expect(abs(written - Double(message.receivedNanos) / 1e9) < 60)
    }
    // Bytes that must go out as they are do so whatever the codec is.
    _ = try await bob.publish(ByteBuffer(string: "as it is"), codec: .raw).get()
    let bare = try await heard.first { event -> ChatMessage? in
      if case .message(let message) = event, message.text == "as it is" { message } else { nil }
    }
    #expect(bare.data == ByteBuffer(string: "as it is"))
    let binary = ByteBuffer(bytes: [0xFF])
    #expect(await failure(bob.publish(binary)) == (codec == .raw ? nil : .notText))
    await bob.shutdown()
    await alice.shutdown()
  }

  @Test("dials a wanted peer until it is there, and again when it is gone")
  func redials() async throws {
    let identity = KeyPair.generate()
    let port = try HeldPort()
    let address = try Multiaddr("/ip4/127.0.0.1/tcp/\(port.number)/p2p/\(identity.peerID)")
    let bot = try node {
      $0.connect = [address]
      $0.redial.first = .milliseconds(20)
      $0.redial.maximum = .milliseconds(60)
    }
    let heard = EventRecorder(bot)
    try await bot.start()
    let (reason, wait) = try await heard.first { event -> (String, TimeAmount)? in
      if case .dialFailed(address, let reason, let wait) = event { (reason, wait) } else { nil }
    }
    #expect(reason.lowercased().contains("refused"))
    #expect(!reason.contains(address.description))
    #expect(wait >= .milliseconds(10) && wait <= .milliseconds(20))

    // It appears, goes, and appears once more.
    let second = try node(identity: identity) { $0.listen = [address.withoutPeerID] }
    let visitors = EventRecorder(second)
    try await second.start()
    let id = identity.peerID
    _ = try await heard.first { if case .connected(id, _, .outbound) = $0 { true } else { nil } }
    _ = try await visitors.first { if case .connected(_, _, .inbound) = $0 { true } else { nil } }
    await second.shutdown(timeout: .seconds(10))
    _ = try await heard.first { if case .disconnected(id, _) = $0 { true } else { nil } }
    let third = try node(identity: identity) { $0.listen = [address.withoutPeerID] }
    let visitorsAgain = EventRecorder(third)
    try await third.start()
    _ = try await visitorsAgain.first { if case .connected(_, _, .inbound) = $0 { true } else { nil } }
    await third.shutdown()
    await bot.shutdown()
    withExtendedLifetime(port) {}
  }

  @Test("says which address it cannot listen on, and does without those that are only wished for")
  func portInUse() async throws {
    let first = try node { $0.listen = [try Multiaddr("/ip4/127.0.0.1/tcp/0")] }
    let taken = try #require(try await first.start().first).withoutPeerID
    let second = try node { $0.listen = [taken] }
    do {
      try await second.start()
      Issue.record("listens twice on \(taken)")
    } catch {
      #expect("\(error)".contains(taken.description))
    }
    let third = try node { $0.listenIfPossible = [taken] }
    #expect(try await third.start().isEmpty)
    for node in [first, second, third] { await node.shutdown() }
  }

  @Test("refuses to publish what is too long, goes elsewhere, reaches nobody, or comes too late")
  func refusals() async throws {
    let node = try node { _ in }
    try await node.start()
    let long = ByteBuffer(repeating: 0x61, count: Limits.Chat.publish + 1)
    #expect(await failure(node.publish(long)) == .tooLong(bytes: 16_385, limit: 16_384))
    let text = ByteBuffer(string: "x")
    #expect(await failure(node.publish(text, room: "elsewhere")) == .notJoined(room: "elsewhere"))
    #expect(await failure(node.publish(text)) == .noPeers)
    await node.shutdown()
    #expect(await failure(node.publish(text)) == .stopping)
  }

  private func failure(_ future: EventLoopFuture<ChatReceipt>) async -> ChatPublishError? {
    do {
      _ = try await future.get()
      return nil
    } catch {
      return error as? ChatPublishError
    }
  }

  private func node(
    identity: KeyPair = .generate(), _ configure: (inout ChatNodeConfiguration) throws -> Void
  ) throws -> ChatNode {
    var configuration = ChatNodeConfiguration(identity: identity)
    try configure(&configuration)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return try ChatNode(configuration: configuration, eventLoopGroup: Self.eventLoops, logger: logger)
  }
}
