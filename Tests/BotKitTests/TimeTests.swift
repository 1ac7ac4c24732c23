import Limits
import Testing

@testable import BotKit

@Suite("Timers and waiting, on a clock that stands still")
struct TimeTests {
  @Test("sleep, after and every keep their times")
  func times() throws {
    let bench = try BotBench(
      """
      local t0 = uc.now()
      local function at(what) return function() print(what, uc.now() - t0) end end
      uc.after(3, at("after"))
      local n = 0
      local every
      every = uc.every(2, function()
        n = n + 1
        print("every", uc.now() - t0)
        if n == 3 then print(every:stop(), every:stop()) end
      end)
      uc.sleep(5)
      at("slept")()
      uc.sleep(0)
      at("again")()
      """)
    bench.advance(100)
    #expect(
      bench.logged == [
        "every\t2.0", "after\t3.0", "every\t4.0", "slept\t5.0", "again\t5.0", "every\t6.0", "true\tfalse",
      ])
    #expect(bench.core.timers.count == 0)
  }

  @Test("a timer whose last run waits is not started a second time")
  func overlap() throws {
    let bench = try BotBench("uc.every(1, function() print(uc.now() % 100) uc.sleep(2.5) end)")
    bench.advance(7.2)
    #expect(bench.logged == ["1.0", "4.0", "7.0"])
  }

  @Test("an error in a timer's function is logged, and the timer goes on")
  func errors() throws {
    let bench = try BotBench("uc.every(1, function() error('boom') end)")
    bench.advance(3)
    #expect(bench.core.statistics.errors == 3)
    #expect(
      bench.logged.allSatisfy { $0.hasPrefix("error in the timer made at bots/test.lua:1: bots/test.lua:1: boom") })
  }

  @Test("times that were missed are not made up for")
  func missed() throws {
    let bench = try BotBench("uc.every(1, function() print('tick') end)")
    bench.clock.move(to: 10_500_000_000)
    bench.pump()
    #expect(bench.logged == ["tick"])
    bench.advance(1.2)
    #expect(bench.logged == ["tick", "tick"])
  }

  @Test("timers survive garbage collection and are bounded")
  func collectionAndLimit() throws {
    let bench = try BotBench(
      """
      for i = 1, \(Limits.Lua.timers) do uc.after(1, function() count = (rawget(_G, "count") or 0) + 1 end) end
      print(select(2, pcall(uc.after, 1, print)))
      uc.on("message", function() print(count) end)
      """)
    bench.core.lua.collectGarbage()
    bench.advance(1)
    bench.hear("x")
    #expect(bench.logged == ["bots/test.lua:2: uc.after: a script may have 1024 timers, not more", "1024"])
  }

  @Test("timers made and stopped for ever need no memory of the host")
  func compaction() throws {
    let bench = try BotBench("uc.every(1, function() for i = 1, 5000 do uc.after(1e6, print):stop() end end)")
    bench.advance(20)
    // Two entries for each that is alive, and 64, and what one tick made.
    #expect(bench.core.timers.entryCount < 5_200)
  }

  @Test("ping: seconds, or nil and a code; a network that never answers is a timeout")
  func ping() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg) print(msg.from:ping { timeout = 3 }) end)
      """)
    bench.hear("a")
    bench.network.state.withLock { $0.pingAnswer = .failure(.notConnected) }
    bench.hear("b")
    bench.network.state.withLock { $0.pingAnswer = nil }
    bench.hear("c")
    bench.advance(2.9)
    #expect(bench.logged == ["0.02", "nil\tnot_connected"])
    bench.advance(0.2)
    #expect(bench.logged.last == "nil\ttimeout")
    #expect(bench.network.state.withLock { $0.pinged.map(\.timeout) } == [3, 3, 3])
    bench.advance(10)
    #expect(bench.core.pingsInFlight.isEmpty && bench.core.waiting.isEmpty)
  }

  @Test("peers are found by id, and by the end of an id that was seen")
  func peers() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        print(uc.peer("ALICE001") == msg.from, uc.peer(msg.from.id) == msg.from)
        print(uc.peer("nobody00"))
        print(uc.peer("not an id, certainly; with spaces in it, and long"))
        print(uc.me.id == "\(FakeNetwork.me)", uc.me.connected, uc.me.agent, uc.me.rtt)
      end)
      """)
    bench.hear("x")
    #expect(
      bench.logged == ["true\ttrue", "nil\tunknown_peer", "nil\tunknown_peer", "true\tfalse\tnil\tnil"])
  }

  @Test("the peer book is bounded and forgets those not connected first")
  func peerBook() {
    var book = PeerBook(limit: 100)
    book.update("friend", at: 1) { $0.connected = true }
    for number in 0..<1_000 { book.note("peer \(number)", at: 2) }
    #expect(book.count <= 100)
    #expect(book["friend"]?.connected == true)
    #expect(book["peer 999"] != nil)
    #expect(book.id(endingWith: "r 999") == "peer 999")
    #expect(book.id(endingWith: "9") == nil)
  }
}
