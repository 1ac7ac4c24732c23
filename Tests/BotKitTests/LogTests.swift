import Logging
import Testing

@testable import BotKit

@Suite("What a script writes to the log")
struct LogTests {
  @Test("levels, fields and the script's name; print is info")
  func fields() throws {
    let bench = try BotBench(
      """
      uc.log.debug("d")
      uc.log.info("i", { from = uc.me, n = 1, f = 1.5, b = true, t = {}, [3] = "three" })
      uc.log.warn(42)
      uc.log.error("e", nil)
      print("a", nil, 1)
      """)
    let lines = bench.lines.events
    #expect(lines.map(\.level) == [.debug, .info, .warning, .error, .info])
    #expect(lines.map(\.text) == ["d", "i", "42", "e", "a\tnil\t1"])
    #expect(lines.allSatisfy { $0.metadata["script"] == "test" })
    #expect(
      lines[1].metadata == [
        "script": "test", "from": "\(FakeNetwork.me)", "n": "1", "f": "1.5", "b": "true", "t": "a table", "3": "three",
      ])
  }

  @Test("nothing in it drives a terminal or makes a second line, and lines are bounded")
  func sanitised() throws {
    #expect(LogText.line("tab\tä✓") == "tab\tä✓")
    #expect(LogText.line("\u{1B}[2J\r\n\u{7}\u{9B}\u{7F}") == "\\x1b[2J\\r\\n\\x07\\x9b\\x7f")
    #expect(LogText.line("a\u{202E}b") == "a\\u{202e}b")
    #expect(LogText.lines("a\u{1B}\nb") == "a\\x1b\nb")
    #expect(LogText.line(String(repeating: "ä", count: 10_000)).utf8.count <= 8_192 + 6)
    let bench = try BotBench("print('\\27[31m') uc.log.info('\\n', { ['k\\27'] = 'v\\27' })")
    #expect(bench.logged == ["\\x1b[31m", "\\n"])
    #expect(bench.lines.events.last?.metadata["k\\x1b"] == "v\\x1b")
  }

  @Test("trim takes white space from both ends, in linear time")
  func trim() throws {
    let bench = try BotBench(
      """
      print("<" .. uc.trim("  a b\\t\\n ") .. ">", "<" .. uc.trim("   ") .. ">", "<" .. uc.trim("") .. ">", uc.trim(5))
      local s = (" "):rep(4000000) .. "x"
      assert(uc.trim(s) == "x")
      """)
    #expect(bench.logged == ["<a b>\t<>\t<>\t5"])
  }

  @Test("what a script can know about itself")
  func facts() throws {
    let bench = try BotBench(
      "print(uc.nick, uc.version, uc.script.name, uc.me.short)", path: "/tmp/my.bot.lua",
      configure: { $0.version = "1.2.3" })
    #expect(bench.logged == ["MEmeMEme\t1.2.3\tmy.bot\tMEmeMEme"])
    let named = try BotBench("print(uc.nick)", configure: { $0.nick = "marvin" })
    #expect(named.logged == ["marvin"])
  }
}
