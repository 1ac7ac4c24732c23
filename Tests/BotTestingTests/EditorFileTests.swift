import BotKit
import Testing

@testable import BotTesting

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("Editors and the check know what tests of bots find")
struct EditorFileTests {
  @Test("the stub of the repository is what the table makes")
  func stub() throws {
    let path = "editor/library/uc-test.lua"
    // As for the other files that `make docs` writes.
    if getenv("UC_BOT_WRITE_DOCS") != nil { try Repository.write(EditorStub.tests(.tests), to: path) }
    #expect(try Repository.text(path) == EditorStub.tests(.tests), "`make docs` writes \(path)")
  }

  @Test("every test of our bots passes the check")
  func ourTests() throws {
    let tests = try Repository.names("bots").filter { $0.hasSuffix("_test.lua") }
    #expect(!tests.isEmpty)
    for name in tests {
      #expect(try ScriptCheck.problems(path: Repository.path("bots/\(name)"), world: .tests) == [])
    }
  }

  @Test("the check knows t and its peers, and that a bot's names are none of a test's")
  func check() {
    func check(_ source: String) -> [String] {
      ScriptCheck.problems(source: source, path: "x_test.lua", world: .tests).map(\.message)
    }
    #expect(check("uc.test('x', function(t) t:peer('alice', { agent = 'a' }):say('hi') t:expect_none() end)") == [])
    #expect(
      check("uc.test('x', function(t) t:expct('x') end)") == ["a Test has no field 'expct' (did you mean 'expect'?)"])
    #expect(check("uc.test('x', function(t) t:peer('a'):sya('x') end)").count == 1)
    #expect(check("uc.test('x', function(t) t:load('a.lua', { nik = 'x' }) end)").count == 1)
    #expect(check("uc.say('x')") == ["uc.say does not exist"])
  }
}
