import BotKit
import Foundation
import Identity
import Limits
import Logging
import Multiformats
import NIOCore
import NIOPosix
import TestSupport
import Testing
import UniversalConnectivity

@testable import uc_bot

@Suite("The files of bots, on real connections")
struct BotFolderTests {
  private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// A peer with a folder and a script.
  private final class Peer: Sendable {
    let node: ChatNode
    let runner: BotRunner
    let folder: String
    let events = EventRecorder<ChatEvent>()
    let log = EventRecorder<String>()

    init(_ script: String, connect: [Multiaddr] = [], announces: Bool = true, isDryRun: Bool = false) throws {
      folder = NSTemporaryDirectory() + "uc-bot-files-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      var settings = try PeerSettings(
        connect: connect.map(\.description), listen: ["/ip4/127.0.0.1/tcp/0"], port: nil, environment: [:])
      settings.announcesFiles = announces
      let log = log
      let logger = Logger(label: "test") { _ in Recorder(log: log) }
      node = try ChatNode(
        configuration: settings.configuration(identity: .generate()), eventLoopGroup: BotFolderTests.eventLoops,
        logger: Logger(label: "peer") { _ in SwiftLogNoOpLogHandler() })
      var configuration = BotConfiguration(logger: logger)
      configuration.files = BotFolder(
        node: node, folder: FileFolder(path: folder), isDryRun: isDryRun, logger: logger)
      let runner = try BotRunner(
        source: script, path: "bots/test.lua", configuration: configuration, network: ChatNodeBotNetwork(node: node))
      self.runner = runner
      let room = node.room
      node.onEvent { [events] event in
        events.record(event)
        if let event = BotEvent(event, room: room) { runner.post(event) }
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func start() async throws -> [Multiaddr] {
      try runner.start()
      return try await node.start()
    }

    func stop() async {
      await runner.stop()
      await node.shutdown()
    }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }

    func write(_ bytes: Int, as name: String) throws {
      try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
    }

    /// Waits for a line of the log, and returns it.
    func line(_ prefix: String) async throws -> String {
      try await log.first { $0.hasPrefix(prefix) ? $0 : nil }
    }
  }

  private struct Recorder: LogHandler {
    let log: EventRecorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { log.record("\(event.message) \(event.metadata?["reason"].map { "\($0)" } ?? "")") }
  }

  /// Two peers; the first has a file `tea.txt` of so many bytes.
  private func pair(
    _ first: String, _ second: String, bytes: Int, announces: Bool = true, isDryRun: Bool = false
  ) async throws -> (Peer, Peer) {
    let alice = try Peer(first, announces: announces, isDryRun: isDryRun)
    try alice.write(bytes, as: "tea.txt")
    let addresses = try await alice.start()
    let bob = try Peer(second, connect: addresses)
    _ = try await bob.start()
    return (alice, bob)
  }

  /// Offers the file `tea.txt` and announces it when somebody follows the topic.
  private let giver = """
    uc.on("ready", function()
      local file, code = uc.file.offer("tea.txt")
      if not file then return print("offer", code) end
      print("same", file.id == uc.file.offer("tea.txt").id, uc.file.list()[1].id == file.id)
      local ok, why
      repeat
        ok, why = file:announce()
        uc.sleep(0.05)
      until ok or why ~= "no_peers"
      print("announce", ok and ok.peers, why)
    end)
    """

  @Test("a bot offers and announces a file of its folder, another hears of it and fetches it into its own")
  func fromFolderToFolder() async throws {
    let (alice, bob) = try await pair(
      giver,
      """
      uc.on("file", function(file)
        local got, code = file:fetch { name = "copy.txt" }
        print("got", got and got.name, got and got.size, got and got.peer == uc.me, code)
        print("again", file:fetch { name = "copy.txt" })
        print("hostile", uc.file.fetch(file.peer, "../../etc/passwd", { name = "../x" }))
        print("unknown", uc.file.fetch(file.peer, "../../etc/passwd"))
        print("small", file:fetch { name = "small", max = 5 })
        print("self", uc.file.fetch(uc.me, file.id))
      end)
      """, bytes: 300_000)
    #expect(try await alice.line("same") == "same\ttrue\ttrue ")
    #expect(try await alice.line("announce") == "announce\t1\tnil ")
    #expect(try await bob.line("got") == "got\tcopy.txt\t300000\ttrue\tnil ")
    #expect(try await bob.line("again") == "again\tnil\texists ")
    #expect(try await bob.line("hostile") == "hostile\tnil\tbad_name ")
    #expect(try await bob.line("unknown") == "unknown\tnil\tnot_found ")
    #expect(try await bob.line("small") == "small\tnil\ttoo_large ")
    #expect(try await bob.line("self") == "self\tnil\tnot_connected ")
    #expect(bob.names == ["copy.txt"])
    // Told once to the user, too: what was the peer's doing, and not the script's.
    #expect(bob.log.events.filter { $0.hasPrefix("a file was not fetched") }.count == 2)
    await bob.stop()
    await alice.stop()
  }

