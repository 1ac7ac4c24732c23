import Foundation
import Testing

@Suite("uc-bot test")
struct TestCommandTests {
  private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("uc-bot-\(UUID())").path

  private func run(_ files: [String: String], _ arguments: [String] = []) async throws -> (Int32, String) {
    try FileManager.default.createDirectory(atPath: directory + "/deep", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for (name, text) in files { try text.write(toFile: directory + "/" + name, atomically: true, encoding: .utf8) }
    let process = try CommandProcess(["test"] + (arguments.isEmpty ? [directory] : arguments))
    let code = try await process.exit()
    return (code, process.output + process.errors)
  }

  private let echo = "uc.on('message', function(msg) msg:reply('> ' .. msg.text) end)"
  private let good = "uc.test('good', function(t) t:load 'echo.lua' t:peer('a'):say 'x' t:expect '> x' end)"
  private let bad = "uc.test('bad', function(t) t:load '../echo.lua' t:peer('a'):say 'x' t:expect 'x' end)"

  @Test("all tests below a directory run; the exit code is 0 when all pass")
  func passes() async throws {
    let (code, output) = try await run(["echo.lua": echo, "echo_test.lua": good])
    #expect(code == 0)
    #expect(
      output.firstMatch(of: /(?s)^ok 1 echo: good \([0-9.]+ ms\)\n1 tests passed \(\d+ ms\)\n$/) != nil, "\(output)")
  }

  @Test("it is 1 when one fails, and what failed is told")
  func fails() async throws {
    let (code, output) = try await run(["echo.lua": echo, "echo_test.lua": good, "deep/bad_test.lua": bad])
    #expect(code == 1)
    #expect(output.contains("not ok 1 bad: bad ("))
    #expect(output.contains("/deep/bad_test.lua:1: expected \"x\", but the bot said \"> x\""))
    #expect(output.contains("ok 2 echo: good ("))
    #expect(output.contains("1 of 2 tests failed ("))
  }

  @Test("it is 66 when there is nothing to run, and 64 when the options are wrong")
  func usage() async throws {
    let (none, output) = try await run(["echo.lua": echo])
    #expect(none == 66)
    #expect(output.hasPrefix("uc-bot: \(directory): no *_test.lua in it"))
    let (missing, reason) = try await run([:], ["/missing"])
    #expect(missing == 66)
    #expect(reason == "uc-bot: /missing: No such file or directory\n")
    #expect(try await run([:], ["--timeout", "0", "/missing"]).0 == 64)
  }
}
