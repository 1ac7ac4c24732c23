import BotKit
import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import TestSupport
import Testing
import UniversalConnectivity

@testable import uc_bot

@Suite("Bots that answer everything, on real connections")
struct EchoLoopTests {
  private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// A peer whose script, if it has one, gets what happens to it.
  private final class Peer: Sendable {
    let node: ChatNode
    let runner: BotRunner?
    let heard = EventRecorder<(author: PeerID, text: String)>()
    let events = EventRecorder<ChatEvent>()
    let log = EventRecorder<String>()

    init(_ script: String?, connect: [Multiaddr] = [], agent: String) throws {
      var configuration = ChatNodeConfiguration(identity: .generate())
      configuration.listen = [try Multiaddr("/ip4/127.0.0.1/tcp/0")]
      configuration.connect = connect
      configuration.agent = agent
      let node = try ChatNode(
        configuration: configuration, eventLoopGroup: EchoLoopTests.eventLoops, logger: EchoLoopTests.silent)
      self.node = node
      let logger = Logger(label: "bot") { [log] _ in Recorder(log: log) }
      runner = try script.map {
        try BotRunner(
          source: $0, path: "bots/parrot.lua", configuration: BotConfiguration(logger: logger),
          network: ChatNodeBotNetwork(node: node))
      }
      let room = node.room
      node.onEvent { [runner, heard, events] event in
        if case .message(let message) = event { heard.record((message.from, message.text)) }
        events.record(event)
        if let event = BotEvent(event, room: room) { runner?.post(event) }
      }
    }

    func start() async throws -> [Multiaddr] {
      try runner?.start()
      return try await node.start()
    }

    func stop() async {
      await runner?.stop()
      await node.shutdown()
    }
  }

  @Test(
    "two that echo everything fall silent within a bounded number of messages, and still answer a third peer",
    arguments: ["uc-bot/0.1.0", Version.botAgent])
  func circle(agent: String) async throws {
    // Without `bots` the mark of the agent alone would end it, so both kinds ask for everything.
    let parrot = """
      uc.on("message", { bots = true }, function(msg)
        local _, code = msg:reply("echo: " .. msg.text)
        if code == "loop" then print("silent") end
      end)
      """
    let first = try Peer(parrot, agent: agent)
    let address = try #require(try await first.start().first)
    let second = try Peer(parrot, connect: [address], agent: agent)
    let secondAddress = try #require(try await second.start().first)
    let person = try Peer(nil, connect: [address, secondAddress], agent: "go-peer")
    _ = try await person.start()
    let ids = [first.node.localPeer, second.node.localPeer]
    for id in ids {
      _ = try await person.events.first { if case .subscribed(id, _) = $0 { true } else { nil } }
    }
    _ = try await person.events.first { if case .ready = $0 { true } else { nil } }

    _ = try await person.node.publish(ByteBuffer(string: "hello")).get()
    // Both have fallen silent when each has judged a message of the other and said nothing.
    for peer in [first, second] { _ = try await peer.log.first { $0 == "silent" ? true : nil } }
    let said = person.heard.events.count
    #expect(said <= 64)

    // Each still has an answer for somebody else. It comes behind whatever was on its way.
    _ = try await person.node.publish(ByteBuffer(string: "are you there?")).get()
    for id in ids {
      _ = try await person.heard.first { $0.author == id && $0.text.hasPrefix("echo: are you there?") ? true : nil }
    }
    #expect(person.heard.events.count <= said + 16)
    for peer in [first, second, person] { await peer.stop() }
  }

  @Test("two that do not ask for bots do not talk with each other at all, once each knows what the other is")
  func marked() async throws {
    let parrot = #"uc.on("message", function(msg) msg:reply("echo: " .. msg.text) end)"#
    let first = try Peer(parrot, agent: Version.botAgent)
    let address = try #require(try await first.start().first)
    let second = try Peer(parrot, connect: [address], agent: Version.botAgent)
    _ = try await second.start()
    let person = try Peer(nil, connect: [address], agent: "go-peer")
    _ = try await person.start()
    for (peer, other) in [(first, second), (second, first)] {
      let id = other.node.localPeer
      _ = try await peer.events.first { if case .identified(id, _) = $0 { true } else { nil } }
    }
    _ = try await person.events.first { if case .ready = $0 { true } else { nil } }
    for text in ["one", "two", "three"] {
      _ = try await person.node.publish(ByteBuffer(string: text)).get()
      for id in [first.node.localPeer, second.node.localPeer] {
        _ = try await person.heard.first { $0.author == id && $0.text.hasPrefix("echo: \(text)") ? true : nil }
      }
    }
    #expect(!person.heard.events.contains { $0.text.hasPrefix("echo: echo") })
    for peer in [first, second, person] { await peer.stop() }
  }
}

/// Keeps what a script prints.
private struct Recorder: LogHandler {
  let log: EventRecorder<String>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  init(log: EventRecorder<String>) { self.log = log }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { log.record("\(event.message)") }
}
