import Limits
import Testing

@testable import BotKit

@Suite("Waiting for events, order between them, and what stops them")
struct WaitTests {
  @Test("a conversation: the answer of the same peer, or nil and 'timeout'")
  func conversation() throws {
    let bench = try BotBench(
      """
      uc.on("message", { match = "^!order" }, function(msg)
        print("tea or coffee?")
        local answer, why = uc.wait("message", { from = msg.from, match = "^%a+", timeout = 60 })
        print(answer and answer.text, why, answer and answer.args)
      end)
      """)
    bench.hear("!order")
    bench.hear("coffee", from: FakeNetwork.bob)
    bench.hear("123")
    bench.hear("tea  please ")
    bench.hear("more tea")
    #expect(bench.logged == ["tea or coffee?", "tea  please \tnil\tplease"])
    bench.hear("!order")
    bench.advance(59)
    #expect(bench.logged.count == 3)
    bench.advance(2)
    #expect(bench.logged.last == "nil\ttimeout\tnil")
    #expect(bench.core.waiters.isEmpty && bench.core.waiting.isEmpty)
  }

  @Test("every call that waits gets the event, and so do the handlers; none gets the one that it began in")
  func everybody() throws {
    let bench = try BotBench(
      """
      uc.on("ping", { once = true }, function() print(1, uc.wait("ping").rtt) print(1, uc.wait("ping").rtt) end)
      uc.on("ping", { once = true }, function() print(2, uc.wait("ping", {}).rtt) end)
      uc.on("ping", function(e) print("handler", e.rtt) end)
      """)
    for seconds in [0.25, 0.5, 0.75] { bench.send(.ping(FakeNetwork.alice, seconds: seconds)) }
    #expect(
      bench.logged == ["handler\t0.25", "1\t0.5", "2\t0.5", "handler\t0.5", "1\t0.75", "handler\t0.75"])
  }

  @Test("a wait inside a coroutine of the script")
  func nested() throws {
    let bench = try BotBench(
      """
      local co = coroutine.wrap(function() coroutine.yield(uc.wait("message").text) return "end" end)
      print(co(), co())
      """)
    bench.hear("hi")
    #expect(bench.logged == ["hi\tend"])
  }

  @Test("uc.once and uc.STOP")
  func onceAndStop() throws {
    let bench = try BotBench(
      """
      uc.once("message", function(msg) print("once", msg.text) end)
      uc.on("message", { priority = 1 }, function(msg) if msg.text == "stop" then return uc.STOP end end)
      uc.on("message", { priority = 1 }, function(msg) if msg.text == "late" then uc.sleep(1) return uc.STOP end end)
      uc.on("message", function(msg) print("last", msg.text) return true end)
      uc.on("start", function() return uc.STOP end)
      uc.on("start", function() print("never") end)
      print(tostring(uc.STOP), uc.STOP == uc.STOP, pcall(function() return uc.STOP.x end))
      """)
    for text in ["stop", "a", "late"] { bench.hear(text) }
    #expect(
      Array(bench.logged.dropFirst()) == ["once\ta", "last\ta", "last\tlate"])
    #expect(bench.logged.first == "STOP\ttrue\tfalse\tbots/test.lua:7: a STOP has no field 'x'")
  }

  @Test("uc.hear gets the captures, positions among them; a pattern without any gives none")
  func hear() throws {
    let bench = try BotBench(
      """
      uc.hear("^(%d+)()%s*%+%s*(%d*)", function(msg, a, at, b, ...) print(a, at, b, select("#", ...), msg.args) end)
      uc.hear("hello", { from = "\(FakeNetwork.bob.id)" }, function(...) print(select("#", ...)) end)
      """)
    bench.hear("12 + 30 =")
    bench.hear("hello")
    bench.hear("oh hello", from: FakeNetwork.bob)
    #expect(bench.logged == ["12\t3\t30\t0\t=", "1"])
  }

  @Test("serial: one peer's events, or all, in sequence; without it they overlap")
  func serial() throws {
    let bench = try BotBench(
      """
      for _, how in ipairs { "none", "peer", "all" } do
        uc.on("message", { serial = how, room = how }, function(msg)
          print(msg.text) uc.sleep(1) print(msg.text .. ".")
        end)
      end
      """)
    func order(_ room: String) -> String {
      let before = bench.logged.count
      for (text, peer) in [("a1", FakeNetwork.alice), ("a2", FakeNetwork.alice), ("b1", FakeNetwork.bob)] {
        bench.hear(text, from: peer, room: room)
      }
      bench.advance(10)
      return bench.logged.dropFirst(before).joined(separator: " ")
    }
    #expect(order("none") == "a1 a2 b1 a1. a2. b1.")
    #expect(order("peer") == "a1 b1 a1. a2 b1. a2.")
    #expect(order("all") == "a1 a1. a2 a2. b1 b1.")
  }

  @Test("what waits for a serial handler is bounded, and gone when the handler is off")
  func serialBound() throws {
    let bench = try BotBench(
      """
      local sub = uc.on("message", { serial = "peer" }, function(msg) uc.sleep(1) print(msg.text) end)
      uc.on("message", { match = "^off$" }, function() sub:off() end)
      """)
    for number in 0..<Limits.Lua.serialQueue + 6 { bench.hear("\(number)") }
    #expect(bench.core.statistics.dropped == 5)
    #expect(bench.logged.filter { $0.contains("too slow: an event dropped") }.count == 5)
    bench.advance(2.5)
    #expect(bench.logged.suffix(2) == ["0", "1"])
    bench.hear("off")
    bench.advance(100)
    #expect(bench.logged.last == "2")
    #expect(bench.core.waiting.isEmpty)
  }

  @Test("messages of bots are for those who ask for them")
  func bots() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg) print("people", msg.text) end)
      uc.on("message", { bots = true }, function(msg) print("all", msg.text, msg.from:is_bot()) end)
      """)
    bench.hear("1")
    bench.send(.peerIdentify(FakeNetwork.alice, agent: "uc-bot/0.1.0/bot", protocols: [], addresses: []))
    bench.hear("2")
    bench.hear("3", from: FakeNetwork.bob)
    #expect(
      bench.logged == ["people\t1", "all\t1\tfalse", "all\t2\ttrue", "people\t3", "all\t3\tfalse"])
    for agent in ["errbot/6", "Sopel-Bot 8", "uc-bot/0.1.0/bot", "x/1/Bot", "x (bot)"] {
      #expect(PeerBook.Entry.isBot(agent: agent), "\(agent)")
    }
    for agent in ["uc-bot/0.1.0", "uc-bot/0.1.0/console", "bottle/1", "", "go-peer", "a/both", "/"] {
      #expect(!PeerBook.Entry.isBot(agent: agent), "\(agent)")
    }
  }
}

@Suite("Serial lanes")
struct SerialLanesTests {
  @Test("one of each key at a time, the others in order, no more than the limit")
  func lanes() {
    var lanes = SerialLanes<Int>(limit: 2)
    #expect(lanes.enter("a", 1) == .go)
    #expect(lanes.enter("b", 2) == .go)
    #expect(lanes.enter("a", 3) == .queued)
    #expect(lanes.enter("a", 4) == .queued)
    #expect(lanes.enter("b", 5) == .full)
    #expect(lanes.leave("b") == nil)
    #expect(lanes.leave("a") == 3)
    #expect(lanes.leave("a") == 4)
    #expect(lanes.leave("a") == nil)
    #expect(lanes.leave("a") == nil)
    #expect(lanes.enter("a", 6) == .go && lanes.waiting == 0)
  }
}
