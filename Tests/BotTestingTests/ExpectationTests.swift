import Testing

@testable import BotTesting

@Suite("Expectations of bot tests")
struct ExpectationTests {
  @Test(
    "those that are met let the test pass",
    arguments: [
      "alice:say 'say a' t:expect 'a'",
      "alice:say 'say a' alice:say 'say b' t:expect('a', 'b')",
      "alice:say 'say 12 x' t:expect_equal({ t:expect_match '^(%d+) ()' }, { '12', 4 })",
      "alice:say 'say ab' t:expect_equal(t:expect_match 'b', 'b')",
      "alice:say 'nothing' t:expect_none()",
      "alice:say 'say a' t:expect_equal(t:said(), { 'a' }) t:expect_none()",
      "alice:say 'fail now' t:expect_error 'parrot.lua:2: now'",
      "alice:say 'log it' t:expect_log '^warn it from=000alice'",
      "t:expect_help 'ping'",
      "alice:say 'say a' t:expect_help 'ping' t:expect_none()",
      "t:expect_connected()",
      "t:drop_connection() t:advance(5) t:expect_connected()",
      "t:expect_equal({ 1, { x = true } }, { 1, { x = true } }) t:expect_equal(1, 1.0)",
    ])
  func met(body: String) throws {
    #expect(try Kit.failure(body) == nil)
  }

  @Test(
    "those that are not met tell what was expected, what came, and the line",
    arguments: [
      ("alice:say 'say a' t:expect 'b'", #"kit_test.lua:2: expected "b", but the bot said "a""#),
      ("t:expect 'b'", #"kit_test.lua:2: expected "b", but the bot said nothing"#),
      ("alice:say 'say a'\nt:expect('a', 'b')", #"kit_test.lua:3: expected "b", but the bot said nothing more"#),
      (
        "alice:say 'say a' t:expect_match '%d'",
        #"kit_test.lua:2: expected a text that matches "%d", but the bot said "a""#
      ),
      ("alice:say 'say a' t:expect_none()", #"kit_test.lua:2: expected nothing more, but the bot said "a""#),
      ("t:expect_error 'x'", "kit_test.lua:2: expected an error, but there was none"),
      ("alice:say 'log it' t:expect_log '^info'", "kit_test.lua:2: expected a line of the log that matches"),
      ("alice:say 'log it' t:expect_log 'it' t:expect_log 'it'", "kit_test.lua:2: expected a line of the log"),
      (
        "t:expect_help 'pong'",
        #"expected a text that begins with "!pong", but the bot said "no command \"pong\""#
      ),
      ("t:drop_connection() t:advance(4) t:expect_connected()", "expected the bot to be connected, but it is not"),
      ("t:expect_equal(1, 2)", "kit_test.lua:2: expected 2, got 1"),
      (
        "t:expect_equal({ a = 'x', 1 }, { 'y' })",
        #"kit_test.lua:2: expected { "y" }, got { [1] = 1, a = "x" }"#
      ),
      ("t:expect_equal('1', 1)", #"expected 1, got "1""#),
      ("alice:say 'say \u{1B}[31m' t:expect 'b'", #"but the bot said "\x1b[31m""#),
    ])
  func notMet(body: String, message: String) throws {
    let failure = try Kit.failure(body)
    #expect(failure?.contains(message) == true, "\(failure ?? "it passed")")
  }

  @Test("an error that does not match is told in full")
  func otherError() throws {
    let failure = try Kit.failure("alice:say 'fail now' t:expect_error 'tomorrow'")
    #expect(failure?.contains(#"expected an error that matches "tomorrow", but it was: "#) == true)
    #expect(failure?.contains("parrot.lua:2: now") == true)
  }

  @Test("an error in the bot that no expectation takes is a failure")
  func unexpectedError() throws {
    let failure = try Kit.failure("alice:say 'fail now' t:expect_none()")
    #expect(failure?.contains("an error in the bot: ") == true)
    #expect(failure?.contains("parrot.lua:2: now") == true)
  }

  @Test("a test without an expectation is a failure, and so is one that hides its failures")
  func cheating() throws {
    #expect(try Kit.failure("alice:say 'say a'")?.contains("no expectation") == true)
    #expect(
      try Kit.failure("pcall(function() t:expect 'a' end)")
        == "kit_test.lua:2: expected \"a\", but the bot said nothing")
  }

  @Test("a failure shows all that the bot said, what the test had not looked at, and the log")
  func evidence() throws {
    let results = try Kit.results(
      """
      uc.test("it", function(t)
        t:load "parrot.lua"
        local alice = t:peer "alice"
        alice:say "say one"
        t:expect "one"
        t:advance(1.5)
        alice:say "log two"
        alice:say "say three"
        t:expect "four"
      end)
      """)
    #expect(
      results.first?.evidence == [
        "the bot said (> is what the test had not looked at):",
        "    \"one\", at 0.0 s",
        "  > \"three\", at 1.5 s",
        "its log:",
        "    warn two from=000alice",
      ])
  }
}
