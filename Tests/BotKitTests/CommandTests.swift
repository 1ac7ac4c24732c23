import Limits
import Testing

@testable import BotKit

@Suite("Commands: found, read, explained, and not too often")
struct CommandTests {
  private func bench(_ source: String, configure: (inout BotConfiguration) -> Void = { _ in }) throws -> BotBench {
    let bench = try BotBench(source, configure: configure)
    bench.ready()
    return bench
  }

  @Test("the longest name wins, in any order of making; aliases and upper case are names too")
  func names() throws {
    let bench = try bench(
      """
      uc.command("note", { args = { { "text", type = "rest", optional = true } } }, function(msg, args)
        print("note", args.text)
      end)
      uc.command("note add", { aliases = { "na", "note new" }, args = { { "text", type = "rest" } } },
        function(msg, args) print("add", args.text, "<" .. msg.args .. ">") end)
      local sub = uc.command("gone", print)
      sub:off()
      uc.command("gone", function() print("again") end)
      """)
    for text in [
      "!note", "!note x", "!note  ADD  a  b ", "!na c", "!Note New d", "!gone", "! note", "note", "!notes", "!",
    ] {
      bench.hear(text)
      bench.advance(1)
    }
    #expect(
      bench.logged == [
        "note\tnil", "note\tx", "add\ta  b\t<a  b>", "add\tc\t<c>", "add\td\t<d>", "again",
      ])
    #expect(bench.said.isEmpty)
  }

  @Test("every type of argument, with quotes, defaults and ranges")
  func types() throws {
    let bench = try bench(
      """
      uc.command("a", { args = {
        "s", { "n", type = "number", min = 0 }, { name = "i", type = "integer", max = 9 }, { "b", type = "bool" },
        { "e", type = "enum", choices = { "Red", "blue" } }, { "p", type = "peer" }, { "d", type = "duration" },
        { "o", optional = true }, { "f", type = "integer", default = 7 }, { "r", type = "rest", optional = true },
      } }, function(msg, a) print(a.s, a.n, math.type(a.i), a.i, a.b, a.e, a.p.short, a.d, a.o, a.f, a.r) end)
      """
    ) { $0.admins = [FakeNetwork.alice.id] }
    bench.hear("!a \"two words\" 1.5 -3 Yes red @ALICE001 1h30m")
    bench.hear("!a x\"y 0 9 off BLUE \(FakeNetwork.bob.id) 90 opt 8 all \"the\"  rest ")
    #expect(
      bench.logged == [
        "two words\t1.5\tinteger\t-3\ttrue\tRed\tALICE001\t5400.0\tnil\t7\tnil",
        "x\"y\t0.0\tinteger\t9\tfalse\tblue\tBOB00002\t90.0\topt\t8\tall \"the\"  rest",
      ])
    let usage = "; usage: !a <s> <n> <i> <b> <Red|blue> <p> <d> [o] [f] [r…]"
    for (text, problem) in [
      ("", "s is missing: a text"), ("x", "n is missing: a number of at least 0"),
      ("x -1", "n must be a number of at least 0, got \"-1\""),
      ("x nan", "n must be a number of at least 0, got \"nan\""),
      ("x 1 10", "i must be a whole number of at most 9, got \"10\""),
      ("x 1 1 maybe", "b must be yes or no, got \"maybe\""),
      ("x 1 1 y green", "e must be one of Red, blue, got \"green\""),
      ("x 1 1 y red who", "p must be a peer's id or the last eight characters of one, got \"who\""),
      ("x 1 1 y red ALICE001 1m2h", "d must be a duration such as 90, 10m or 1h30m, got \"1m2h\""),
    ] {
      bench.advance(10)
      bench.hear("!a " + text)
      #expect(bench.said.last == problem + usage)
    }
  }

  @Test("what a stranger wrote is shown short and harmless; too many words are told")
  func strangers() throws {
    let bench = try bench("uc.command('a', { args = { { 'n', type = 'integer' } } }, print)")
    bench.hear("!a \u{1B}[31m" + String(repeating: "x", count: 1_000))
    bench.hear("!a 1 2")
    #expect(
      bench.said == [
        "n must be a whole number, got \"\\x1b[31m\(String(repeating: "x", count: 27))…\"; usage: !a <n>",
        "\"2\" is too much; usage: !a <n>",
      ])
  }

  @Test("help: the list, one command, a group, and what was probably meant")
  func help() throws {
    let bench = try bench(
      """
      uc.command("ping", { help = "measures", aliases = { "p" }, args = { { "who", type = "peer", optional = true } } }, print)
      uc.command("note add", { args = { "text" } }, print)
      uc.command("note list", print)
      uc.command("secret", { hidden = true }, print)
      uc.command("halt", { admin = true }, print)
      """
    ) { $0.admins = [FakeNetwork.bob.id] }
    func ask(_ text: String, _ peer: BotPeer = FakeNetwork.alice) -> String? {
      let before = bench.said.count
      bench.advance(130)
      bench.hear(text, from: peer)
      return bench.said.count > before ? bench.said.last : nil
    }
    #expect(ask("!help") == "commands: !note add, !note list, !ping, !help; more with !help <command>")
    #expect(
      ask("!help", FakeNetwork.bob) == "commands: !halt, !note add, !note list, !ping, !help; more with !help <command>"
    )
    #expect(ask("!help p") == "!ping [who] — measures (also !p)")
    #expect(ask("!HELP !ping") == "!ping [who] — measures (also !p)")
    #expect(ask("!help note") == "!note add <text> | !note list")
    #expect(ask("!help secret") == "!secret")
    #expect(ask("!help halt") == nil)
    #expect(ask("!help pin") == "no command \"pin\" (did you mean !ping?)")
    #expect(ask("!help frobnicate") == nil)
    #expect(ask("!note") == "usage: !note add <text> | !note list")
    #expect(ask("!other") == nil)
  }

  @Test("a script without commands answers no !help, and one with a 'help' of its own uses that")
  func ownHelp() throws {
    let none = try bench("uc.on('message', function() end)")
    none.hear("!help")
    #expect(none.said.isEmpty)
    let own = try bench("uc.command('help', function(msg) msg:reply('mine') end)")
    own.hear("!help")
    #expect(own.said == ["mine"])
  }

  @Test("admin, allow, deny and where")
  func permissions() throws {
    let bench = try bench(
      """
      local bob = "\(FakeNetwork.bob.id)"
      uc.command("admin", { admin = true }, function(msg) print("admin", msg.from:is_admin()) end)
      uc.command("allow", { allow = { uc.peer(bob) } }, function(msg) print("allow", msg.from.short) end)
      uc.command("deny", { deny = { bob } }, function(msg) print("deny", msg.from.short) end)
      uc.command("dm", { where = "dm" }, function(msg) print("dm", msg.from.short, msg.is_dm) end)
      """
    ) { $0.admins = [FakeNetwork.alice.id] }
    for name in ["admin", "allow", "deny", "dm"] {
      bench.hear("!" + name)
      bench.hear("!" + name, from: FakeNetwork.bob)
    }
    #expect(
      bench.logged == ["admin\ttrue", "allow\tALICE001", "allow\tBOB00002", "deny\tALICE001"])
    #expect(bench.said == ["!admin is not for you, BOB00002", "!deny is not for you, BOB00002"])
    bench.send(
      .message(BotMessage(id: "x", from: FakeNetwork.bob, text: "!dm", room: "r", time: 0, isDirect: true)))
    #expect(bench.logged.last == "dm\tBOB00002\ttrue")
  }

  @Test("cooldowns: for the peer, for the room, told once; wrong arguments begin none")
  func cooldowns() throws {
    let bench = try bench(
      """
      uc.command("a", { args = { "x" }, cooldown = { peer = 10, room = 3, message = "{peer}: wait {left}s for {command}" } },
        function(msg, args) print(msg.from.short, args.x) end)
      uc.command("b", { cooldown = 2 }, function(msg) print("b", msg.from.short) end)
      """)
    bench.hear("!a")
    for text in ["!a 1", "!a 2", "!a 3"] { bench.hear(text) }
    bench.hear("!a 4", from: FakeNetwork.bob)
    bench.advance(3)
    bench.hear("!a 5", from: FakeNetwork.bob)
    bench.advance(7)
    bench.hear("!a 6")
    #expect(bench.logged == ["ALICE001\t1", "BOB00002\t5", "ALICE001\t6"])
    #expect(
      bench.said == [
        "x is missing: a text; usage: !a <x>", "ALICE001: wait 10s for !a", "BOB00002: wait 3s for !a",
      ])
    #expect(bench.core.statistics.refused == 3)
    bench.hear("!b")
    bench.hear("!b")
    #expect(bench.logged.last == "b\tALICE001" && bench.said.count == 3)
  }

  @Test("a flood of commands is ignored beyond its bounds, of other peers' it is not; so are calls for help")
  func flood() throws {
    let bench = try bench("uc.command('a', function(msg) print(msg.from.short) end)")
    for _ in 0..<100 { bench.hear("!a") }
    bench.hear("!a", from: FakeNetwork.bob)
    #expect(bench.logged.count == Int(Limits.Lua.commandBurst) + 1)
    bench.advance(5)
    for _ in 0..<100 { bench.hear("!a") }
    #expect(bench.logged.count == Int(Limits.Lua.commandBurst) + 6)
    for _ in 0..<100 { bench.hear("!help") }
    #expect(bench.said.count == Int(Limits.Lua.noticeBurst))
  }

  @Test("one peer's commands run one after the other; a conversation inside one")
  func conversation() throws {
    let bench = try bench(
      """
      uc.command("order", function(msg)
        msg:reply("tea or coffee?")
        local answer = uc.wait("message", { from = msg.from, timeout = 30 })
        msg:reply(answer and "one " .. answer.text or "too late")
      end)
      """)
    bench.hear("!order")
    bench.hear("!order", from: FakeNetwork.bob)
    bench.hear("tea")
    #expect(bench.said == ["tea or coffee?", "tea or coffee? #2", "one tea"])
    bench.advance(30)
    #expect(bench.said.last == "too late")
  }

  @Test("another prefix; a handler that returns uc.STOP keeps lines from commands; bots only when asked for")
  func prefixAndStop() throws {
    let bench = try bench(
      """
      uc.command("a", function() print("a") end)
      uc.command("b", { bots = true }, function() print("b") end)
      uc.on("message", { match = "never" }, function() return uc.STOP end)
      print(uc.prefix)
      """
    ) { $0.prefix = "bot, " }
    for text in ["bot, a", "!a", "bot, a never"] { bench.hear(text) }
    bench.send(.peerIdentify(FakeNetwork.alice, agent: "x (bot)", protocols: [], addresses: []))
    for text in ["bot, a", "bot, b", "bot, help", "bot, b"] { bench.hear(text) }
    #expect(bench.logged == ["bot, ", "a", "b", "b"])
    #expect(bench.said.isEmpty)
  }
}

