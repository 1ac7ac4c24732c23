import Limits
import Testing

@testable import BotKit

@Suite("What a bot says")
struct TalkTests {
  @Test("say and reply give a receipt, in the room that they belong to")
  func receipts() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        local receipt, problem = msg:reply("re: " .. msg.text)
        print(receipt.id, receipt.peers, problem)
        print(uc.say(42).peers)
      end)
      """)
    bench.ready()
    bench.hear("x", room: "other")
    #expect(bench.said == ["re: x", "42"])
    #expect(bench.network.published.events.map(\.room) == ["other", "universal-connectivity"])
    #expect(bench.logged == ["0a0b\t2\tnil", "2"])
  }

  @Test(
    "what the network refuses comes back as nil and a code", arguments: [BotPublishFailure.noPeers, .tooLong, .failed])
  func failures(failure: BotPublishFailure) throws {
    let bench = try BotBench("uc.on('message', function(msg) print(msg:reply('x')) end)")
    bench.ready()
    bench.network.state.withLock { $0.publishAnswer = .failure(failure) }
    bench.hear("1")
    #expect(bench.logged == ["nil\t\(failure.rawValue)"])
    // A text that was not sent is no repeat when it is tried again.
    bench.hear("2")
    #expect(bench.said == ["x", "x"])
  }

  @Test("before the first peer texts are held, up to a limit, and then sent in order")
  func heldUntilReady() throws {
    let bench = try BotBench(
      """
      for i = 1, \(Limits.Lua.sayQueue) do assert(uc.say("text " .. i).queued) end
      print(uc.say("one too many"))
      """)
    #expect(bench.logged == ["nil\tno_peers"])
    #expect(bench.said.isEmpty)
    bench.ready()
    #expect(bench.said.count == Int(Limits.Lua.sayBurst))
    bench.advance(1)
    #expect(bench.said.count == Int(Limits.Lua.sayBurst + Limits.Lua.sayRate))
    bench.advance(10)
    #expect(bench.said == (1...Limits.Lua.sayQueue).map { "text \($0)" })
  }

  @Test("twenty at once, ten a second, a bounded queue behind them, then rate_limited")
  func rateLimit() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        local receipt, problem = uc.say("text " .. msg.text)
        if not receipt then print(problem) end
      end)
      """)
    bench.ready()
    for number in 1...100 { bench.hear("\(number)") }
    #expect(bench.said.count == 20)
    #expect(bench.logged == Array(repeating: "rate_limited", count: 100 - 20 - Limits.Lua.sayQueue))
    bench.advance(0.1)
    #expect(bench.said.count == 21)
    bench.advance(60)
    #expect(bench.said == (1...84).map { "text \($0)" })
    #expect(bench.core.waiting.isEmpty)
  }

  @Test("a text that was seen or sent in the last two minutes gets a visible difference")
  func repeats() throws {
    let bench = try BotBench("uc.on('message', { match = '^!' }, function(msg) msg:reply('echo: ' .. msg.text) end)")
    bench.ready()
    for _ in 0..<3 { bench.hear("!hello") }
    bench.hear("echo: !other", from: FakeNetwork.bob)
    bench.hear("!other")
    #expect(bench.said == ["echo: !hello", "echo: !hello #2", "echo: !hello #3", "echo: !other #2"])
    bench.advance(121)
    bench.hear("!hello")
    #expect(bench.said.last == "echo: !hello")
  }

  @Test("the other policies refuse a repeat, or send it")
  func policies() throws {
    for (policy, said, logged) in [
      (RepeatPolicy.reject, ["x"], ["nil\tduplicate"]), (.allow, ["x", "x"], []),
    ] {
      let bench = try BotBench(
        "uc.on('message', function(msg) local r, p = uc.say('x') if not r then print(r, p) end end)",
        configure: { $0.repeats = policy })
      bench.ready()
      bench.hear("1")
      bench.hear("2")
      #expect(bench.said == said)
      #expect(bench.logged == logged)
    }
  }

  @Test("empty and too long texts are refused, bytes that are not UTF-8 are repaired")
  func badTexts() throws {
    let bench = try BotBench(
      """
      uc.on("ready", function()
        print(uc.say(""))
        print(uc.say(("x"):rep(\(Limits.Chat.publish + 1))))
        uc.say("a\\255b")
      end)
      """)
    bench.ready()
    #expect(bench.logged == ["nil\tempty", "nil\ttoo_long"])
    #expect(bench.said == ["a\u{FFFD}b"])
  }

  @Test("the repeat guard forgets the oldest when it is full")
  func guardIsBounded() {
    var texts = RepeatGuard(limit: 100, seconds: 120)
    for number in 0..<10_000 {
      texts.note("\(number)", room: "r", now: Int64(number))
      texts.note("again", room: "r", now: Int64(number))
    }
    #expect(texts.count <= 100)
    #expect(texts.vary("9999", room: "r", policy: .vary, now: 10_000) == "9999 #2")
    #expect(texts.vary("9999", room: "other", policy: .vary, now: 10_000) == "9999")
    #expect(texts.vary("1", room: "r", policy: .vary, now: 10_000) == "1")
    #expect(texts.vary("again", room: "r", policy: .vary, now: 121_000_000_000) == "again")
  }

  @Test("the bucket refills with time and never above its burst")
  func bucket() {
    var bucket = TokenBucket(perSecond: 10, burst: 2, now: 0)
    let times: [Int64] = [
      0, 0, 0, 100_000_000, 100_000_001, 3_600_000_000_000, 3_600_000_000_000, 3_600_000_000_000, 0,
    ]
    var taken: [Bool] = []
    for time in times { taken.append(bucket.take(now: time)) }
    #expect(taken == [true, true, false, true, false, true, true, false, false])
    var empty = TokenBucket(perSecond: 10, burst: 1, now: 0)
    _ = empty.take(now: 0)
    let next = empty.nextToken(now: 0)
    #expect(next == 100_000_000)
  }
}
