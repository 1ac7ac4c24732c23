import BotStore
import Foundation
import Logging
import Testing

@testable import uc_bot

/// Options and stores from outside, in processes that may be killed.
@Suite("uc-bot with a configuration and a store")
struct ConfiguredCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("uc-bot-\(UUID().uuidString)")
  private var home: [String: String] { ["HOME": folder.path, "XDG_STATE_HOME": "", "STATE_DIRECTORY": ""] }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ text: String, to name: String) throws -> String {
    let url = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  @Test("whatever a bot was told is stored is there after kill -9", arguments: 0..<3)
  func killed(round: Int) async throws {
    defer { remove() }
    let script = try write(
      """
      uc.on("start", function()
        local n = uc.store:get("last", 0)
        while true do
          for _ = 1, 20 do
            n = n + 1
            assert(uc.store:set("n" .. n % 500, { n = n, text = ("x"):rep(n % 1000) }))
            assert(uc.store:set("last", n))
            print("stored " .. n)
          end
          uc.sleep(0)
        end
      end)
      """, to: "writer.lua")
    let bot = try CommandProcess(
      [script, "--listen", "/ip4/127.0.0.1/tcp/0", "--store", folder.path], environment: home)
    try await bot.outputText("stored \(300 + 400 * round)")
    bot.signal(SIGKILL)
    _ = try await bot.exit()
    let numbers = bot.output.split(separator: "\n").compactMap { line in
      line.range(of: "stored ").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
    }
    // The last line may have been cut; the one before was whole.
    let told = try #require(numbers.dropLast().last)
    let checker = try write(
      """
      local n = uc.store:get("last")
      for i = math.max(1, n - 400), n do
        local entry = uc.store:get("n" .. i % 500)
        assert(entry.n == i, i)
        assert(entry.text == ("x"):rep(i % 1000), i)
      end
      print("last " .. n)
      """, to: "writer.lua")
    let next = try CommandProcess(
      [checker, "--listen", "/ip4/127.0.0.1/tcp/0", "--store", folder.path], environment: home)
    try await next.outputText("last ")
    next.signal(SIGTERM)
    #expect(try await next.exit() == 0)
    let line = try #require(next.output.split(separator: "\n").first { $0.contains("last ") })
    let last = try #require(line.range(of: "last ").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) })
    #expect(last >= told)
    // Ended in good order, it leaves one file.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("writer.sqlite") }
        == ["writer.sqlite"])
  }

  @Test("a second process is told that the store is in use, and goes on without it")
  func twoProcesses() async throws {
    defer { remove() }
    let script = try write(
      """
      local function told(value, code) return tostring(value) .. " " .. tostring(code) end
      print("set " .. told(uc.store:set("x", 1)))
      print("default " .. told(uc.store:get("y", "default")))
      """, to: "shared.lua")
    let arguments = [script, "--listen", "/ip4/127.0.0.1/tcp/0"]
    let first = try CommandProcess(arguments, environment: home)
    try await first.outputText("set true nil")
    let second = try CommandProcess(arguments, environment: home)
    try await second.outputText("set nil locked")
    try await second.outputText("default nil locked")
    try await second.outputText("another process uses this store")
    for process in [first, second] {
      process.signal(SIGTERM)
      #expect(try await process.exit() == 0)
    }
    #expect(FileManager.default.fileExists(atPath: folder.path + "/.local/state/uc-bot/shared.sqlite"))
  }

  @Test("a bot that remembers nothing has no file")
  func noFile() async throws {
    defer { remove() }
    let script = try write("print('here')", to: "idle.lua")
    let bot = try CommandProcess(
      [script, "--listen", "/ip4/127.0.0.1/tcp/0", "--store", folder.path + "/state"], environment: home)
    try await bot.outputText("here")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/state"))
  }

  @Test("one file runs a service: its scripts, the command's options and the bots'; SIGHUP reads it again")
  func service() async throws {
    defer { remove() }
    _ = try write(
      """
      local o = uc.config { text = "none", every = 60, langs = { "en" } }
      print(("%s, %d, %s, %s"):format(o.text, o.every, table.concat(o.langs, "+"), uc.nick))
      """, to: "greeter.lua")
    func config(_ text: String) -> String {
      """
      [uc-bot]
      scripts = ["greeter.lua"]
      listen = ["/ip4/127.0.0.1/tcp/0"]
      nick = "Eve"

      [greeter]
      text = "\(text)"
      every = 5
      langs = ["de", "fr"]

      [gone]
      x = 1
      """
    }
    let file = try write(config("first"), to: "bots.toml")
    let bot = try CommandProcess(
      ["--config", file, "--set", "greeter.every=7", "--nick", "Mallory"],
      environment: home.merging(["UC_BOT_GREETER_LANGS": "it", "UC_BOT_GREETER_EVERY": "6"]) { $1 })
    try await bot.outputText("first, 7, it, Mallory")
    try await bot.outputText("no bot 'gone' runs")
    _ = try write(config("second"), to: "bots.toml")
    bot.signal(SIGHUP)
    try await bot.outputText("second, 7, it, Mallory")
    _ = try write("[greeter]\ntext = 5", to: "bots.toml")
    bot.signal(SIGHUP)
    try await bot.outputText("bots.toml:2: greeter.text must be a string, got 5")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
  }

  @Test("--watch reads the file when it changes, and tells the bot, which goes on")
  func watched() async throws {
    defer { remove() }
    let script = try write(
      """
      local o = uc.config { text = "none" }
      print("loaded " .. o.text)
      uc.on("config", function(ev) print(("now %s, told %s"):format(o.text, ev.changed.text)) end)
      """, to: "greeter.lua")
    let file = try write("[greeter]\ntext = 'first'", to: "bots.toml")
    let bot = try CommandProcess(
      [script, "--config", file, "--watch", "--listen", "/ip4/127.0.0.1/tcp/0"], environment: home)
    try await bot.outputText("loaded first")
    _ = try await bot.line("Listening on: ")
    _ = try write("[greeter]\ntext = 'second'", to: "bots.toml")
    try await bot.outputText("now second, told second")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
    #expect(!bot.output.contains("loaded second"))
  }

  @Test("wrong options end the program before it has begun, and say where they are")
  func wrong() async throws {
    defer { remove() }
    let script = try write("local o = uc.config { text = 'x' }", to: "greeter.lua")
    for (arguments, code, message) in [
      (["--set", "greeter.txet=1"], 65, "--set greeter.txet: the bot has no option 'txet' (did you mean 'text'?)"),
      (["--set", "greeter"], 64, "--set greeter: wanted is name.key=value"),
      (["--config", folder.path + "/none.toml"], 66, "none.toml"),
    ] as [([String], Int32, String)] {
      let bot = try CommandProcess([script, "--listen", "/ip4/127.0.0.1/tcp/0"] + arguments, environment: home)
      #expect(try await bot.exit() == code)
      #expect(bot.errors.contains(message), "\(bot.errors)")
    }
    let other = folder.path + "/sub"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: other + "/greeter.lua"))
    let twins = try CommandProcess([script, other + "/greeter.lua"], environment: home)
    #expect(try await twins.exit() == 64)
    #expect(twins.errors.contains("two bots are called 'greeter'"))
  }
}