@Suite("The parts of commands")
struct CommandPartTests {
  @Test(
    "durations",
    arguments: [
      ("90", 90), ("1.5", 1.5), ("10m", 600), ("1h30m", 5_400), ("1.5h", 5_400), ("2D", 172_800), ("1w1s", 604_801),
      ("", nil), ("m", nil), ("1h1h", nil), ("1m1h", nil), ("1h30", nil), ("-5", nil), ("1e99", nil), ("1x", nil),
      ("nan", nil), ("0x10", nil), ("99999999w", nil),
    ] as [(String, Double?)])
  func durations(text: String, seconds: Double?) {
    #expect(WrittenDuration.seconds(text) == seconds)
  }

  @Test("cooldowns are bounded, and forget what is over first")
  func cooldownBound() {
    var cooldowns = Cooldowns(limit: 100)
    cooldowns.begin("long", seconds: 1_000, now: 0)
    for number in 0..<10_000 { cooldowns.begin("\(number)", seconds: 1, now: Int64(number)) }
    #expect(cooldowns.count <= 100)
    let left = cooldowns.left(["long", "none"], peer: "p", now: 5)
    #expect(left?.nanoseconds == 999_999_999_995 && left?.isNews == true)
    let over = cooldowns.left(["long"], peer: "p", now: 1_000_000_000_000)
    #expect(over == nil)
  }

  @Test("peer buckets are bounded, and each peer has its own")
  func buckets() {
    var buckets = PeerBuckets(perSecond: 1, burst: 2, limit: 10)
    for number in 0..<100 {
      let taken = (0..<3).map { _ in buckets.take("\(number)", now: 0) }
      #expect(taken == [true, true, false])
    }
    #expect(buckets.count == 10)
    let later = buckets.take("99", now: 1_000_000_000)
    #expect(later)
  }
}
