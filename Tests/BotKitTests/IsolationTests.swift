import Logging
import TestSupport
import Testing

@testable import BotKit

/// Scripts on real threads beside each other. A script that shared anything with its neighbour would wait for an hour;
/// how long it really waits is measured by `make interop`: fifty milliseconds of a release build.
@Suite("A script that misbehaves holds up no other", .serialized)
struct IsolationTests {
  private let lines = EventRecorder<CapturedLog.Line>()
  private let network = FakeNetwork()

  private func runner(_ source: String, milliseconds: Int = 3_600_000) throws -> BotRunner {
    let lines = lines
    var configuration = BotConfiguration(logger: Logger(label: "test", factory: { _ in CapturedLog(lines: lines) }))
    configuration.handlerMilliseconds = milliseconds
    configuration.stopMilliseconds = 50
    return try BotRunner(source: source, path: "bots/test.lua", configuration: configuration, network: network)
  }

  private func message(_ text: String) -> BotEvent {
    .message(BotMessage(id: text, from: FakeNetwork.alice, text: text, room: "r", time: 0))
  }

  /// Gives both scripts the same messages, and waits for the good one's answer to each.
  private func answers(beside bad: BotRunner, messages: Int = 10) async throws {
    let good = try runner("uc.on('message', function(msg) msg:reply('re: ' .. msg.text) end)")
    for runner in [bad, good] {
      try runner.start()
      runner.post(.ready(peers: 1))
    }
    try await lines.text("misbehaving")
    for number in 0..<messages {
      for runner in [bad, good] { runner.post(message("\(number)")) }
      try await network.published.first { $0.text == "re: \(number)" ? () : nil }
    }
    await good.stop()
    await bad.stop()
    #expect(good.statistics.errors == 0 && good.statistics.dropped == 0)
  }

  @Test(
    "one that spins, in every way that a budget has to stop",
    arguments: [
      "while true do end", "while true do pcall(function() while true do end end) end",
      "while true do xpcall(error, function() while true do end end) end",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
      "while true do pcall(table.sort, { 3, 1, 2 }, function() while true do end end) end",
      "while true do pcall(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) "
        + "end) end",
      "(('!c' .. (' '):rep(65536) .. 'x'):rep(9)):match('^%s*(.-)%s*(.-)%s*$')",
    ])
  func spins(body: String) async throws {
    try await answers(
      beside: runner("uc.on('start', function() print('misbehaving') \(body) end)"))
  }

  @Test("one that is stopped, and begins anew with each message")
  func spinsAgain() async throws {
    let bad = try runner(
      """
      uc.on("start", function() print("misbehaving") end)
      uc.on("message", function() uc.spawn(function() while true do pcall(function() while true do end end) end end) end)
      """, milliseconds: 20)
    try await answers(beside: bad)
    #expect(bad.statistics.killed > 0)
  }

  @Test("one that hangs in a function of C, where nothing can stop it")
  func hangsInC() async throws {
    try await answers(
      beside: runner(
        """
        uc.on("start", function()
          local a, b, t = ("x"):rep(8e6) .. "a", ("x"):rep(8e6) .. "b", {}
          for i = 1, 1000 do t[i] = i % 2 == 0 and a or b end
          print("misbehaving")
          table.sort(t)
        end)
        """))
  }

  @Test("one that eats all the memory that it can get, again and again")
  func eatsMemory() async throws {
    try await answers(
      beside: runner(
        """
        uc.on("start", function()
          print("misbehaving")
          while true do
            pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end)
          end
        end)
        """))
  }

  @Test("one that floods the log")
  func floodsLog() async throws {
    try await answers(
      beside: runner("uc.on('start', function() print('misbehaving') while true do print('flood') end end)"))
  }

  @Test("one that begins all the runs and timers that it may")
  func fillsUp() async throws {
    let bad = try runner(
      """
      uc.on("start", function()
        print("misbehaving")
        while pcall(uc.after, 1000, print) do end
        while pcall(uc.spawn, uc.sleep, 1000) do end
      end)
      """)
    try await answers(beside: bad)
  }

  @Test("as many timers and runs as the user says, and no more")
  func caps() throws {
    let bench = try BotBench(
      """
      uc.on("message", function()
        local timers, tasks, why = 0, 0
        while pcall(uc.after, 1000, print) do timers = timers + 1 end
        print(timers, select(2, pcall(uc.every, 1, print)))
        while pcall(uc.spawn, uc.sleep, 1000) do tasks = tasks + 1 end
        print(tasks, select(2, pcall(uc.defer, print)))
        uc.all({ print })
      end)
      """,
      configure: {
        $0.timers = 10
        $0.tasks = 20
      })
    bench.hear("go")
    #expect(
      bench.logged.prefix(2) == [
        "10\tbots/test.lua:4: uc.every: a script may have 10 timers, not more",
        "20\tbots/test.lua:6: uc.defer: a script may have 20 runs that wait, not more",
      ])
    #expect(bench.logged.count == 3 && bench.logged[2].contains("uc.all: a script may have 20 runs that wait"))
    // What waits already leaves no room for a handler either.
    bench.hear("again")
    #expect(bench.logged.last?.contains("was not started: 20 others wait already") == true)
  }
}
