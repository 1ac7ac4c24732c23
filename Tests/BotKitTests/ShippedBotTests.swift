import Testing

@testable import BotKit

@Suite("The bots in bots/")
struct ShippedBotTests {
  static let names = ["dice", "echo", "greeter", "logger", "poll"]

  private func bench(_ name: String) throws -> BotBench {
    let bench = try BotBench(try Repository.text("bots/\(name).lua"), path: "bots/\(name).lua") { $0.nick = "botty" }
    bench.ready()
    return bench
  }

  @Test("echo answers, and a second identical echo differs")
  func echo() throws {
    let bench = try bench("echo")
    bench.hear("!echo hello")
    bench.hear("hello")
    bench.hear("!echo hello")
    bench.hear("!echo  two words ")
    #expect(bench.said == ["echo: hello", "echo: hello #2", "echo: two words"])
  }

  @Test("greeter welcomes each peer once, when it has settled")
  func greeter() throws {
    let bench = try bench("greeter")
    bench.send(.peerConnect(FakeNetwork.alice, address: "/a"))
    #expect(bench.said.isEmpty)
    bench.advance(3)
    bench.send(.peerDisconnect(FakeNetwork.alice, reason: nil))
    bench.send(.peerConnect(FakeNetwork.alice, address: "/a"))
    bench.send(.peerConnect(FakeNetwork.bob, address: "/b"))
    bench.send(.peerDisconnect(FakeNetwork.bob, reason: nil))
    bench.advance(3)
    #expect(bench.said == ["welcome, ALICE001! I am botty"])
    bench.send(.peerConnect(FakeNetwork.bob, address: "/b"))
    bench.advance(3)
    #expect(bench.said.last == "welcome, BOB00002! I am botty")
  }

  @Test("logger writes every event with its fields")
  func logger() throws {
    let bench = try bench("logger")
    bench.hear("hi")
    bench.send(.peerConnect(FakeNetwork.alice, address: "/a"))
    bench.send(.peerIdentify(FakeNetwork.alice, agent: "go", protocols: [], addresses: []))
    bench.send(.ping(FakeNetwork.alice, seconds: 0.5))
    bench.send(.peerDisconnect(FakeNetwork.alice, reason: "gone"))
    #expect(bench.lines.events.map(\.text) == ["chat", "connected", "identified", "ping", "disconnected"])
    #expect(bench.lines.events.first?.metadata["text"] == "hi")
    #expect(bench.lines.events.first?.metadata["from"] == "\(FakeNetwork.alice.id)")
  }

  @Test("dice throws what is asked for, within its range")
  func dice() throws {
    let bench = try bench("dice")
    for text in ["!roll", "!roll 3d1000", "!roll 0d6", "!roll 99999999999999999999d6", "!flip"] { bench.hear(text) }
    let said = bench.said
    #expect(said.count == 5)
    #expect(said[0].wholeMatch(of: /ALICE001: [1-6]/) != nil)
    let throwing = try #require(said[1].wholeMatch(of: /ALICE001: (\d+) = (\d+) \+ (\d+) \+ (\d+)/))
    let (_, sum, a, b, c) = throwing.output
    #expect(Int(sum) == [a, b, c].compactMap { Int($0) }.reduce(0, +))
    #expect(said[2] == "I throw 1d2 to 20d1000, not 0d6")
    #expect(said[3] == "I throw 1d2 to 20d1000, not 99999999999999999999")
    #expect(said[4].wholeMatch(of: /ALICE001: (heads|tails)/) != nil)
  }

  @Test("poll counts one vote for each peer, the last one, and tells the result when time is up")
  func poll() throws {
    let bench = try bench("poll")
    bench.hear("!poll vote tea")
    bench.hear("!poll start 2m Tea")
    bench.hear("!poll start 2m Tea, coffee,")
    bench.hear("!poll vote coffee")
    bench.hear("!poll vote Tea")
    bench.hear("!poll vote tea", from: FakeNetwork.bob)
    bench.hear("!poll vote milk", from: FakeNetwork.bob)
    bench.hear("!poll start 2m a, b")
    bench.hear("!poll")
    bench.advance(121)
    #expect(
      bench.said == [
        "there is no poll", "a poll needs two choices, with a comma between",
        "poll: tea or coffee? !poll vote <choice>", "choose one of tea, coffee",
        "one poll at a time; this one has tea 2, coffee 0",
        "usage: !poll start <time> <choices…> | !poll vote <choice…>", "the poll is over: tea 2, coffee 0",
      ])
  }

  @Test("64 KiB of spaces hurt none of them: the next event is handled soon", arguments: names)
  func spaces(name: String) throws {
    let bench = try bench(name)
    let clock = ContinuousClock()
    let start = clock.now
    bench.hear(String(repeating: " ", count: 65_536))
    bench.hear("!echo " + String(repeating: " ", count: 65_536) + "x")
    bench.hear("!echo next")
    // A match that goes back over them again and again takes hours.
    #expect(clock.now - start < .seconds(10))
    #expect(bench.core.statistics.errors == 0)
    if name == "echo" { #expect(bench.said.last == "echo: next") }
  }

  @Test("each has under forty lines and begins with its name", arguments: names)
  func short(name: String) throws {
    let text = try Repository.text("bots/\(name).lua")
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 40)
    #expect(text.hasPrefix("-- \(name): "))
  }

  @Test("any allocation of a message's run may fail, and the next message is answered", arguments: [1, UInt64.max])
  func allocationFailures(count: UInt64) throws {
    let bench = try bench("echo")
    bench.hear("!echo warm")
    let before = bench.core.lua.allocationCount
    bench.hear("!echo measured")
    let allocations = bench.core.lua.allocationCount - before
    for number in 1...allocations + 5 {
      bench.core.lua.failAllocations(first: number, count: count)
      bench.hear("!echo failing \(number)")
      bench.core.lua.failAllocations(first: 0, count: 0)
      bench.advance(1)
      bench.hear("!echo after \(number)")
      #expect(bench.said.last == "echo: after \(number)")
      bench.advance(1)
    }
    #expect(bench.core.waiting.isEmpty)
  }
}
