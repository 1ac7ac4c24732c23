import Limits
import Testing

@testable import BotKit

@Suite("Tasks run beside each other, and end when they should")
struct TaskTests {
  @Test("spawn begins when the caller waits or has ended, with its arguments; join gets all results")
  func spawnAndJoin() throws {
    let bench = try BotBench(
      """
      local t = { 1 }
      local task = uc.spawn(function(a, b, c, ...)
        print("in", a == t, b, c, select("#", ...))
        uc.sleep(1)
        return nil, t, "x", nil
      end, t, nil, "c", nil)
      print("before", task:done())
      local a, b, c, d, e = task:join()
      print(a, b == t, c, d, e, task:done(), select("#", task:join()))
      """)
    bench.advance(2)
    #expect(
      bench.logged == ["before\tfalse", "in\ttrue\tnil\tc\t1", "nil\ttrue\tx\tnil\tnil\ttrue\t4"])
  }

  @Test("join: an error, a cancelled task, a time that is over, several that wait")
  func joinFailures() throws {
    let bench = try BotBench(
      """
      local bad = uc.spawn(function() uc.sleep(1) error("boom") end)
      local long = uc.spawn(function() local x <close> = setmetatable({}, { __close = function() print("closed") end })
        uc.sleep(100) print("never") end)
      uc.spawn(function() print("a", bad:join()) end)
      print("b", bad:join(5))
      print("c", long:join(2))
      uc.spawn(function() print("d", long:join()) end)
      uc.sleep(1)
      print("e", long:cancel(), long:cancel(), long:done())
      print("f", long:join())
      """)
    bench.advance(200)
    #expect(
      bench.logged.filter { !$0.hasPrefix("error in") } == [
        "b\tnil\tfailed\tbots/test.lua:1: boom", "a\tnil\tfailed\tbots/test.lua:1: boom", "c\tnil\ttimeout",
        "e\ttrue\tfalse\ttrue", "f\tnil\tcancelled", "closed", "d\tnil\tcancelled",
      ])
    #expect(bench.logged.contains { $0.hasPrefix("error in the task begun at bots/test.lua:1: bots/test.lua:1: boom") })
    #expect(bench.core.waiting.isEmpty && bench.core.joins.isEmpty)
  }

  @Test("timeout: results, nil and 'timeout', an error of the function; what it began ends with it")
  func timeout() throws {
    let bench = try BotBench(
      """
      local function work(seconds, ...) uc.sleep(seconds) print("worked", seconds) return ... end
      print(1, uc.timeout(2, work, 1, "a", nil, "b"))
      print(2, uc.timeout(2, work, 5, "a"))
      print(3, pcall(uc.timeout, 2, function() uc.sleep(1) error("boom") end))
      print(4, uc.timeout(2, function() return uc.timeout(10, work, 5) end))
      print(5, uc.timeout(2, function() end))
      print(6, pcall(uc.timeout, 2, function() while true do end end))
      """
    ) { $0.handlerMilliseconds = 50 }
    bench.advance(100)
    #expect(
      bench.logged == [
        "worked\t1", "1\ta\tnil\tb", "2\tnil\ttimeout", "3\tfalse\tbots/test.lua:4: boom", "4\tnil\ttimeout", "5",
        "6\tfalse\tbots/test.lua:7: stopped: it ran for more than 50 ms",
      ])
    #expect(bench.core.waiting.isEmpty && bench.core.groups.isEmpty)
    #expect(bench.core.statistics.errors == 0)
  }

  @Test("all: the first result of each, in order; an error ends the others; inside a coroutine of the script")
  func all() throws {
    let bench = try BotBench(
      """
      local t0 = uc.now()
      local function after(seconds, ...)
        local values = table.pack(...)
        return function() uc.sleep(seconds) return table.unpack(values, 1, values.n) end
      end
      print(1, uc.all { after(3, "a", "x"), after(1), after(2, "c") })
      print(2, uc.now() - t0, uc.all {})
      print(3, pcall(uc.all, { after(5, "never"), function() uc.sleep(1) error({}) end }))
      print(4, uc.now() - t0)
      print(5, coroutine.wrap(function() return uc.all { after(1, "in"), after(0, "co") } end)())
      """)
    bench.advance(100)
    #expect(bench.logged.count == 5)
    #expect(bench.logged[0] == "1\ta\tnil\tc")
    #expect(bench.logged[1] == "2\t3.0")
    #expect(bench.logged[2].hasPrefix("3\tfalse\ttable: 0x"))
    #expect(bench.logged[3] == "4\t4.0")
    #expect(bench.logged[4] == "5\tin\tco")
    #expect(bench.core.waiting.isEmpty && bench.core.groups.isEmpty)
  }

  @Test("defer works where nothing can wait, and the function can; a task that begins tasks holds nothing up")
  func deferring() throws {
    let bench = try BotBench(
      """
      table.sort({ 2, 1 }, function(a, b) uc.defer(function(x) uc.sleep(1) print("deferred", x) end, a) return a < b end)
      local function again() rounds = (rawget(_G, "rounds") or 0) + 1 if rounds < 5000 then uc.defer(again) end end
      uc.on("message", function(msg) print(msg.text, rounds < 100) end)
      uc.on("start", again)
      """, start: false)
    bench.core.start()
    bench.core.fireTimers()
    bench.core.handle(
      .message(BotMessage(id: "1", from: FakeNetwork.alice, text: "hi", room: "r", time: 0)))
    bench.advance(1)
    #expect(bench.logged.first == "hi\ttrue")
    #expect(bench.logged.count >= 2 && bench.logged[1].hasPrefix("deferred\t"))
  }

  @Test("a task cannot cancel or join itself; one that has not begun can be cancelled")
  func itself() throws {
    let bench = try BotBench(
      """
      local me
      me = uc.spawn(function()
        print(select(2, pcall(me.cancel, me)))
        print(select(2, pcall(me.join, me)))
      end)
      local never = uc.spawn(function() print("never") end)
      print(never:cancel(), never:join())
      """)
    bench.advance(1)
    #expect(
      bench.logged == [
        "true\tnil\tcancelled",
        "bots/test.lua:3: Task:cancel: a task cannot cancel itself; let its function return",
        "bots/test.lua:4: Task:join: a task cannot wait for its own end",
      ])
  }

  @Test("cancelling from a variable that is being closed, and a loop there, do no harm")
  func closing() throws {
    let bench = try BotBench(
      """
      local function closing(f) return setmetatable({}, { __close = f }) end
      local b = uc.spawn(function() local x <close> = closing(function() while true do end end) uc.sleep(100) end)
      local a = uc.spawn(function() local x <close> = closing(function() print(b:cancel()) end) uc.sleep(100) end)
      uc.sleep(1)
      a:cancel()
      uc.sleep(1)
      print("on", a:done(), b:done())
      """)
    bench.advance(10)
    #expect(bench.logged == ["true", "on\ttrue\ttrue"])
    #expect(bench.core.waiting.isEmpty)
  }

  @Test("tasks are bounded; results of long ago are forgotten; nothing is left in Lua's memory")
  func bounds() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        if msg.text == "many" then
          local made = 0
          while pcall(uc.spawn, uc.sleep, 1) do made = made + 1 end
          print(made, select(2, pcall(uc.spawn, print)))
        elseif msg.text == "first" then
          first = uc.spawn(function() return ("x"):rep(10) end)
        elseif msg.text == "ask" then
          print(first:join())
        else
          for i = 1, 300 do uc.spawn(function() return ("x"):rep(10000) end) end
        end
      end)
      """)
    bench.hear("many")
    bench.advance(2)
    #expect(bench.logged == ["1024\tbots/test.lua:5: uc.spawn: a script may have 1024 runs that wait, not more"])
    bench.hear("first")
    bench.hear("ask")
    bench.hear("fill")
    bench.hear("ask")
    #expect(Array(bench.logged.dropFirst()) == ["xxxxxxxxxx", "nil\tforgotten"])
    bench.core.lua.collectGarbage()
    let before = bench.core.lua.memoryUsed
    for _ in 0..<20 { bench.hear("fill") }
    bench.core.lua.collectGarbage()
    #expect(abs(bench.core.lua.memoryUsed - before) < 100_000)
    #expect(bench.core.tasks.count <= Limits.Lua.endedTasks)
  }

  @Test("when the bot ends, tasks that wait end with it")
  func stopping() throws {
    let bench = try BotBench(
      """
      local task = uc.spawn(function() uc.sleep(100) end)
      uc.on("stop", function()
        print(uc.spawn(print))
        print(uc.all { function() uc.sleep(0.1) return 1 end })
      end)
      """)
    bench.stop()
    bench.advance(1)
    #expect(bench.logged == ["nil\tstopping", "1"])
    #expect(bench.core.isStopped && bench.core.waiting.isEmpty)
  }
}
