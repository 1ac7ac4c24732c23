import Limits
import Testing

@testable import BotKit

@Suite("Circles and failures end by themselves")
struct FloodTests {
  @Test("two bots that echo everything fall silent", arguments: ["echo: ", ""])
  func echoes(answer: String) throws {
    let source = "uc.on('message', { bots = true }, function(msg) msg:reply('\(answer)' .. msg.text) end)"
    let first = try BotBench(source)
    let second = try BotBench(source)
    for bench in [first, second] { bench.ready() }
    first.hear("hello there")
    var (heard, answered) = (0, 0)
    for _ in 0..<1_000 {
      for text in first.said.dropFirst(heard) { second.hear(text) }
      heard = first.said.count
      for text in second.said.dropFirst(answered) { first.hear(text) }
      answered = second.said.count
      for bench in [first, second] { bench.advance(1) }
    }
    #expect(first.said.count + second.said.count < 30)
    #expect(first.core.statistics.loops + second.core.statistics.loops > 0)
    // Somebody else is answered all the while, and the same peer again when two minutes have passed.
    let before = first.said.count
    first.hear("something new", from: FakeNetwork.bob)
    first.hear("something else")
    #expect(first.said.count == before + 2)
  }

  @Test("the same answer to one peer: five times, three times '...', then nothing; later again")
  func sameAnswer() throws {
    let bench = try BotBench("uc.on('message', function(msg) print(select(2, msg:reply('pong'))) end)") {
      $0.repeats = .allow
    }
    bench.ready()
    for _ in 0..<20 { bench.hear("ping") }
    bench.hear("ping", from: FakeNetwork.bob)
    #expect(bench.said == Array(repeating: "pong", count: 5) + Array(repeating: "...", count: 3) + ["pong"])
    #expect(bench.logged[9] == "loop")
    bench.advance(121)
    bench.hear("ping")
    #expect(bench.said.last == "pong" && bench.said.count == 10)
  }

  @Test("a timer that only fails is left out, longer each time, and comes back when it is well")
  func failingTimer() throws {
    let bench = try BotBench(
      """
      uc.every(1, function() if not rawget(_G, "well") then error("x") end runs = (rawget(_G, "runs") or 0) + 1 end)
      uc.on("message", function() well = true end)
      uc.on("ping", function() print(rawget(_G, "runs")) end)
      """)
    bench.advance(20)
    #expect(bench.core.statistics.errors == 20 && bench.core.statistics.pauses == 1)
    bench.advance(59)
    #expect(bench.core.statistics.errors == 20)
    bench.advance(2)
    #expect(bench.core.statistics.errors == 21 && bench.core.statistics.pauses == 2)
    bench.hear("x")
    bench.advance(200)
    bench.send(.ping(FakeNetwork.alice, seconds: 1))
    #expect(bench.core.statistics.errors == 21)
    #expect(Int(bench.logged.last ?? "").map { $0 > 50 } == true)
  }

  @Test("the guard is bounded")
  func bounds() {
    var loops = LoopGuard(limit: 100)
    loops.noteSaid("hello", room: "r", now: 0)
    for number in 0..<1_000 {
      loops.noteHeard("hello \(number)", peer: "\(number)", room: "r", now: 1)
      _ = loops.judge("x", peer: "\(number)", room: "r", now: 1)
    }
    #expect(loops.count <= 100)
  }
}
