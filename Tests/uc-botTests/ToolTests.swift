import BotKit
import Foundation
import Testing

@testable import uc_bot

@Suite("The tools of the command")
struct ToolTests {
  private func run(_ arguments: [String], input: String = "") async throws -> (
    code: Int32, output: String, errors: String
  ) {
    let process = try CommandProcess(arguments, input: input)
    let code = try await process.exit()
    return (code, process.output, process.errors)
  }

  @Test("new makes a bot whose test passes, whose check finds nothing, and which is never written over")
  func new() async throws {
    let folder = try ToolFolder()
    let made = try await run(["new", "hello", folder.path])
    #expect(made.code == 0, "\(made.errors)")
    #expect(made.output.contains("uc-bot console \(folder.path)/hello.lua"))
    for name in ["hello.lua", "hello_test.lua", "library/uc.lua", "library/uc-test.lua", ".luarc.json", ".luacheckrc"] {
      #expect(FileManager.default.fileExists(atPath: "\(folder.path)/\(name)"), "\(name)")
    }
    #expect(try await run(["test", folder.path]).code == 0)
    let checked = try await run(["check", folder.path])
    #expect(checked.output == "2 scripts checked: nothing is wrong\n")
    let text = try folder.text("hello.lua")
    let again = try await run(["new", "hello", folder.path])
    #expect(again.code == 73)
    #expect(again.errors == "uc-bot: \(folder.path)/hello.lua is there already; choose another name\n")
    #expect(try folder.text("hello.lua") == text)
  }

  @Test(
    "names that cannot be a file's and a command's are refused", arguments: ["", "a b", "../x", "-x", "x_test", "é"])
  func badNames(name: String) {
    #expect(throws: UsageError.self) { try NewBot(name: name, directory: ".") }
  }

  @Test("check prints file, line and message, once for a module of two scripts, and its exit code tells")
  func check() async throws {
    let folder = try ToolFolder()
    try folder.write("a.lua", "require 'shared'\nuc.slep(1)\n")
    try folder.write("b.lua", "require 'shared'\n")
    try folder.write("shared.lua", "print(conut)\n")
    try folder.write("c_test.lua", "uc.test('x', function(t) t:expect_none() end)\n")
    let checked = try await run(["check", folder.path])
    #expect(checked.code == 65)
    let lines = checked.output.split(separator: "\n").map { $0.replacing(folder.path + "/", with: "") }
    #expect(
      lines == ["a.lua:2: uc.slep does not exist (did you mean uc.sleep?)", "shared.lua:1: undefined global 'conut'"])
    #expect(checked.errors == "uc-bot: 2 problems in 3 of 4 scripts\n")
    #expect(try await run(["check", "\(folder.path)/gone.lua"]).code == 66)
    #expect(try await run(["check", "--quiet", "\(folder.path)/c_test.lua"]).output.isEmpty)
  }

  @Test("types keeps settings that are there, and replaces them when told to; --print prints")
  func types() async throws {
    let folder = try ToolFolder()
    try folder.write(".luarc.json", "{}")
    #expect(try await run(["types", folder.path]).output.contains("kept \(folder.path)/.luarc.json"))
    #expect(try folder.text(".luarc.json") == "{}")
    #expect(try await run(["types", folder.path, "--force"]).code == 0)
    #expect(try folder.text(".luarc.json").contains("\"library\""))
    #expect(try folder.text("library/uc.lua") == EditorStub.text)
    #expect(try await run(["types", "--print", "page"]).output == ReferencePage.text)
    #expect(try await run(["types", "--print", "stub"]).output == EditorStub.text)
  }

  @Test("a room of one's own: several speakers, time that passes when told to, and the same output each time")
  func console() async throws {
    let folder = try ToolFolder()
    try folder.write(
      "bot.lua",
      """
      uc.command("later", { args = { { "when", type = "duration" } } }, function(msg, args)
        uc.sleep(args.when)
        msg:reply("later, " .. msg.from.short)
      end)
      uc.command("secret", { admin = true }, function(msg) msg:reply("known to " .. msg.from.short) end)
      uc.on("peer_subscribe", function(ev) uc.log.info("came", { who = ev.peer.short }) end)
      uc.on("ping", function(ev) uc.say(("%s %.1f"):format(ev.peer.short, ev.rtt)) end)
      uc.on("stop", function() uc.say("bye") end)
      """)
    let input = "!later 1m\\nalice: !later 10s\n/advance 70\n/as bob\n!secret\nalice: !secret\n/ping alice 0.5\n/what\n"
    let said = try await run(
      ["console", "\(folder.path)/bot.lua", "--nick", "me", "--admin", "alice"],
      input: input.replacing("\\n", with: "\n"))
    #expect(said.code == 0)
    #expect(
      said.output.split(separator: "\n") == [
        "me: later, 000alice", "me: later, 00000you", "me: !secret is not for you, 00000bob", "me: known to 000alice",
        "me: 000alice 0.5", "me: bye",
      ])
    #expect(said.errors.contains("  (info: came script=bot who=00000you)"))
    #expect(said.errors.contains("no command /what; /help lists them"))
    #expect(try await run(["console", "\(folder.path)/gone.lua"]).code == 66)
  }

  @Test("times of /advance", arguments: [("90", 90.0), ("10m", 600), ("2h", 7_200), ("1.5d", 129_600)])
  func times(text: String, seconds: Double) {
    #expect(LocalChat.seconds(text) == seconds)
  }

  @Test("what is no time", arguments: ["", "x", "-1", "1e99", "nan", "10y"])
  func noTimes(text: String) {
    #expect(LocalChat.seconds(text) == nil)
  }
}

/// A folder for one test, removed with it.
final class ToolFolder {
  private let url = FileManager.default.temporaryDirectory.appendingPathComponent("uc-bot-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  func write(_ name: String, _ text: String) throws {
    try text.write(to: url.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  func text(_ name: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
  }
}