  @Test("--files names a folder that is there, and --announce-files says that others may be told of it")
  func options() throws {
    func options(_ arguments: String...) throws -> RunOptions {
      try RunCommand.parse(["x.lua"] + arguments).options(environment: [:])
    }
    #expect(try options("--files", "/tmp").filesFolder?.path == "/tmp")
    #expect(throws: UsageError("--files /tmp/no: there is no such folder")) { try options("--files", "/tmp/no") }
    #expect(try options().filesFolder == nil)
    #expect(try !options("--files", "/tmp").peer.announcesFiles)
    #expect(try options("--files", "/tmp", "--announce-files").peer.announcesFiles)
  }

  @Test("what is not allowed is not announced, and what is dry is not either")
  func notAnnounced() async throws {
    var (alice, bob) = try await pair(giver, "", bytes: 5, announces: false)
    #expect(try await alice.line("announce") == "announce\tnil\tforbidden ")
    await bob.stop()
    await alice.stop()

    (alice, bob) = try await pair(giver, "", bytes: 5, isDryRun: true)
    #expect(try await alice.line("announce") == "announce\t1\tnil ")
    #expect(alice.log.events.contains { $0.hasPrefix("would announce a file") })
    #expect(!bob.events.events.contains { if case .fileAnnounced = $0 { true } else { false } })
    await bob.stop()
    await alice.stop()
  }

  @Test("a file that has gone since it was offered, or has nothing in it any more, is not announced")
  func gone() async throws {
    let (alice, bob) = try await pair(
      """
      local file
      uc.on("ready", function()
        file = uc.file.offer("tea.txt")
        print("offered")
      end)
      uc.on("signal", function(ev) print(ev.name, select(2, file:announce())) end)
      """, "", bytes: 5)
    _ = try await alice.line("offered")
    try alice.write(0, as: "tea.txt")
    alice.runner.post(.signal(name: "USR1"))
    #expect(try await alice.line("USR1") == "USR1\tempty ")
    try FileManager.default.removeItem(atPath: alice.folder + "/tea.txt")
    alice.runner.post(.signal(name: "USR2"))
    #expect(try await alice.line("USR2") == "USR2\tnot_found ")
    #expect(!bob.events.events.contains { if case .fileAnnounced = $0 { true } else { false } })
    await bob.stop()
    await alice.stop()
  }

  @Test("an offer that is withdrawn is gone, and a task that is cancelled leaves nothing behind")
  func withdrawn() async throws {
    let (alice, bob) = try await pair(
      """
      uc.on("ready", function()
        local file = uc.file.offer("tea.txt")
        print("withdrawn", file:withdraw(), uc.file.list()[1].id, select(2, file:announce()))
        print("bad", select(2, uc.file.offer("../tea.txt")), select(2, uc.file.offer("milk")))
      end)
      """,
      """
      uc.on("ready", function(ev)
        local peer
        repeat
          uc.sleep(0.02)
          for p in uc.peers { connected = true } do peer = p end
        until peer
        print("timeout", uc.timeout(0.01, function() return uc.file.fetch(peer, "x") end))
      end)
      """, bytes: 5)
    #expect(try await alice.line("withdrawn") == "withdrawn\ttrue\tnil\tnot_found ")
    #expect(try await alice.line("bad") == "bad\tbad_name\tnot_found ")
    _ = try await bob.line("timeout")
    #expect(bob.names == [])
    await bob.stop()
    await alice.stop()
  }
}
