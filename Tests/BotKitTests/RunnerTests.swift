import Logging
import TestSupport
import Testing

@testable import BotKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("A runner: a script on a thread of its own", .serialized)
struct RunnerTests {
  private let lines = EventRecorder<CapturedLog.Line>()
  private let network = FakeNetwork()

  private var configuration: BotConfiguration {
    let lines = lines
    return BotConfiguration(logger: Logger(label: "test", factory: { _ in CapturedLog(lines: lines) }))
  }

  private func runner(_ source: String, configure: (inout BotConfiguration) -> Void = { _ in }) throws -> BotRunner {
    var configuration = configuration
    configure(&configuration)
    return try BotRunner(source: source, path: "bots/test.lua", configuration: configuration, network: network)
  }

  private func message(_ text: String) -> BotEvent {
    .message(BotMessage(id: "1", from: FakeNetwork.alice, text: text, room: "r", time: 0))
  }

  @Test("starts, hears, waits, answers, stops")
  func life() async throws {
    let runner = try runner(
      """
      uc.on("start", function() print("started") end)
      uc.on("message", function(msg) uc.sleep(0.01) msg:reply("re: " .. msg.text) uc.after(1e6, print) end)
      uc.on("stop", { priority = 1 }, function() print("stop 1") uc.sleep(0.02) print("stop 2") end)
      uc.on("stop", function() print("stop 3", uc.after(1, print)) uc.say("bye") end)
      """)
    try runner.start()
    try runner.start()
    runner.post(.ready(peers: 1))
    runner.post(message("hi"))
    try await network.published.first { $0.text == "re: hi" ? () : nil }
    await runner.stop()
    await runner.stop()
    runner.post(message("too late"))
    #expect(network.texts == ["re: hi", "bye"])
    #expect(lines.texts == ["started", "stop 1", "stop 3\tnil\tstopping", "stop 2"])
    #expect(runner.statistics.errors == 0)
    #expect(runner.statistics.sent == 2)
  }

  @Test(
    "stop handlers have a time, which a loop or a long wait cannot lengthen",
    arguments: [
      "while true do end", "uc.sleep(100)", "while true do pcall(error) end",
    ])
  func stopIsBounded(body: String) async throws {
    // It is the script's own thread that ends, not the watch over it that gives up.
    let runner = try runner(
      "uc.on('stop', function() \(body) end)",
      configure: {
        $0.stopMilliseconds = 100
        $0.stopGraceMilliseconds = 3_600_000
      })
    try runner.start()
    try await withDeadline { await runner.stop() }
  }

  @Test("stop ends a handler that is running")
  func stopEndsRun() async throws {
    let runner = try runner(
      "uc.on('start', function() print('looping') while true do end end) uc.on('stop', function() print('stopped') end)",
      configure: {
        $0.stopMilliseconds = 100
        $0.stopGraceMilliseconds = 3_600_000
        $0.handlerMilliseconds = 3_600_000
      })
    try runner.start()
    try await lines.text("looping")
    #expect(runner.runningSeconds != nil)
    try await withDeadline { await runner.stop() }
  }

  @Test("a script stuck in a function of C is left behind")
  func stuckInC() async throws {
    // Comparing two long texts that differ at their end is one call of strcoll after the other, without a hook.
    let runner = try runner(
      """
      uc.on("start", function()
        local a, b, t = ("x"):rep(8e6) .. "a", ("x"):rep(8e6) .. "b", {}
        for i = 1, 1000 do t[i] = i % 2 == 0 and a or b end
        print("sorting")
        table.sort(t)
      end)
      """, configure: { $0.stopMilliseconds = 50 })
    try runner.start()
    try await lines.text("sorting")
    try await withDeadline { await runner.stop() }
    #expect(lines.texts.contains { $0.contains("stuck in a function of C") })
  }

  @Test("a full inbox drops the oldest, counts it, and says so once")
  func overflow() async throws {
    let runner = try runner(
      "uc.on('message', function(msg) print(msg.text) end)",
      configure: { $0.inbox = 16 })
    for number in 0..<100 { runner.post(message("\(number)")) }
    try runner.start()
    try await lines.text("99")
    await runner.stop()
    #expect(runner.statistics.events == 16)
    #expect(runner.statistics.dropped == 84)
    #expect(lines.texts == (84..<100).map(String.init) + ["the script is too slow: 84 events dropped"])
  }

