import Testing

@testable import BotTesting

@Suite("The world of a bot test")
struct WorldTests {
  @Test(
    "what a test does to it arrives at the bot",
    arguments: [
      // Time stands still until it is told to pass.
      "alice:say 'later a' t:expect_none() t:advance(9.9) t:expect_none() t:advance(0.1) t:expect 'a'",
      "t:expect_equal(t:now(), 1767225600) t:at '2026-01-01 00:00:30' t:expect_equal(t:now(), 1767225630)",
      "t:at '2028-02-29' t:expect_equal(t:now(), 1835395200)",
      "alice:say '!ping' t:expect 'not_connected'",
      "alice:connect() alice:say '!ping' t:expect '50 ms'",
      "t:on_ping(alice, 0.02) alice:say '!ping' t:expect '20 ms'",
      "t:on_ping(alice, nil, 'timeout') alice:say '!ping' t:expect 'timeout'",
      "t:expect_equal({ alice.name, alice.short, #alice.id }, { 'alice', '000alice', 52 })",
      "t:expect_equal(t:peer('alice').id, alice.id)",
      "t:expect_equal(t:peer('bob').id == alice.id, false)",
      "alice:say 'later a' t:restart() t:advance(20) t:expect_none() alice:say 'say b' t:expect 'b'",
    ])
  func works(body: String) throws {
    #expect(try Kit.failure(body) == nil)
  }

  @Test(
    "misuse of the kit names the function and what it takes",
    arguments: [
      ("t:advance(-1)", "kit_test.lua:2: t:advance: argument 2 (seconds) must be a number from 0.0 to 1e9, got -1.0"),
      ("t:at 'noon'", "t:at: argument 1 (time) must be a date such as \"2026-11-22 09:00\", got \"noon\""),
      ("t:at '2026-02-30'", "t:at: argument 1 (time) must be a date"),
      ("t:at '2025-12-31'", "t:at: 2025-12-31 is in the past: it is 2026-01-01 00:00:00 now"),
      ("t.advance(1)", "t:advance: write a colon, t:advance(…)"),
      ("alice.say('x')", "peer:say: write a colon, peer:say(…)"),
      ("t:advanse(1)", "a Test has no field 'advanse' (did you mean 'advance'?)"),
      ("alice:say()", "peer:say: argument 1 (text) must be a string, got nothing"),
      ("bot:say 'x'", "peer:say: this is the bot itself, which does as it likes"),
      ("t:on_ping(alice, nil, 'soon')", "t:on_ping: must be seconds, or nil and a code"),
      ("t:load('parrot.lua', { nik = 'x' })", "t:load: unknown option 'nik' (did you mean 'nick'?)"),
      ("t:load 'missing.lua'", "t:load: cannot read script missing.lua: No such file or directory"),
      ("uc.test('inner', print)", "uc.test: must be called while the file loads"),
    ])
  func misuse(body: String, message: String) throws {
    let failure = try Kit.failure(body)
    #expect(failure?.contains(message) == true, "\(failure ?? "it passed")")
  }

  @Test("an admin is one whether it comes before the bot or after it, and an agent tells bots from people")
  func peers() throws {
    let script = """
      uc.command("stop", { admin = true }, function(msg) msg:reply("stopped") end)
      uc.on("message", { match = "^hi" }, function(msg) uc.say("hi, " .. tostring(msg.from.agent)) end)
      """
    let results = try Kit.results(
      """
      uc.test("it", function(t)
        t:peer("early", { admin = true })
        t:load "bot.lua"
        t:peer("early"):say "!stop"
        t:expect "stopped"
        t:peer("late", { admin = true }):say "!stop"
        t:expect "stopped #2"
        t:peer("eve"):say "!stop"
        t:expect_match "not for you"
        t:peer("human", { agent = "js-peer" }):say "hi"
        t:expect "hi, js-peer"
        t:peer("machine", { agent = "echobot/1" }):say "hi"
        t:expect_none()
      end)
      """, scripts: ["bot.lua": script])
    #expect(results.map(\.failures) == [[]])
  }

  @Test("the same seed gives the same chance, and each test begins with the same")
  func chance() throws {
    let script = "uc.on('message', function() uc.say(tostring(math.random(1000000))) end)"
    let body = """
      uc.test("NAME", function(t)
        t:load "bot.lua"
        t:peer("alice"):say "x"
        local first = t:said()[1]
        t:random(1)
        t:peer("alice"):say "x"
        t:expect_match("^" .. first)
        t:random(2)
        t:peer("alice"):say "x"
        t:expect_equal(t:said()[1] == first, false)
      end)
      """
    let results = try Kit.results(body, scripts: ["bot.lua": script])
    #expect(results.map(\.failures) == [[]])
  }

