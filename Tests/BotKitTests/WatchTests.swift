import Logging
import TestSupport
import Testing

@testable import BotKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("A watched script is loaded anew when its files change", .serialized)
struct WatchTests {
  private static let second: Int64 = 1_000_000_000

  /// Signatures that differ, of files that are there.
  private func signatures(_ count: Int) throws -> [FileSignature] {
    let directory = try ScriptDirectory()
    return try (0..<count).map { number in
      try directory.write("\(number)", "\(number)")
      return try #require(FileSignature(path: directory.path("\(number)")))
    }
  }

  @Test("a change counts when the files have stood still for a moment, and once")
  func settles() throws {
    let file = try signatures(3)
    var rule = ChangeRule()
    let made: ReadFiles = ["a.lua": file[0]]
    func look(made: ReadFiles, onDisk: ReadFiles, now: Int64) -> Bool {
      rule.look(made: made, onDisk: onDisk, now: now)
    }
    #expect(!look(made: made, onDisk: made, now: 0) && !rule.isPending)
    #expect(!look(made: made, onDisk: ["a.lua": file[1]], now: 1) && rule.isPending)
    #expect(!look(made: made, onDisk: ["a.lua": file[1]], now: ChangeRule.settle))
    // Written to again: it begins anew.
    #expect(!look(made: made, onDisk: ["a.lua": file[2]], now: ChangeRule.settle + 1))
    #expect(!look(made: made, onDisk: ["a.lua": file[2]], now: 2 * ChangeRule.settle))
    #expect(look(made: made, onDisk: ["a.lua": file[2]], now: 2 * ChangeRule.settle + 1))
    #expect(!rule.isPending)
    #expect(!look(made: made, onDisk: ["a.lua": file[2]], now: Self.second))
    // It was loaded, and changes back.
    #expect(!look(made: ["a.lua": file[2]], onDisk: ["a.lua": file[2]], now: Self.second))
    #expect(!look(made: ["a.lua": file[2]], onDisk: made, now: Self.second))
    #expect(look(made: ["a.lua": file[2]], onDisk: made, now: 2 * Self.second))
  }

  @Test("a file that is away for a moment is no change, one that stays away is one")
  func vanishes() throws {
    let file = try signatures(2)
    var rule = ChangeRule()
    let made: ReadFiles = ["a.lua": file[0]]
    func look(made: ReadFiles, onDisk: ReadFiles, now: Int64) -> Bool {
      rule.look(made: made, onDisk: onDisk, now: now)
    }
    #expect(!look(made: made, onDisk: ["a.lua": nil], now: 0) && rule.isPending)
    #expect(!look(made: made, onDisk: made, now: ChangeRule.settle) && !rule.isPending)
    #expect(!look(made: made, onDisk: ["a.lua": nil], now: Self.second))
    #expect(look(made: made, onDisk: ["a.lua": nil], now: 2 * Self.second))
    // That it is not there is known now; that it comes back is news.
    #expect(!look(made: ["a.lua": nil], onDisk: ["a.lua": nil], now: 3 * Self.second))
    #expect(!look(made: ["a.lua": nil], onDisk: ["a.lua": file[1]], now: 3 * Self.second))
    #expect(look(made: ["a.lua": nil], onDisk: ["a.lua": file[1]], now: 4 * Self.second))
  }

  @Test("the script or a module: written in place or renamed, broken, away, mended")
  func wholeLife() async throws {
    let directory = try ScriptDirectory()
    try directory.write("lib.lua", "return { text = 'lib 1' }")
    try directory.write("main.lua", "uc.on('start', function() print('main 1', require('lib').text) end)")
    let main = directory.path("main.lua")
    let lines = EventRecorder<CapturedLog.Line>()
    let runner = try BotRunner(
      scriptPath: main,
      configuration: BotConfiguration(logger: Logger(label: "test", factory: { _ in CapturedLog(lines: lines) })),
      network: FakeNetwork())
    try runner.start()
    try await lines.text("main 1\tlib 1")
    let watcher = ScriptWatcher([runner])
    #expect(watcher.start())
    defer { watcher.stop() }

    try directory.write("lib.lua", "return { text = 'lib 2' }")
    try await lines.text("main 1\tlib 2")
    // As most editors do it.
    try directory.write("new", "uc.on('start', function() print('main 2', require('lib').text) end)")
    rename(directory.path("new"), main)
    try await lines.text("main 2\tlib 2")
    try directory.write("main.lua", "print('main 3')\nuc.on('start' function() end)")
    try await lines.text("not reloaded: \(main):2: ')' expected near 'function'; the version before it goes on")
    unlink(main)
    try await lines.text(
      "not reloaded: cannot read script \(main): No such file or directory; the version before it goes on")
    // A module that does not exist yet is waited for as well.
    try directory.write("main.lua", "uc.on('start', function() print('main 4') end) require('later')")
    let missing = "module 'later' not found (no file \(directory.path("later.lua")))"
    try await lines.first { $0.text.hasPrefix("not reloaded: \(main):1: require: \(missing)") ? () : nil }
    try directory.write("later.lua", "print('later')")
    try await lines.text("main 4")
    await runner.stop()
    #expect(runner.statistics.reloads == 3)
    #expect(lines.texts.filter { $0 == "reloaded" }.count == 3)
  }

