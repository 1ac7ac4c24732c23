import Limits
import TestSupport
import Testing

@testable import BotTesting

@Suite("Files of bot tests")
struct TestFileTests {
  @Test("a file that does not compile, fails or has no test in it is a failure with its line")
  func broken() throws {
    func failure(_ source: String) throws -> String? { try Kit.results(source).first?.failures.first?.text }
    #expect(
      try failure("uc.test('a', function(t)\n t:expect 'x'\n")
        == "kit_test.lua:3: 'end' expected (to close 'function' at line 1) near <eof>")
    #expect(try failure("\nerror('no')")?.hasPrefix("kit_test.lua:2: no") == true)
    #expect(try failure("uc.tets('a', print)")?.contains("uc.tets does not exist (did you mean uc.test?)") == true)
    #expect(try failure("local x = 1") == "kit_test.lua: no test in it; write uc.test(\"name\", function(t) … end)")
    let twice = "uc.test('a', print)\nuc.test('a', print)"
    #expect(
      try failure(twice)?.hasPrefix("kit_test.lua:2: uc.test: there is a test \"a\" in this file already") == true)
  }

  @Test("an error in a test is a failure with its line and the calls that led there; the others run")
  func errors() throws {
    let results = try Kit.results(
      """
      local function helper(t) t:expect "x" end
      uc.test("raises", function(t)
        local nothing
        nothing.x = 1
      end)
      uc.test("helper", function(t)
        t:load "parrot.lua"
        helper(t)
      end)
      uc.test("good", function(t) t:load "parrot.lua" t:expect_none() end)
      """)
    #expect(results.map(\.isPassed) == [false, false, true])
    #expect(results[0].failures[0].text.hasPrefix("kit_test.lua:4: attempt to index a nil value (local 'nothing')"))
    #expect(results[1].failures[0].text.hasPrefix("kit_test.lua:1: expected \"x\", but the bot said nothing\n"))
    #expect(results[1].failures[0].text.contains("called from kit_test.lua:8:"))
    #expect(results[1].failures.count == 1)
  }

  @Test(
    "a test that runs for ever is stopped, whether it is the test or the bot that does",
    arguments: [
      "while true do end",
      "while true do pcall(function() while true do end end) end",
      "for i = 1, 1e9 do t:advance(1) end",
      "t:advance(1e9)",
      "alice:say 'spin'",
      "alice:say 'spawn'",
    ])
  func endless(body: String) throws {
    let script = """
      uc.every(0.001, function() end)
      uc.on("message", { match = "^spin" }, function() while true do end end)
      uc.on("message", { match = "^spawn" }, function() while true do uc.sleep(0) end end)
      """
    var failure: String?
    let spent = try processorTime {
      failure = try Kit.failure(body, scripts: ["parrot.lua": script], seconds: 0.2)
    }
    #expect(spent < .seconds(5))
    #expect(failure?.contains("stopped") == true || failure?.contains("never comes to rest") == true)
  }

  @Test("each test has a world of its own; what the file sets is shared")
  func worlds() throws {
    let results = try Kit.results(
      """
      local count = 0
      for i = 1, 2 do
        uc.test("number " .. i, function(t)
          count = count + 1
          t:load "parrot.lua"
          t:peer("alice"):say("say " .. count)
          t:expect(tostring(i))
          t:expect_equal(t:now(), 1767225600)
          t:advance(1)
        end)
      end
      """)
    #expect(results.map(\.isPassed) == [true, true])
  }

  @Test("a test object that outlives its test is of no use, and says so")
  func outlived() throws {
    let results = try Kit.results(
      """
      local kept
      uc.test("a", function(t) kept = function() t:advance(1) end t:load "parrot.lua" t:expect_none() end)
      uc.test("b", function(t) t:load "parrot.lua" kept() t:expect_none() end)
      """)
    #expect(results.map(\.isPassed) == [true, true])
  }

  @Test("the filter looks at file and name")
  func filter() throws {
    let source = "for _, name in ipairs { 'one', 'two' } do uc.test(name, function(t) t:expect_equal(1, 1) end) end"
    #expect(try Kit.results(source, filter: "kit: tw").map(\.name) == ["two"])
    #expect(try Kit.results(source, filter: "three").isEmpty)
  }

  @Test("results are lines that can be printed")
  func lines() throws {
    let results = try Kit.results("uc.test('a\\27[1m', function(t) t:expect 'x' end)")
    #expect(results[0].lines(number: 12)[0].hasPrefix("not ok 12 kit: a\\x1b[1m ("))
    #expect(results[0].lines(number: 12)[1] == "    kit_test.lua:1: expected \"x\", but the bot said nothing")
    var summary = TestSummary()
    summary.add(results[0])
    #expect(summary.lines[0].hasPrefix("1 of 1 tests failed ("))
    summary = TestSummary()
    summary.add(try Kit.results("uc.test('a', function(t) t:expect_equal(1, 1) end)")[0])
    #expect(summary.lines[0].hasPrefix("1 tests passed ("))
  }

  @Test("texts of a bot that never stops talking are kept up to a bound")
  func bounds() throws {
    let script = "uc.every(0.1, function() uc.say('x' .. uc.now()) end)"
    let failure = try Kit.failure(
      "t:advance(30) t:expect_equal(#t:said(), \(Limits.Testing.lines)) t:expect_none()",
      scripts: ["parrot.lua": script])
    #expect(failure == nil)
  }
}