  @Test("the bot's time is the test's, in UTC, and calendars go by it")
  func calendar() throws {
    let script = "uc.at('09:00', function() uc.say('good morning ' .. uc.now()) end)"
    let results = try Kit.results(
      """
      uc.test("it", function(t)
        t:load "bot.lua"
        t:at "2026-01-01 08:59"
        t:expect_none()
        t:at "2026-01-03 00:00"
        t:expect("good morning 1767258000.0", "good morning 1767344400.0")
      end)
      """, scripts: ["bot.lua": script])
    #expect(results.map(\.failures) == [[]])
  }

  @Test("a lost connection takes all peers and the room with it, and comes back")
  func connection() throws {
    let script = """
      uc.on("peer_connect", function(event) uc.log.info("on " .. event.peer.short) end)
      uc.on("peer_disconnect", function(event) uc.log.info("off " .. event.reason) end)
      uc.on("message", function(msg) uc.log.info(select(2, uc.say("x")) or "said") end)
      """
    let results = try Kit.results(
      """
      uc.test("it", function(t)
        t:load "bot.lua"
        local alice, bob = t:peer "alice", t:peer "bob"
        alice:connect()
        t:expect_log "on 000alice"
        t:drop_connection(7)
        t:expect_log "off connection lost"
        alice:say "x"
        t:expect_log "no_peers"
        t:advance(7)
        t:expect_log "on 000alice"
        alice:say "x"
        t:expect_log "said"
      end)
      """, scripts: ["bot.lua": script])
    #expect(results.map(\.failures) == [[]])
  }
}

@Suite("The web of a bot test")
struct WebTests {
  private let script = """
    uc.on("message", { match = "^get " }, function(msg)
      local answer, code = uc.http.get(msg.args)
      uc.say(answer and answer.status .. " " .. answer.body or code)
    end)
    """

  @Test(
    "answers as it is told, when it is time",
    arguments: [
      "t:http('GET https://a.org/', { body = 'x' }) alice:say 'get https://a.org/' t:expect '200 x'",
      "t:http('GET https://a.org/', { status = 404 }) alice:say 'get https://a.org/' t:expect '404 '",
      "t:http('GET https://a.org/', { error = 'dns' }) alice:say 'get https://a.org/' t:expect 'dns'",
      """
      t:http('GET https://a.org/', { body = 'x', delay = 3 }) alice:say 'get https://a.org/'
      t:advance(2.9) t:expect_none() t:advance(0.1) t:expect '200 x'
      """,
      """
      t:http('GET https://a.org/', { body = '1' }) t:http('GET https://a.org/', { body = '2' })
      for i = 1, 3 do t:peer('p' .. i):say 'get https://a.org/' end
      t:expect('200 1', '200 2', '200 2 #2')
      t:expect_equal(#t:requests(), 3) t:expect_equal(t:requests(), {})
      """,
    ])
  func answers(body: String) throws {
    #expect(try Kit.failure(body, scripts: ["parrot.lua": script]) == nil)
  }

  @Test("a request that nobody expects is a failure that names it, and what is expected")
  func unexpected() throws {
    let failure = try Kit.failure(
      "t:http('GET https://a.org/', {}) alice:say 'get https://b.org/' t:expect 'failed'",
      scripts: ["parrot.lua": script])
    #expect(
      failure == """
        kit_test.lua:2: an unexpected request: GET https://b.org/; expected are
            GET https://a.org/
        """)
  }

  @Test("options are those of the test, and change while the bot runs")
  func options() throws {
    let script = """
      local o = uc.config { text = "a", times = 1, list = { "x" } }
      uc.on("message", function() uc.say(o.text:rep(o.times) .. table.concat(o.list)) end)
      """
    let scripts = ["bot.lua": script]
    let results = try Kit.results(
      """
      uc.test("set", function(t)
        t:load("bot.lua", { config = { text = "b", times = 2, list = { "y", "z" } } })
        t:peer("alice"):say "x"
        t:expect "bbyz"
        t:set("times", 3)
        t:peer("alice"):say "x"
        t:expect "bbbyz"
        t:restart()
        t:peer("alice"):say "x"
        t:expect "bbbyz"
      end)
      uc.test("unknown", function(t) t:load("bot.lua", { config = { txt = "b" } }) end)
      uc.test("wrong", function(t) t:load("bot.lua", { config = { times = print } }) end)
      """, scripts: scripts)
    #expect(results.map(\.isPassed) == [true, false, false])
    #expect(results[1].failures[0].text.contains("config.txt: the bot has no option 'txt' (did you mean 'text'?)"))
    #expect(results[2].failures[0].text.contains("config.times must be"))
  }
}
