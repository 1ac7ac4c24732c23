import Limits
import TestSupport
import Testing

@testable import BotKit

@Suite("Events reach the handlers that ask for them")
struct EventTests {
  @Test("a message has its fields, and no others")
  func messageFields() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        print(msg.id, msg.text, msg.from.id, msg.from.short, msg.room, msg.time, msg.truncated, msg.args, msg.raw)
        assert(msg.from == uc.peer(msg.from.id), "one object for one peer")
        print(tostring(msg), tostring(msg.from), select(2, pcall(function() return msg.txt end)))
      end)
      """)
    bench.hear("hi")
    let alice = FakeNetwork.alice
    #expect(
      bench.logged == [
        "id1\\thi\\t\(alice.id)\\tALICE001\\tuniversal-connectivity\\t1700000000.0\\tfalse\\tnil\\thi"
          .replacing("\\t", with: "\t"),
        "Message id1\tPeer ALICE001\tbots/test.lua:4: a Message has no field 'txt' (did you mean 'text'?)",
      ])
  }

  @Test("bytes that are not UTF-8 are in raw; texts that are too long are cut")
  func rawAndTruncated() throws {
    let bench = try BotBench(
      "uc.on('message', function(msg) print(#msg.text, #msg.raw, msg.raw:byte(1), msg.truncated) end)")
    bench.send(
      .message(
        BotMessage(id: "1", from: FakeNetwork.alice, text: "\u{FFFD}", raw: [0xFF], room: "r", time: 0)))
    bench.hear(String(repeating: "x", count: 5_000))
    #expect(bench.logged == ["3\t1\t255\tfalse", "4096\t4096\t120\ttrue"])
  }

  @Test("match: a Lua pattern; args is what follows it, trimmed")
  func match() throws {
    let bench = try BotBench(
      "uc.on('message', { match = '^!echo%s' }, function(msg) print('<' .. msg.args .. '>') end)")
    for text in ["!echo  hello world \n", "!echo ", "!echo", "say !echo x", "!echoes x", "!echo\tä"] {
      bench.hear(text)
    }
    #expect(bench.logged == ["<hello world>", "<>", "<ä>"])
  }

  @Test("from, room, once and priority; off ends a subscription")
  func options() throws {
    let bench = try BotBench(
      """
      local function say(what) return function(msg) print(what .. " " .. msg.text) end end
      uc.on("message", say("all"))
      uc.on("message", { priority = 10 }, say("first"))
      uc.on("message", { priority = -1 }, say("last"))
      uc.on("message", { from = "\(FakeNetwork.bob.id)" }, say("bob"))
      uc.on("message", { from = uc.peer("\(FakeNetwork.bob.id)"), room = "other" }, say("bob elsewhere"))
      uc.on("message", { once = true }, say("once"))
      local sub = uc.on("message", say("until off"))
      uc.on("message", { match = "^off$", priority = 20 }, function() print(sub:off(), sub:off()) end)
      """)
    bench.hear("1")
    #expect(bench.logged == ["first 1", "all 1", "once 1", "until off 1", "last 1"])
    bench.hear("off", from: FakeNetwork.bob)
    #expect(Array(bench.logged.dropFirst(5)) == ["true\tfalse", "first off", "all off", "bob off", "last off"])
    bench.hear("3", from: FakeNetwork.bob, room: "other")
    #expect(Array(bench.logged.dropFirst(10)) == ["first 3", "all 3", "bob 3", "bob elsewhere 3", "last 3"])
  }

  @Test("peer events, ping and ready carry what belongs to them, and peers remember it")
  func peerEvents() throws {
    let bench = try BotBench(
      """
      uc.on("start", function() print("start") end)
      uc.on("ready", function(e) print("ready", e.peers) end)
      uc.on("peer_connect", function(e) print("connect", e.peer.short, e.address, e.peer.connected) end)
      uc.on("peer_disconnect", function(e) print("disconnect", e.peer.short, e.reason, e.peer.connected) end)
      uc.on("peer_identify", function(e) print(e.agent, #e.protocols, e.protocols[1], e.addresses[1], e.peer.agent) end)
      uc.on("ping", { from = "nobody" }, function(e) print("never") end)
      uc.on("ping", function(e) print("ping", e.peer.short, e.rtt, e.peer.rtt) end)
      """)
    let alice = FakeNetwork.alice
    bench.ready()
    bench.send(.peerConnect(alice, address: "/ip4/1.2.3.4/tcp/1"))
    bench.send(.peerIdentify(alice, agent: "go", protocols: (0..<500).map { "/p/\($0)" }, addresses: ["/a"]))
    bench.send(.ping(alice, seconds: 0.25))
    bench.send(.peerDisconnect(alice, reason: nil))
    bench.send(.peerDisconnect(alice, reason: "gone"))
    #expect(
      bench.logged == [
        "start", "ready\t1", "connect\tALICE001\t/ip4/1.2.3.4/tcp/1\ttrue", "go\t100\t/p/0\t/a\tgo",
        "ping\tALICE001\t0.25\t0.25", "disconnect\tALICE001\tnil\tfalse", "disconnect\tALICE001\tgone\tfalse",
      ])
  }

  @Test("a bot never hears itself")
  func ignoresItself() throws {
    let bench = try BotBench("uc.on('message', function(msg) print(msg.text) end)")
    bench.hear("me", from: BotPeer(id: FakeNetwork.me))
    #expect(bench.logged.isEmpty)
  }

  @Test("an error in a handler is logged with its traceback and hurts nothing else")
  func errorsAreIsolated() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        local function inner() error("boom " .. msg.text) end
        inner()
      end)
      uc.on("message", function(msg) print("still here") end)
      """)
    bench.hear("\u{1B}[31mred\nline")
    #expect(bench.logged.count == 2)
    let text = try #require(bench.logged.first)
    #expect(
      text.hasPrefix(
        "error in the handler of 'message' made at bots/test.lua:1: "
          + "bots/test.lua:2: boom \\x1b[31mred\\nline\nstack traceback:\n"))
    #expect(text.contains("bots/test.lua:3: in function <bots/test.lua:1>"))
    #expect(bench.logged[1] == "still here")
    #expect(bench.core.statistics.errors == 1)
    for _ in 0..<1_000 { bench.hear("x") }
    #expect(bench.core.statistics.errors == UInt64(Limits.Lua.breakerErrors))
    #expect(bench.core.statistics.pauses == 1)
    #expect(
      bench.logged.contains(
        "the handler of 'message' made at bots/test.lua:1 fails again and again: left out for 60 s"))
    #expect(bench.logged.filter { $0 == "still here" }.count == 1_001)
  }

  @Test("a handler that loops is stopped, and the next message is answered")
  func loopIsStopped() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        if msg.text == "loop" then
          while true do end
        end
        print(msg.text)
      end)
      """, configure: { $0.handlerMilliseconds = 50 })
    bench.hear("loop")
    bench.hear("next")
    #expect(
      bench.logged.first?.hasPrefix(
        "bots/test.lua:3: stopped the handler of 'message' made at bots/test.lua:1: it ran for more than 50 ms\n")
        == true)
    #expect(bench.logged.last == "next")
    #expect(bench.core.statistics.killed == 1)
  }

  @Test("a memory bomb is an error, and the next message is answered")
  func bombIsStopped() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        local t = {}
        while msg.text == "bomb" do t[#t + 1] = msg.text:rep(100) end
        print(msg.text)
      end)
      """, configure: { $0.memory = 4 << 20 })
    bench.hear("bomb")
    bench.hear("next")
    #expect(bench.logged.first?.contains("not enough memory") == true)
    #expect(bench.logged.last == "next")
  }

  @Test("a 'match' that takes too long leaves that message out, for that handler")
  func patternBomb() throws {
    let bench = try BotBench(
      """
      uc.on("message", { match = "%s-%s-%s-y" }, function(msg) print("matched") end)
      uc.on("message", function(msg) print("other") end)
      """)
    // Without a bound on its steps this match takes hours.
    #expect(processorTime { bench.hear(String(repeating: " ", count: 65_536)) } < .seconds(10))
    #expect(bench.logged.count == 2)
    #expect(bench.logged[0].hasPrefix("'match' of the handler made at bots/test.lua:1 takes too long"))
    #expect(bench.logged[1] == "other")
  }

  @Test("handlers may come and go while an event is handed out")
  func changesDuringDelivery() throws {
    let bench = try BotBench(
      """
      local second
      uc.on("message", function()
        second:off()
        uc.on("message", { once = true }, function(msg) print("new " .. msg.text) end)
      end)
      second = uc.on("message", function(msg) print("second") end)
      """)
    bench.hear("a")
    bench.hear("b")
    #expect(bench.logged == ["new b"])
  }

  @Test("handlers wait beside each other, and no more than the limit")
  func waitingTasks() throws {
    let bench = try BotBench("uc.on('message', function(msg) uc.sleep(1) count = (rawget(_G, 'count') or 0) + 1 end)")
    for number in 0..<Limits.Lua.tasks + 5 { bench.hear("\(number)") }
    #expect(bench.core.waiting.count == Limits.Lua.tasks)
    #expect(bench.core.statistics.errors == 5)
    bench.advance(2)
    #expect(bench.core.waiting.isEmpty)
    bench.hear("again")
    #expect(bench.core.waiting.count == 1)
  }
}
