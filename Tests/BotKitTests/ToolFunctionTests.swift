import Limits
import Testing

@testable import BotKit

@Suite("Timers that start again, rates, texts, and what a script knows of itself")
struct ToolFunctionTests {
  @Test("a timer can be stopped, started and reset, one that has fired too")
  func timers() throws {
    let bench = try BotBench(
      """
      local count = 0
      local every = uc.every(10, function() count = count + 1 print("every", count) end)
      local after = uc.after(5, function() print("after") end)
      local steps = {
        stop = function() print(every:stop(), every:stop(), every:active()) end,
        start = function() print(every:start(), every:start(), every:active()) end,
        reset = function() print(after:reset(), after:active()) end,
        quick = function() print(every:reset(1), after:reset(2)) end,
      }
      uc.on("message", function(msg) steps[msg.text]() end)
      """)
    bench.advance(4)
    bench.hear("reset")
    bench.advance(4)
    #expect(bench.logged == ["true\ttrue"])
    bench.advance(3)
    #expect(bench.logged.suffix(2) == ["after", "every\t1"])
    bench.hear("stop")
    bench.advance(100)
    bench.hear("start")
    bench.advance(9.9)
    #expect(bench.logged.suffix(2) == ["true\tfalse\tfalse", "true\tfalse\ttrue"])
    bench.advance(0.2)
    #expect(bench.logged.last == "every\t2")
    bench.hear("reset")
    bench.advance(5)
    #expect(bench.logged.suffix(2) == ["true\ttrue", "after"])
    bench.hear("quick")
    bench.advance(2.5)
    #expect(bench.logged.suffix(4) == ["true\ttrue", "every\t3", "after", "every\t4"])
  }

  @Test("a timer of the calendar is started again at its next time")
  func calendar() throws {
    let bench = try BotBench(
      """
      local noon = uc.at("12:00", { tz = "UTC" }, function() print(os.date("!%d %H:%M", math.floor(uc.now()))) end)
      noon:stop()
      uc.on("message", function() print(noon:start(), noon:reset(), pcall(noon.reset, noon, 5)) end)
      """)
    bench.advance(3 * 86_400)
    bench.hear("x")
    bench.advance(86_400)
    #expect(bench.logged[0].hasPrefix("true\ttrue\tfalse\tbots/test.lua:3: Timer:reset: a timer of the calendar"))
    #expect(bench.logged.dropFirst() == ["18 12:00"])
  }

  @Test("the timers stopped first are forgotten; resetting one for ever makes nothing grow")
  func stoppedTimers() throws {
    let bench = try BotBench(
      """
      local first = uc.after(100, print)
      first:stop()
      local kept = uc.after(100, print)
      kept:stop()
      for i = 2, \(Limits.Lua.stoppedTimers) do uc.after(100, print):stop() end
      print(first:start(), kept:start())
      for i = 1, 20000 do kept:reset(i) end
      for i = 1, 2000 do kept:stop() kept:start() end
      print(kept:active())
      """)
    #expect(bench.logged == ["nil\ttrue", "true"])
    #expect(bench.core.timers.stoppedCount <= Limits.Lua.stoppedTimers)
    bench.advance(0)
    #expect(bench.core.timers.entryCount < 1_000)
  }

  @Test("rate: so many at once, then one after each time, for each key apart")
  func rate() throws {
    let bench = try BotBench(
      """
      local rate = uc.rate { per = 10, burst = 2 }
      uc.on("message", function(msg) print(rate:take(msg.from)) end)
      uc.on("signal", function() print(rate:take(), rate:take("x"), rate:take(1)) end)
      """)
    for _ in 0..<3 { bench.hear("x") }
    bench.hear("x", from: FakeNetwork.bob)
    bench.advance(10)
    bench.hear("x")
    #expect(bench.logged == ["true\t0.0", "true\t0.0", "false\t10.0", "true\t0.0", "true\t0.0"])
    bench.send(.signal(name: "USR1"))
    #expect(bench.logged.last == "true\ttrue\ttrue\t0.0")
  }

  @Test("rates: longer than any float is exact for, and bounded in number and keys")
  func rateBounds() throws {
    let bench = try BotBench(
      """
      local daily = uc.rate { per = 86400 }
      print(daily:take("x"), daily:take("x"))
      for i = 1, 3000 do daily:take(i) end
      for i = 2, \(Limits.Lua.rates) do uc.rate { per = 1 } end
      print(select(2, pcall(uc.rate, { per = 1 })))
      """)
    #expect(bench.logged[0] == "true\tfalse\t86400.0")
    #expect(bench.logged[1].hasSuffix("uc.rate: a script may make 64 rates, not more; make them at the top level"))
    #expect(bench.core.rates.first?.count == Limits.Lua.rateKeys)
  }

  @Test(
    "clip cuts between characters, and the ending counts",
    arguments: [
      ("'hello', 5", "hello"), ("'hello', 4", "h…"), ("'hello', 4, ''", "hell"), ("'hello', 2", "he"),
      ("'hello', 0", ""), ("'Grüße', 3, ''", "Gr"), ("'Grüße', 6, '...'", "Gr..."), ("'👋👋', 7, ''", "👋"),
      ("'👋👋', 3, ''", ""), ("12345, 2, ''", "12"),
    ])
  func clip(arguments: String, result: String) throws {
    #expect(try BotBench("print(uc.clip(\(arguments)))").logged == [result])
  }

