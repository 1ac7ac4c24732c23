import TestSupport
import Testing

@testable import BotTesting

@Suite("The bots in bots/")
struct ShippedBotTests {
  static let tests = (try? TestFiles.find([Repository.path("bots")])) ?? []
  static let bots = tests.map { $0.replacing("_test.lua", with: ".lua") }

  @Test("each has a test, and no test is without its bot")
  func complete() throws {
    let all = try Repository.names("bots").filter { $0.hasSuffix(".lua") }
    #expect(
      all.filter { !$0.hasSuffix("_test.lua") }
        == all.filter { $0.hasSuffix("_test.lua") }.map {
          $0.replacing("_test.lua", with: ".lua")
        })
    #expect(Self.bots.count >= 5)
  }

  @Test("its tests pass", arguments: tests)
  func passes(path: String) throws {
    var count = 0
    try TestFile(path: path).run { result in
      count += 1
      #expect(result.isPassed, "\(result.lines(number: count).joined(separator: "\n"))")
    }
    #expect(count > 0)
  }

  @Test("64 KiB of spaces hurt none of them: the next command is answered within a second", arguments: bots)
  func spaces(path: String) throws {
    let source = """
      uc.test("spaces", function(t)
        t:load "\(path)"
        t:load "other.lua"
        local alice = t:peer "alice"
        local spaces = (" "):rep(65536)
        for _, text in ipairs { spaces, "!" .. spaces .. "x", "!help " .. spaces, "!echo " .. spaces .. "x" } do
          alice:say(text)
        end
        t:advance(60)
        t:said()
        t:peer("bob"):say "!other"
        t:expect "yes"
      end)
      """
    // Not every bot has a command; this one has.
    let finder = ScriptFinder(texts: ["other.lua": "uc.command('other', function(msg) msg:reply('yes') end)"])
    let spent = try processorTime {
      try TestFile(path: "spaces_test.lua", source: source, finder: finder).run { result in
        #expect(result.isPassed, "\(result.lines(number: 1).joined(separator: "\n"))")
      }
    }
    #expect(spent < .seconds(1))
  }

  @Test("each is short and begins with its name", arguments: bots)
  func short(path: String) throws {
    let text = try Repository.text(path: path)
    let name = path.split(separator: "/").last?.dropLast(4) ?? ""
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 70)
    #expect(text.hasPrefix("-- \(name): "))
    if name == "echo" {
      let code = text.split(separator: "\n").filter { !$0.hasPrefix("--") }
      #expect(code.count <= 5)
    }
  }
}