  @Test("drops are told at most once a minute")
  func dropsToldOnceAMinute() throws {
    let bench = try BotBench("")
    bench.core.noteDropped(5)
    bench.core.noteDropped(9)
    bench.advance(61)
    bench.core.noteDropped(9)
    bench.core.noteDropped(12)
    #expect(
      bench.logged == ["the script is too slow: 5 events dropped", "the script is too slow: 4 events dropped"])
  }

  @Test("a runner that was never started stops at once and starts no more")
  func neverStarted() async throws {
    let runner = try runner("uc.on('start', function() print('no') end)")
    await runner.stop()
    try runner.start()
    #expect(lines.texts.isEmpty)
  }

  @Test("files: missing, a directory, not text, too large")
  func files() throws {
    let directory = "/tmp/uc-bot-tests-\(getpid())"
    mkdir(directory, 0o700)
    defer { for name in ["binary.lua", "large.lua"] { unlink("\(directory)/\(name)") }; rmdir(directory) }
    func write(_ name: String, _ bytes: [UInt8]) {
      guard let file = fopen("\(directory)/\(name)", "w") else { return }
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }
    write("binary.lua", [0x1B, 0x4C, 0xFF, 0xFE])
    write("large.lua", [UInt8](repeating: 0x20, count: 4_194_305))
    for (path, expected) in [
      ("/nowhere/x.lua", "cannot read script /nowhere/x.lua: No such file or directory"),
      (directory, "cannot read script \(directory): it is a directory"),
      ("\(directory)/binary.lua", "script \(directory)/binary.lua is not UTF-8 text"),
      ("\(directory)/large.lua", "script \(directory)/large.lua has 4194305 bytes, more than the limit of 4194304"),
    ] {
      #expect {
        _ = try BotRunner(scriptPath: path, configuration: configuration, network: network)
      } throws: {
        "\($0)" == expected
      }
    }
  }

  @Test("require finds modules beside the script, and none elsewhere")
  func modules() throws {
    let directory = "/tmp/uc-bot-modules-\(getpid())"
    mkdir(directory, 0o700)
    mkdir("\(directory)/lib", 0o700)
    let files = [
      "main.lua":
        """
      print(require("lib.text").greeting)
      for _, name in ipairs { "gone", "out", "../lib/text", "lib..text", "" } do print(select(2, pcall(require, name))) end
      """,
      "lib/text.lua": "return { greeting = 'hello' }",
    ]
    for (name, text) in files {
      guard let file = fopen("\(directory)/\(name)", "w") else { continue }
      fputs(text, file)
      fclose(file)
    }
    symlink("/etc/passwd", "\(directory)/out.lua")
    defer {
      for name in ["main.lua", "lib/text.lua", "out.lua"] { unlink("\(directory)/\(name)") }
      rmdir("\(directory)/lib")
      rmdir(directory)
    }
    _ = try BotRunner(scriptPath: "\(directory)/main.lua", configuration: configuration, network: network)
    let place = "\(directory)/main.lua:2: require:"
    #expect(
      lines.texts == [
        "hello", "\(place) module 'gone' not found (no file \(directory)/gone.lua)",
        "\(place) module 'out' is outside of the script's directory",
        "\(place) '../lib/text' is no module name (letters, digits and _ in parts joined by '.')",
        "\(place) 'lib..text' is no module name (letters, digits and _ in parts joined by '.')",
        "\(place) '' is no module name (letters, digits and _ in parts joined by '.')",
      ])
  }

  @Test("the queue keeps its order and its limit")
  func boundedQueue() {
    var queue = BoundedQueue<Int>(limit: 5)
    for number in 0..<12 { queue.push(number) }
    #expect(queue.count == 5 && queue.dropped == 7)
    #expect(queue.pop() == 7)
    queue.push(12)
    queue.push(13)
    var rest: [Int] = []
    while let number = queue.pop() { rest.append(number) }
    #expect(rest == [9, 10, 11, 12, 13])
    #expect(queue.isEmpty && queue.pop() == nil)
  }
}