  @Test(
    "split at plain text or white space",
    arguments: [
      ("'a,b,,c', ','", "a|b||c"), ("'  a \\t b\\n'", "a|b"), ("''", ""), ("'', ','", ""), ("'a', ','", "a"),
      ("'a--b-c', '--'", "a|b-c"), ("'a.b', '.'", "a|b"), ("'a b  c d ', nil, 3", "a|b|c d"),
      ("'a,b,c', ',', 2", "a|b,c"),
      ("'a,b,c', ',', 1", "a,b,c"), ("'aXaXa', 'aX'", "||a"), ("12, '1'", "|2"), ("'   '", ""), ("'x', 'longer'", "x"),
    ])
  func split(arguments: String, result: String) throws {
    #expect(try BotBench("print(table.concat(uc.split(\(arguments)), '|'))").logged == [result])
  }

  @Test("split makes no more pieces than the limit, in linear time")
  func manyPieces() throws {
    let bench = try BotBench(
      """
      local parts = uc.split((","):rep(200000), ",")
      print(#parts, #parts[#parts])
      print(#uc.split((" "):rep(1000000)), #uc.split(("a"):rep(100000), ("a"):rep(63) .. "b"))
      """
    ) { $0.handlerMilliseconds = 60_000 }
    #expect(bench.logged == ["65536\t\(200_000 - 65_535)", "0\t1"])
  }

  @Test("manifest is remembered and shown when the script starts")
  func manifest() throws {
    let bench = try BotBench(
      """
      uc.manifest {
        name = "weather", version = "1.2", description = "tells it", permissions = { "net:api.example.org", "read:data" },
      }
      """)
    #expect(
      bench.core.manifest
        == BotManifest(
          name: "weather", version: "1.2", description: "tells it", permissions: ["net:api.example.org", "read:data"]))
    #expect(bench.logged == ["weather 1.2"])
    #expect(bench.lines.events.last?.metadata["permissions"] == "net:api.example.org read:data")
  }

  @Test("limits, status and script.dir tell how things are")
  func facts() throws {
    let bench = try BotBench(
      """
      uc.every(60, print)
      uc.on("message", function()
        local status, limits = uc.status(), uc.limits()
        print(status.ready, status.connected, status.known, status.mesh, status.uptime, status.timers, status.handlers)
        print(status.memory > 1000, status.events, math.type(status.waiting))
        print(limits.memory, limits.handler, limits.tasks, limits.say_rate, uc.script.dir)
      end)
      """)
    bench.ready()
    bench.send(.peerConnect(FakeNetwork.alice, address: "/a"))
    bench.send(.mesh(peers: 7, room: "universal-connectivity"))
    bench.advance(2)
    bench.hear("x")
    #expect(
      bench.logged == [
        "true\t1\t1\t7\t2.0\t1\t1", "true\t4\tinteger", "33554432\t1.0\t1024\t10.0\tbots",
      ])
  }

  @Test("any allocation of a command's run may fail: arguments, answer, wait, task; the next command is answered")
  func allocationFailures() throws {
    let bench = try BotBench(
      """
      uc.command("work", {
        args = { { "count", type = "integer" }, { "when", type = "duration" }, { "rest", type = "rest" } },
      }, function(msg, args)
        local task = uc.spawn(function(text) uc.sleep(0.1) return text .. "!" end, args.rest)
        local answer = uc.wait("message", { from = msg.from, timeout = args.when })
        local ok, text = pcall(task.join, task, 1)
        msg:reply(("%d %s %s"):format(args.count, tostring(text), answer and answer.text or "none"))
      end)
      uc.command("plain", { args = { { "number", type = "integer" } } }, function(msg, args) msg:reply("re " .. args.number) end)
      """)
    bench.ready()
    let someone = { (number: Int) in BotPeer(id: "peer number \(number)") }
    func work(_ number: Int) {
      bench.hear("!work \(number) 1s \"a b\" c", from: someone(number))
      bench.hear("so be it", from: someone(number))
      bench.advance(2)
    }
    work(-1)
    let before = bench.core.lua.allocationCount
    work(-2)
    let allocations = Int(bench.core.lua.allocationCount - before)
    #expect(allocations > 10)
    #expect(bench.said.last == "-2 \"a b\" c! so be it")
    for number in 1...2 * (allocations + 5) {
      let isLasting = number > allocations + 5
      let first = isLasting ? number - allocations - 5 : number
      bench.core.lua.failAllocations(first: UInt64(first), count: isLasting ? .max : 1)
      work(number)
      bench.core.lua.failAllocations(first: 0, count: 0)
      bench.hear("!plain \(number)", from: someone(number))
      #expect(bench.said.last == "re \(number)", "allocation \(number)")
      bench.advance(2)
      #expect(bench.core.waiting.isEmpty && bench.core.tasks.ready.isEmpty)
    }
    bench.core.lua.collectGarbage()
    let used = bench.core.lua.memoryUsed
    for number in 1...20 { work(1_000 + number) }
    bench.core.lua.collectGarbage()
    #expect(bench.core.lua.memoryUsed < used + 64 * 1_024)
  }
}
