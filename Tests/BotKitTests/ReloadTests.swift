import Limits
import LuaVM
import TestSupport
import Testing

@testable import BotKit

@Suite("A script is loaded anew while it runs")
struct ReloadTests {
  @Test("the new version answers, and nothing of the old one does")
  func replaces() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg) msg:reply("old: " .. msg.text) end)
      uc.command("old", {}, function(msg) msg:reply("old command") end)
      uc.every(1, function() print("old timer") end)
      uc.after(1.5, function() print("old after") end)
      uc.cron("* * * * *", function() print("old cron") end)
      uc.on("start", function() print("old start") uc.sleep(5) print("old slept") end)
      """)
    bench.ready()
    bench.hear("1")
    bench.advance(1)
    try bench.reload(
      """
      uc.on("message", function(msg) msg:reply("new: " .. msg.text) end)
      uc.every(1, function() print("new timer") end)
      uc.on("start", function() print("new start") end)
      uc.on("ready", function(ev) print("ready", ev.peers) end)
      """)
    bench.hear("2")
    bench.hear("!old")
    bench.advance(2)
    bench.advance(120)
    #expect(bench.said == ["old: 1", "new: 2", "new: !old"])
    let lines = bench.logged.filter { $0 != "new timer" }
    #expect(lines == ["old start", "old timer", "new start", "ready\t1"])
    #expect(bench.logged.filter { $0 == "new timer" }.count == 122)
    #expect(bench.core.statistics.reloads == 1)
    #expect(bench.core.statistics.errors == 0)
  }

  @Test("what unload returns is uc.saved, from the first line on")
  func saved() throws {
    let bench = try BotBench(
      """
      assert(uc.saved == nil)
      local n, t = 41, { [1] = "a", [2.5] = true, deep = { er = { x = 0.5 } } }
      uc.on("unload", function() return { n = n + 1, t = t } end)
      """)
    try bench.reload(
      """
      local s = uc.saved
      assert(s.n == 42 and math.type(s.n) == "integer" and s.t[1] == "a" and s.t[2.5] == true)
      assert(s.t.deep.er.x == 0.5)
      s.n = s.n + 1
      uc.on("unload", function() return s end)
      """)
    try bench.reload("print(uc.saved.n)")
    try bench.reload("print(uc.saved)")
    #expect(bench.logged == ["43", "nil"])
  }

  @Test("a broken version changes nothing, whatever is wrong with it")
  func broken() throws {
    let bench = try BotBench(
      """
      local n = 0
      uc.once("unload", function() n = n + 1 return { n = n } end)
      uc.on("message", function(msg) msg:reply("old: " .. msg.text) end)
      uc.every(10, function() print("tick") end)
      uc.on("start", function() uc.sleep(30.5) print("slept") end)
      """,
      configure: {
        $0.handlerMilliseconds = 100
        $0.memory = 2 << 20
      })
    bench.ready()
    func expect(_ source: String, _ message: String) {
      #expect(performing: { try bench.reload(source) }, throws: { "\($0)" == message })
    }
    expect("x = = 1", "bots/test.lua:1: unexpected symbol near '='")
    expect("uc.say('never said')\nprint(uc.saved.n)\nerror('boom')", "bots/test.lua:3: boom")
    expect("\nuc.onn()", "bots/test.lua:2: uc.onn does not exist (did you mean uc.on?)")
    expect(
      "\n\nwhile true do end",
      "bots/test.lua:3: stopped: the script's top level ran for more than 100 ms (an endless loop?)")
    expect("require('nowhere')", "bots/test.lua:1: require: module 'nowhere' not found (no file bots/nowhere.lua)")
    expect("local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end", "bots/test.lua: not enough memory")
    bench.hear("still here")
    bench.advance(31)
    #expect(bench.said == ["old: still here"])
    #expect(bench.logged == ["1", "tick", "tick", "tick", "slept"])
    try bench.reload("print(uc.saved.n)")
    // It was asked by each version that compiled.
    #expect(bench.logged.last == "6")
  }

  @Test(
    "what cannot be handed over is refused with its name, and the change goes on without it",
    arguments: [
      (
        "return { a = { print } }",
        "value.a[1] is a function; only nil, booleans, numbers, strings and tables of these "
          + "can be handed over"
      ),
      (
        "return { big = ('x'):rep(2^20) }",
        "value is too large; only nil, booleans, numbers, strings and tables of "
          + "these can be handed over"
      ),
      ("return 'text'", "it must return a table or nothing, got a string"),
    ])
  func refused(body: String, problem: String) throws {
    let bench = try BotBench("uc.on('unload', function() \(body) end)")
    try bench.reload("print(uc.saved)")
    #expect(bench.logged == ["the handler of 'unload' made at bots/test.lua:1: \(problem)", "nil"])
  }

  @Test("as much as the limit allows is handed over")
  func savedLimit() throws {
    let bench = try BotBench("uc.on('unload', function() return { ('x'):rep(\(Limits.Lua.saved) - 20) } end)")
    try bench.reload("print(#uc.saved[1])")
    #expect(bench.logged == ["\(Limits.Lua.saved - 20)"])
  }

  @Test("an unload handler that fails, loops or waits is told of, and holds nothing up")
  func badUnload() throws {
    let bench = try BotBench(
      """
      uc.on("unload", { priority = 3 }, function() error("no") end)
      uc.on("unload", { priority = 2 }, function() while true do end end)
      uc.on("unload", { priority = 1 }, function() uc.sleep(1) return { late = true } end)
      uc.on("unload", function() return { n = 1 } end)
      uc.on("unload", { priority = -1 }, function() return { n = 2 } end)
      uc.on("unload", { priority = -2 }, function() return uc.STOP end)
      uc.on("unload", { priority = -3 }, function() return print("not asked") end)
      """, configure: { $0.handlerMilliseconds = 30 })
    try bench.reload("print(uc.saved.n, uc.saved.late)")
    bench.advance(2)
    let lines = bench.logged.map { String($0.prefix { $0 != "\n" }) }
    let handler = "the handler of 'unload' made at bots/test.lua"
    #expect(
      lines == [
        "error in \(handler):1: bots/test.lua:1: no",
        "bots/test.lua:2: stopped \(handler):2: it ran for more than 30 ms",
        "\(handler):3 waits: what it returns comes too late",
        "\(handler):5: another handler has returned a table already",
        "1\tnil",
      ])
  }

  @Test("what waits in the old version is closed, and its late answers wake nobody")
  func tasksEnd() throws {
    let bench = try BotBench(
      """
      local function closing(name) return setmetatable({}, { __close = function() print("closed " .. name) end }) end
      uc.on("message", function(msg)
        local guard <close> = closing("conversation")
        print(uc.wait("message").text)
      end)
      uc.spawn(function() local guard <close> = closing("task") uc.sleep(100) print("never") end)
      uc.on("ping", function(ev)
        local guard <close> = closing("ping")
        print(ev.peer:ping())
      end)
      """)
    bench.network.state.withLock { $0.pingAnswer = nil }
    bench.hear("hello")
    bench.send(.ping(FakeNetwork.alice, seconds: 1))
    try bench.reload(
      """
      uc.on("start", function() for i = 1, 3 do print("woken", uc.wait("message").text) end end)
      """)
    #expect(bench.logged.sorted() == ["closed conversation", "closed ping", "closed task"])
    // The first token of a core may be anything but one of the core before it.
    for token in UInt64(0)...100 { bench.core.handle(.pinged(token: token, .success(1))) }
    bench.hear("now")
    bench.advance(200)
    #expect(bench.logged.dropFirst(3) == ["woken\tnow"])
  }

  @Test("pending variables that loop hold the change up for a bounded time")
  func loopsWhileClosing() throws {
    let bench = try BotBench(
      """
      for i = 1, 100 do
        uc.spawn(function()
          local guard <close> = setmetatable({}, { __close = function() while true do end end })
          uc.sleep(100)
        end)
      end
      """, configure: { $0.handlerMilliseconds = 20 })
    // A hundred times the twenty milliseconds of each would be two seconds.
    #expect(try processorTime { try bench.reload("print('new')") } < .seconds(1))
    #expect(bench.logged == ["new"])
  }

  @Test("texts are neither lost nor said twice nor too fast for a reload")
  func texts() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg) for i = 1, 30 do uc.spawn(function() uc.say("old " .. i) end) end end)
      """)
    bench.ready()
    bench.hear("go")
    let burst = bench.said.count
    #expect(burst == Int(Limits.Lua.sayBurst))
    try bench.reload("print(uc.say('from the top').queued) uc.on('start', function() uc.say('from start') end)")
    #expect(bench.said.count == burst)
    bench.advance(5)
    #expect(bench.said == (1...30).map { "old \($0)" } + ["from the top", "from start"])
    // The same again, now as a repeat.
    try bench.reload("uc.say('from the top')")
    bench.advance(1)
    #expect(bench.said.last?.hasPrefix("from the top ") == true)
  }

  @Test("before the room is ready, a reload keeps what waits for it, and tells of no readiness")
  func beforeReady() throws {
    let bench = try BotBench("uc.say('hello')")
    try bench.reload("uc.say('hello again') uc.on('ready', function() print('ready') end)")
    #expect(bench.said.isEmpty && bench.logged.isEmpty)
    bench.ready()
    #expect(bench.said == ["hello", "hello again"])
    #expect(bench.logged == ["ready"])
  }

  @Test("what is known of peers, and who talks in circles with the bot, is not forgotten")
  func hostKnowledge() throws {
    let echo = "uc.on('message', { bots = true }, function(msg) msg:reply(msg.text) end)"
    let bench = try BotBench(echo)
    bench.ready()
    bench.send(.peerConnect(FakeNetwork.alice, address: "/ip4/127.0.0.1/tcp/1"))
    for number in 0..<40 {
      bench.hear("again")
      if number % 3 == 0 { try bench.reload(echo) }
      bench.advance(1)
    }
    #expect(bench.said.count <= Limits.Lua.loopRepeats + Limits.Lua.loopDots)
    #expect(bench.core.peers[FakeNetwork.alice.id]?.connected == true)
    #expect(bench.core.statistics.loops > 0)
  }

  @Test("a version that is replaced leaves nothing behind")
  func nothingIsLeft() throws {
    let source = """
      local big = {}
      for i = 1, 1000 do big[i] = { i, tostring(i) } end
      uc.on("message", function(msg) uc.wait("message") end)
      uc.command("x", {}, function() end)
      uc.every(1, function() end)
      uc.spawn(function() uc.sleep(1000) end)
      uc.on("start", function() uc.all { function() uc.sleep(50) end, function() uc.timeout(50, uc.sleep, 60) end } end)
      uc.on("unload", function() return { n = (uc.saved and uc.saved.n or 0) + 1, big = big } end)
      """
    let bench = try BotBench(source)
    bench.ready()
    weak var core: BotCore?
    weak var lua: LuaState?
    weak var subscription: Subscription?
    var used: [Int] = []
    for number in 1...100 {
      core = bench.core
      lua = bench.core.lua
      bench.hear("hi")
      bench.advance(1)
      subscription = bench.core.subscriptions[.message].first
      #expect(subscription != nil)
      try bench.reload(source)
      #expect(core == nil && lua == nil && subscription == nil, "after \(number)")
      bench.core.lua.collectGarbage()
      used.append(bench.core.lua.memoryUsed)
      #expect(bench.core.timers.entryCount < 20 && bench.core.waiting.count < 10)
    }
    #expect(abs(used[99] - used[10]) < 2_000, "\(used[10]) bytes at first, \(used[99]) at the end")
    #expect(bench.core.statistics.reloads == 100)
  }
}
