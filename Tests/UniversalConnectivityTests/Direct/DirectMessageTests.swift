import Identity
import Limits
import Multiformats
import NIOCore
import Swarm
import Synchronization
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Direct messages")
struct DirectMessageTests {
  private static let name = "/universal-connectivity/dm/1.0.0"
  private static let request = hex("200a0e0a05302e302e311080d095ffbc31120268691a0a746578742f706c61696e")

  @Test("go from one node to the other, both ways, and tell when they arrived")
  func both() async throws {
    let (alice, bob) = try await connectedPair()
    try await alice.node.sendDirect("hello bob", to: bob.id)
    let message = try await bob.heard.first { if case .direct(let message) = $0 { message } else { nil } }
    #expect(message.text == "hello bob" && message.from == alice.id && !message.truncated)
    #expect(abs(message.receivedNanos / 1_000_000 - message.sentMilliseconds) < 60_000)
    let long = String(repeating: "ä", count: Limits.Chat.publish / 2)
    try await bob.node.sendDirect(long, to: alice.id)
    let cut = try await alice.heard.first { if case .direct(let message) = $0 { message } else { nil } }
    #expect(cut.text.utf8.count == Limits.Chat.text && cut.truncated)
    // The room hears nothing of it.
    #expect(!alice.heard.events.contains { $0.messageText != nil })
    await bob.node.shutdown()
    await alice.node.shutdown()
  }

