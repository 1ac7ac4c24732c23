import Limits
import Testing

@testable import BotKit

@Suite("What stands around the handlers: uc.use and uc.catch")
struct MiddlewareTests {
  private let alice = FakeNetwork.alice
  private let bob = FakeNetwork.bob

  @Test("a message goes through the functions in their order, and back; without next it goes no further")
  func order() throws {
    let bench = try BotBench(
      """
      uc.use(function(ctx, next) print("a>", ctx.event, ctx.message.text, ctx.command) next() print("<a") end)
      uc.use(function(ctx, next)
        print("b>")
        if ctx.message.text ~= "drop" then next() end
        print("<b")
      end)
      uc.on("message", function(msg) print("handler", msg.text) end)
      uc.command("hi", { aliases = { "hello" } }, function() print("command") end)
      uc.spawn(function() print("waited", uc.wait("message").text) end)
      """)
    bench.hear("drop")
    bench.hear("!hello")
    #expect(
      bench.logged == [
        "a>\tmessage\tdrop\tnil", "b>", "<b", "<a", "a>\tmessage\t!hello\thi", "b>", "waited\t!hello",
        "handler\t!hello",
        "command", "<b", "<a",
      ])
    #expect(bench.core.passages.steps.isEmpty && bench.core.waiting.isEmpty)
  }

  @Test("next waits until every handler has ended, those that wait for their turn too")
  func around() throws {
    let bench = try BotBench(
      """
      uc.use(function(ctx, next) next() print("over", ctx.message.text) end)
      uc.on("message", { serial = "all" }, function(msg) uc.sleep(1) print("slow", msg.text) end)
      uc.on("message", function(msg) uc.sleep(0.5) print("quick", msg.text) end)
      """)
    bench.hear("1")
    bench.hear("2", from: bob)
    bench.advance(0.6)
    #expect(bench.logged == ["quick\t1", "quick\t2"])
    bench.advance(0.5)
    #expect(bench.logged.dropFirst(2) == ["slow\t1", "over\t1"])
    bench.advance(1)
    #expect(bench.logged.dropFirst(4) == ["slow\t2", "over\t2"])
  }

  @Test("a handler that is taken out does not keep those that wait for it")
  func takenOut() throws {
    let bench = try BotBench(
      """
      uc.use(function(ctx, next) next() print("over", ctx.message.text) end)
      local sub
      sub = uc.on("message", { serial = "all" }, function(msg) uc.sleep(1) sub:off() end)
      """)
    for text in ["1", "2", "3"] { bench.hear(text, from: BotPeer(id: "peer \(text)")) }
    bench.advance(1)
    #expect(Set(bench.logged) == ["over\t1", "over\t2", "over\t3"])
  }

  @Test("it may wait: messages of one peer keep their order, those of others pass")
  func waiting() throws {
    let bench = try BotBench(
      """
      uc.use(function(ctx, next)
        if ctx.message.text == "slow" then uc.sleep(1) end
        next()
      end)
      uc.on("message", function(msg) print(msg.from.short, msg.text) end)
      """)
    bench.hear("slow")
    bench.hear("after it")
    bench.hear("other", from: bob)
    #expect(bench.logged == ["BOB00002\tother"])
    bench.advance(1)
    #expect(bench.logged.dropFirst() == ["ALICE001\tslow", "ALICE001\tafter it"])
  }

  @Test("no more messages wait for it than the limit; the others are dropped and counted")
  func tooSlow() throws {
    let bench = try BotBench(
      """
      uc.use(function(_, next) uc.sleep(1) next() end)
      local count = 0
      uc.on("message", function() count = count + 1 end)
      uc.on("signal", function() print(count) end)
      """)
    let limit = Limits.Lua.serialQueue
    for number in 0..<(limit + 10) { bench.hear("\(number)") }
    #expect(bench.core.statistics.dropped == 9)
    bench.advance(Double(limit) + 2)
    bench.send(.signal(name: "USR1"))
    #expect(bench.logged.last == "\(limit + 1)")
  }

  @Test("one that asks the peer something gets the answer: uc.wait lets the next message in")
  func question() throws {
    let bench = try BotBench(
      """
      local asked, known = {}, {}
      uc.use(function(ctx, next)
        local peer = ctx.peer
        if known[peer] or asked[peer] then return next() end
        asked[peer] = true
        print("what is 1 + 1?")
        local answer = uc.wait("message", { from = peer, timeout = 30 })
        known[peer] = answer and answer.text == "2"
        asked[peer] = nil
        if known[peer] then next() end
      end)
      uc.on("message", function(msg) print("heard", msg.text) end)
      """)
    bench.hear("hi")
    bench.hear("2")
    bench.hear("more")
    #expect(bench.logged == ["what is 1 + 1?", "heard\thi", "heard\t2", "heard\tmore"])
  }

  @Test("one that fails, or runs too long, lets nothing past, also when it fails for ever; off ends it")
  func failing() throws {
    let bench = try BotBench(
      """
      local sub
      sub = uc.use(function(ctx, next)
        if ctx.message.text == "off" then sub:off() next() return end
        if ctx.message.text == "loop" then while true do end end
        error("broken")
      end)
      uc.on("message", function(msg) print("heard", msg.text) end)
      """
    ) { $0.handlerMilliseconds = 20 }
    for _ in 0...Limits.Lua.breakerErrors { bench.hear("x") }
    bench.hear("loop")
    #expect(!bench.logged.contains { $0.hasPrefix("heard") })
    #expect(bench.core.statistics.killed == 1)
    #expect(
      bench.logged[0].hasPrefix("error in the function of uc.use made at bots/test.lua:2: bots/test.lua:5: broken"))
    bench.hear("off")
    bench.hear("through")
    #expect(bench.logged.suffix(2) == ["heard\toff", "heard\tthrough"])
    #expect(bench.core.waiting.isEmpty)
  }

  @Test("next: once for a message, and only while its function runs, from wherever in it")
  func next() throws {
    let bench = try BotBench(
      """
      local kept
      uc.use(function(ctx, next)
        if ctx.message.text == "twice" then next() next() end
        if ctx.message.text == "late" then kept = next return end
        if ctx.message.text == "kept" then kept() return end
        if ctx.message.text == "sort" then table.sort({ 2, 1 }, function() next() end) end
        if ctx.message.text == "inside" then print(uc.timeout(5, next)) end
        if ctx.message.text == "wrapped" then coroutine.wrap(next)() end
      end)
      uc.on("message", function(msg) print("heard " .. msg.text) end)
      uc.on("error", function(err) print(err.message) end)
      """)
    for text in ["twice", "late", "kept", "sort", "inside", "wrapped"] { bench.hear(text) }
    let told = bench.logged.filter { !$0.hasPrefix("error in") }
    #expect(
      told.map { $0.replacing("bots/test.lua:", with: "") } == [
        "heard twice", "3: next: called a second time for the same message",
        "5: next: the function of uc.use that it belongs to has ended",
        "6: next: cannot wait here: inside a table.sort comparator, a string.gsub callback, the function of "
          + "Store:update, a metamethod called from C, or a variable that is being closed",
        "heard inside", "", "heard wrapped",
      ])
  }

  @Test("direct messages go through it too; what is no message does not")
  func events() throws {
    let bench = try BotBench("uc.use(function(ctx, next) print(ctx.event, ctx.peer.short) next() end)")
    bench.send(.message(BotMessage(id: "1", from: bob, text: "x", room: "", time: 0, isDirect: true)))
    bench.send(.peerConnect(alice, address: "/a"))
    bench.send(.signal(name: "USR1"))
    #expect(bench.logged == ["dm\tBOB00002"])
  }

  @Test("an error reaches uc.catch with its place and its event; the log has it all the same")
  func catching() throws {
    let bench = try BotBench(
      """
      uc.catch(function(err, ctx)
        print(err.message, err.source, err.handler, err.traceback:match("in function") ~= nil)
        print(ctx.event, ctx.command, ctx.peer and ctx.peer.short, ctx.message and ctx.message.text)
      end)
      uc.command("fail", function() error("oh") end)
      uc.after(1, function() error("timed") end)
      uc.on("peer_connect", function() uc.spawn(function() uc.sleep(1) error("later") end) end)
      """)
    bench.hear("!fail")
    bench.send(.peerConnect(bob, address: "/b"))
    bench.advance(2)
    let told = bench.logged.filter { !$0.hasPrefix("error in") }.map { $0.replacing("bots/test.lua", with: "T") }
    #expect(
      told == [
        "T:5: oh\tT:5\tthe command 'fail' made at T:5\ttrue", "message\tfail\tALICE001\t!fail",
        "T:6: timed\tT:6\tthe timer made at T:6\ttrue", "nil\tnil\tnil\tnil",
        "T:7: later\tT:7\tthe task begun at T:7\ttrue", "peer_connect\tnil\tBOB00002\tnil",
      ])
    #expect(bench.logged.count == told.count + 3)
  }

  @Test("errors do not make errors: not the handler's own, not of what it begins")
  func recursion() throws {
    let bench = try BotBench(
      """
      local count = 0
      uc.on("error", function()
        count = count + 1
        uc.spawn(function() error("spawned") end)
        uc.sleep(1)
        error("again")
      end)
      uc.on("error", function() print("other " .. count) end)
      uc.on("message", function() error("first") end)
      """)
    bench.hear("x")
    bench.advance(10)
    #expect(bench.logged.filter { $0.hasPrefix("other") } == ["other 1"])
    #expect(bench.core.statistics.errors == 3)
  }

  @Test("an error in a function that uc.timeout waits for is one error, not two")
  func groups() throws {
    let bench = try BotBench(
      """
      uc.on("error", function(err) print(err.message) end)
      uc.spawn(function() uc.timeout(1, function() error("inner") end) end)
      uc.spawn(function() pcall(uc.timeout, 1, function() error("caught") end) end)
      """)
    bench.advance(0)
    let told = bench.logged.filter { !$0.hasPrefix("error in") }
    #expect(told == ["bots/test.lua:2: inner"])
  }

  @Test("any allocation may fail: no message hangs, and the next one is answered")
  func allocationFailures() throws {
    let bench = try BotBench(
      """
      uc.use(function(ctx, next) uc.sleep(0.1) next() end)
      uc.use(function(ctx, next) next() end)
      uc.catch(function(err, ctx) local _ = err.message .. tostring(ctx.event) end)
      uc.on("message", function(msg) uc.sleep(0.1) msg:reply("re " .. msg.text) end)
      """)
    bench.ready()
    bench.hear("warm")
    bench.advance(1)
    let before = bench.core.lua.allocationCount
    bench.hear("measured")
    bench.advance(1)
    let allocations = bench.core.lua.allocationCount - before
    for count in [1, UInt64.max] {
      for number in 1...allocations + 5 {
        bench.core.lua.failAllocations(first: number, count: count)
        bench.hear("failing \(count) \(number)")
        bench.advance(1)
        bench.core.lua.failAllocations(first: 0, count: 0)
        bench.hear("after \(count) \(number)", from: BotPeer(id: "\(count) \(number)"))
        bench.advance(1)
        #expect(bench.said.last == "re after \(count) \(number)")
        #expect(bench.core.waiting.isEmpty && bench.core.passages.steps.isEmpty)
        #expect(bench.core.passages.lanes.waiting == 0)
      }
    }
  }
}