  @Test("a script that did not load at first follows what happens, and runs when it is mended")
  func waitsForRepair() async throws {
    let directory = try ScriptDirectory()
    let main = directory.path("main.lua")
    try directory.write("main.lua", "error('not yet')")
    let lines = EventRecorder<CapturedLog.Line>()
    let configuration = BotConfiguration(
      logger: Logger(label: "test", factory: { _ in CapturedLog(lines: lines) }))
    let network = FakeNetwork()
    #expect(throws: BotError.self) {
      _ = try BotRunner(scriptPath: main, configuration: configuration, network: network)
    }
    let runner = try BotRunner(
      scriptPath: main, configuration: configuration, network: network, waitsForRepair: true)
    #expect(runner.loadFailure?.description == "\(main):1: not yet")
    try runner.start()
    let watcher = ScriptWatcher([runner])
    #expect(watcher.start())
    defer { watcher.stop() }
    runner.post(.ready(peers: 3))
    try directory.write("main.lua", "uc.on('ready', function(ev) uc.say('ready ' .. ev.peers) end)")
    try await network.published.first { $0.text == "ready 3" ? () : nil }
    await runner.stop()
    #expect(lines.texts.count == 2)
    #expect(lines.texts.first?.hasPrefix("left out until it is mended: \(main):1: not yet\n") == true)
    #expect(lines.texts.last == "loaded")
  }

  @Test("another file, too")
  func otherFile() async throws {
    let directory = try ScriptDirectory()
    try directory.write("config.toml", "a = 1")
    let changes = EventRecorder<Int>()
    let watcher = ScriptWatcher([], file: directory.path("config.toml")) { changes.record(1) }
    #expect(watcher.start())
    defer { watcher.stop() }
    try directory.write("config.toml", "a = 2")
    try await changes.first { $0 == 1 ? () : nil }
  }

  @Test("SIGHUP's reload needs no change, and a flood of them no more than one at a time")
  func onRequest() async throws {
    let directory = try ScriptDirectory()
    try directory.write(
      "main.lua",
      "n = (uc.saved and uc.saved.n or 0) + 1 uc.on('unload', function() return { n = n } end) uc.on('message', function() print(n) end)"
    )
    let lines = EventRecorder<CapturedLog.Line>()
    let runner = try BotRunner(
      scriptPath: directory.path("main.lua"),
      configuration: BotConfiguration(logger: Logger(label: "test", factory: { _ in CapturedLog(lines: lines) })),
      network: FakeNetwork())
    try runner.start()
    for _ in 0..<1_000 { runner.reload() }
    try await lines.text("reloaded")
    runner.post(.message(BotMessage(id: "1", from: FakeNetwork.alice, text: "?", room: "r", time: 0)))
    try await lines.first { Int($0.text) != nil ? () : nil }
    await runner.stop()
    let reloads = lines.texts.filter { $0 == "reloaded" }.count
    #expect((1..<100).contains(reloads))
    let number = try #require(lines.texts.compactMap { Int($0) }.first)
    #expect((2...reloads + 1).contains(number))
  }
}

/// A directory for scripts, which goes when nobody holds it any more.
final class ScriptDirectory {
  private let root: String
  private var names: Set<String> = []

  init() throws {
    var template = Array("/tmp/uc-bot-scripts-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in names { unlink(path(name)) }
    rmdir(root)
  }

  struct Failure: Error { var errno: Int32 }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  func write(_ name: String, _ text: String) throws {
    names.insert(name)
    guard let file = fopen(path(name), "w") else { throw Failure(errno: errno) }
    defer { fclose(file) }
    fputs(text, file)
  }
}