  @Test("that cannot be sent say why")
  func refusals() async throws {
    let (alice, bob) = try await connectedPair(second: { $0.direct.isServed = false })
    #expect(await failure { try await alice.node.sendDirect("", to: bob.id) } == .empty)
    let long = String(repeating: "x", count: Limits.Chat.publish + 1)
    #expect(
      await failure { try await alice.node.sendDirect(long, to: bob.id) }
        == .tooLong(bytes: 16_385, limit: Limits.Chat.publish))
    #expect(await failure { try await alice.node.sendDirect("x", to: bob.id) } == .unsupported)
    let nobody = KeyPair.generate().peerID
    #expect(await failure { try await alice.node.sendDirect("x", to: nobody) } == .notConnected)
    #expect(await failure { try await alice.node.sendDirect("x", to: alice.id) } == .notConnected)
    await bob.node.shutdown()
    await alice.node.shutdown()
    #expect(await failure { try await alice.node.sendDirect("x", to: bob.id) } == .stopping)
  }

  // MARK: a node, and peers that answer badly

  @Test(
    "to a peer that answers badly fail with the reason",
    arguments: [
      BadAnswer("no metadata", { $0.say(hex("0310c801")) }, .badAnswer("metadata is missing")),
      BadAnswer("status 500", { $0.say(hex("0b0a0010f4031a0462757379")) }, .refused("busy")),
      BadAnswer("rubbish", { $0.say(hex("01ff")) }, .badAnswer("not a direct message")),
      BadAnswer(
        "the end", { $0.close(mode: .output, promise: nil) }, .badAnswer("the peer ended the stream without one")),
      BadAnswer(
        "half an answer", { $0.say(hex("130a0e"), thenEnd: true) }, .badAnswer("the peer ended the stream without one")),
      BadAnswer(
        "a reset", { $0.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil) },
        .lost("the peer reset the stream")),
      BadAnswer("nothing", { _ in }, .timeout),
    ])
  func badAnswers(_ bad: BadAnswer) async throws {
    let (node, peer) = try await nodeAndPeer(configure: {
      if bad.expected == .timeout { $0.direct.timeout = .milliseconds(50) }
    }) { $0.serve(Self.name, bad.act) }
    #expect(await failure { try await node.node.sendDirect("hi", to: peer.id) } == bad.expected)
    await shutdown(node, peer)
  }

  @Test("to a peer that announces an answer of a gigabyte fail at once")
  func oversizedAnswer() async throws {
    let (node, peer) = try await nodeAndPeer(prepare: { $0.serve(Self.name) { $0.say(hex("8080808004")) } })
    guard case .badAnswer = await failure({ try await node.node.sendDirect("hi", to: peer.id) }) else {
      Issue.record("the answer was waited for")
      return
    }
    await shutdown(node, peer)
  }

  @Test("wait for so many answers and no more")
  func waiting() async throws {
    let (node, peer) = try await nodeAndPeer(prepare: { $0.serve(Self.name) { _ in } })
    let sends = (0..<Limits.Direct.waiting).map { _ in node.node.sendDirectFuture("x", to: peer.id) }
    let refusal = await failure { try await node.node.sendDirect("x", to: peer.id) }
    #expect(refusal == .tooMany(Limits.Direct.waiting))
    await shutdown(node, peer)
    for send in sends { #expect(await failure { try await send.get() } != nil) }
  }

  // MARK: a node, and peers that ask badly

  @Test("get an answer with metadata, before the peer has ended its side, and the stream is not left open")
  func answer() async throws {
    let (node, peer) = try await nodeAndPeer(configure: { $0.direct.linger = .milliseconds(20) })
    // js leaves its side open: our side ends after the answer.
    let (bytes, wasReset) = try await peer.exchange(with: node.id, Self.name) { $0.say(Self.request) }
    var frame = ByteBuffer(bytes: bytes)
    let body = try #require(try frame.readLengthPrefixed(limit: 100))
    #expect(try DirectResponse(body).status == .ok && frame.readableBytes == 0 && !wasReset)
    let text = try await node.heard.first { if case .direct(let message) = $0 { message.text } else { nil } }
    #expect(text == "hi")
    // And then the stream is reset, which frees js's place for another one.
    let streams = 3 * Limits.Direct.streams
    for _ in 0..<streams {
      let closed = peer.swarm.eventLoop.makePromise(of: Void.self)
      _ = try await peer.swarm.openStream(to: node.id, protocols: [Self.name]) { channel, _ in
        channel.closeFuture.cascade(to: closed)
        channel.say(Self.request)
      }.get()
      try await withDeadline { try await closed.futureResult.get() }
    }
    #expect(node.heard.events.count { if case .direct = $0 { true } else { false } } == streams + 1)
    await shutdown(node, peer)
  }

  @Test(
    "that are none are answered with the reason, and reported once",
    arguments: [
      ("no metadata", "10120268691a0a746578742f706c61696e", "metadata is missing"),
      ("wrong type", "0f0a00120268691a0774657874 2f 7878", #"type is "text/xx", not "text/plain""#),
      ("no content", "0e0a001a0a746578742f706c61696e", "content is empty"),
      ("rubbish", "03ffffff", "not a direct message"),
    ])
  func malformed(_ name: String, _ request: String, _ reason: String) async throws {
    let (node, peer) = try await nodeAndPeer()
    for _ in 0..<3 {
      let (bytes, _) = try await peer.exchange(with: node.id, Self.name) { $0.say(hex(request), thenEnd: true) }
      var frame = ByteBuffer(bytes: bytes)
      let body = try #require(try frame.readLengthPrefixed(limit: 400))
      #expect(try DirectResponse(body).status == .error(reason))
    }
    #expect(try await node.malformed() == MalformedInput(kind: .directMessage, reason: reason))
    #expect(node.heard.events.count { if case .malformed = $0 { true } else { false } } == 1)
    #expect(!node.heard.events.contains { if case .direct = $0 { true } else { false } })
    await shutdown(node, peer)
  }

  @Test(
    "that never come, or are announced too long, or end half-way, cost a stream and nothing more",
    arguments: [
      ("silence", "", false), ("slow", "20", false), ("half", "200a0e", true), ("a gigabyte", "8080808004", false),
      ("no length", "ffffffffffffffffffff", false),
    ])
  func unfinished(_ name: String, _ bytes: String, _ ends: Bool) async throws {
    let (node, peer) = try await nodeAndPeer(configure: { $0.direct.requestTimeout = .milliseconds(50) })
    let (answer, wasReset) = try await peer.exchange(with: node.id, Self.name) { $0.say(hex(bytes), thenEnd: ends) }
    #expect(answer == [] && wasReset)
    #expect(try await node.malformed().kind == .directMessage)
    // The connection lives, and messages arrive; on a busy machine not each of them in 50 ms.
    try await withDeadline {
      while try await peer.exchange(with: node.id, Self.name, { $0.say(Self.request) }).bytes.isEmpty {}
    }
    _ = try await node.heard.first { if case .direct = $0 { true } else { nil } }
    await shutdown(node, peer)
  }

  @Test("of one peer are taken up to a number in a minute")
  func rate() async throws {
    let time = Mutex(NIODeadline.uptimeNanoseconds(0))
    let (node, peer) = try await nodeAndPeer(configure: { $0.direct.now = { time.withLock { $0 } } })
    func isTaken() async throws -> Bool {
      let (bytes, _) = try await peer.exchange(with: node.id, Self.name) { $0.say(Self.request, thenEnd: true) }
      var frame = ByteBuffer(bytes: bytes)
      let body = try #require(try frame.readLengthPrefixed(limit: 100))
      let status = try DirectResponse(body).status
      #expect(status == .ok || status == .error("too many messages"))
      return status == .ok
    }
    for _ in 0..<Limits.Direct.perMinute { #expect(try await isTaken()) }
    #expect(try await !isTaken())
    time.withLock { $0 = $0 + .seconds(1) }
    #expect(try await isTaken())
    #expect(
      node.heard.events.count { if case .direct = $0 { true } else { false } } == Limits.Direct.perMinute + 1)
    await shutdown(node, peer)
  }

  @Test("of one peer come on so many streams at one time and no more")
  func streams() async throws {
    let (node, peer) = try await nodeAndPeer()
    for _ in 0..<Limits.Direct.streams {
      _ = try await peer.swarm.openStream(to: node.id, protocols: [Self.name]) { channel, _ in channel.say([0x20]) }
        .get()
    }
    let (answer, wasReset) = try await peer.exchange(with: node.id, Self.name) { $0.say(Self.request) }
    #expect(answer == [] && wasReset)
    await shutdown(node, peer)
  }

  // MARK: parts

  private func failure(_ body: () async throws -> Void) async -> DirectMessageError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? DirectMessageError
    }
  }
}

/// What a peer does when it is asked, and what becomes of the message.
struct BadAnswer: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let act: @Sendable (any Channel) -> Void
  let expected: DirectMessageError

  init(_ name: String, _ act: @escaping @Sendable (any Channel) -> Void, _ expected: DirectMessageError) {
    testDescription = name
    self.act = act
    self.expected = expected
  }
}
