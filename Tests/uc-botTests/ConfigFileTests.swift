import BotKit
import Limits
import Testing

@testable import uc_bot

@Suite("The configuration file, and what is set elsewhere")
struct ConfigFileTests {
  private func read(_ text: String, path: String = "/etc/bots.toml") throws -> ConfigFile {
    try ConfigFile(text: text, path: path, problem: RunCommand.problem)
  }

  private func failure(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("options of the command become arguments, with paths as seen from the file")
  func command() throws {
    let file = try read(
      """
      [uc-bot]
      scripts = ["bots/echo.lua", "/opt/poll.lua"]
      connect = ["/ip4/1.2.3.4/tcp/9", "/dnsaddr/example.org"]
      port = 9095
      nick = "Eve"
      watch = true
      console = false
      log-level = "warning"
      store = "state"
      files = "shelf"
      identity = "/keys/bot.key"
      """)
    #expect(file.scripts == ["/etc/bots/echo.lua", "/opt/poll.lua"])
    #expect(
      file.arguments == [
        "--connect=/ip4/1.2.3.4/tcp/9", "--connect=/dnsaddr/example.org", "--files=/etc/shelf",
        "--identity=/keys/bot.key",
        "--log-level=warning", "--nick=Eve", "--port=9095", "--store=/etc/state", "--watch",
      ])
    #expect(
      try ConfigFile(text: "[uc-bot]\nstore = 's'", path: "x.toml", problem: { _ in nil }).arguments == ["--store=s"])
  }

  @Test("options of bots keep their types and know their lines")
  func bots() throws {
    let file = try read(
      """
      # a comment
      [greeter]
      text = "hello = [%s]"
      every = 60
      ratio = 0.5

      quiet = true
      langs = ["en", "de"]
      since = 2026-01-01
      deep = { a = 1 }
      [greeter.more]
      x = 1
      ["my bot"]
      "a" = 1
      """)
    let greeter = try #require(file.bots["greeter"])
    #expect(greeter["text"] == .init(.value(.string("hello = [%s]")), place: "/etc/bots.toml:3: greeter.text"))
    #expect(greeter["every"] == .init(.value(.integer(60)), place: "/etc/bots.toml:4: greeter.every"))
    #expect(greeter["ratio"]?.content == .value(.number(0.5)))
    #expect(greeter["quiet"]?.content == .value(.boolean(true)))
    #expect(greeter["langs"]?.content == .value(.list([.string("en"), .string("de")])))
    #expect(greeter["since"]?.content == .other("a date or time"))
    #expect(greeter["deep"]?.content == .other("a table"))
    #expect(greeter["more"]?.content == .other("a table"))
    #expect(file.bots["my bot"] != nil)
  }

  @Test(
    "what is wrong is told with the file and the line",
    arguments: [
      ("[uc-bot]\nnick = \"a\"\nconect = \"x\"", "/etc/bots.toml:3: uc-bot.conect: Unknown option '--conect'"),
      ("[uc-bot]\nport = \"x\"", "/etc/bots.toml:2: uc-bot.port: The value 'x' is invalid for '--port <port>'"),
      ("[uc-bot]\nhelp = true", "/etc/bots.toml:2: uc-bot.help: the command has no such option in a file"),
      ("[uc-bot]\nset = [\"a.b=c\"]", "/etc/bots.toml:2: uc-bot.set: the command has no such option in a file"),
      ("[uc-bot]\nmem = 2020-01-01", "/etc/bots.toml:2: uc-bot.mem: no option of the command is a date or time"),
      ("\nnick = 1", "/etc/bots.toml:2: 'nick' stands in no table: options of the command belong in [uc-bot]"),
      ("[greeter\n", "/etc/bots.toml:1: "), ("[greeter]\nx = \n", "/etc/bots.toml:2: "),
    ])
  func wrong(text: String, start: String) {
    let told = failure(text)
    #expect(told?.hasPrefix(start) == true, "\(told ?? "nothing")")
    #expect(told?.contains("\n") == false)
  }

  @Test("a file that is not there ends the program with its own exit code")
  func missing() {
    #expect {
      _ = try ConfigFile(path: "/nowhere/bots.toml", problem: RunCommand.problem)
    } throws: { error in
      Main.outcome(of: error).code == 66 && "\(error)".contains("/nowhere/bots.toml")
    }
  }

  @Test("a file of a mebibyte is read, and none that is larger")
  func size() throws {
    let most = Limits.Lua.configFile
    let start = "[a]\nx = 1\n#"
    #expect(
      try read(start + String(repeating: "#", count: most - start.utf8.count)).bots["a"]?["x"]?.content
        == .value(.integer(1)))
    #expect(
      failure(start + String(repeating: "#", count: most - start.utf8.count + 1))
        == "/etc/bots.toml: a configuration has at most \(most) bytes")
  }

  @Test("--set takes the last dot before the first = as the end of the name")
  func settings() throws {
    let sources = try OptionSources(file: nil, settings: ["a.b=c", "my.bot.key=x=y.z", "a.d="], environment: [:])
    #expect(
      sources.commandLine == [
        "a": ["b": .init(.text("c"), place: "--set a.b"), "d": .init(.text(""), place: "--set a.d")],
        "my.bot": ["key": .init(.text("x=y.z"), place: "--set my.bot.key")],
      ])
    for wrong in ["", "a", "a.b", "=", ".b=c", "a.=c", "a=b.c"] {
      #expect(throws: UsageError.self, "\(wrong)") {
        try OptionSources(file: nil, settings: [wrong], environment: [:])
      }
    }
  }

  @Test("what is set in vain is told, with the name that was probably meant")
  func unused() throws {
    var sources = try OptionSources(
      file: nil, settings: ["echo.x=1"],
      environment: ["UC_BOT_GREETER_TEXT": "a", "UC_BOT_GREETER_TXET": "b", "UC_BOT_OTHER_X": "c", "HOME": "/"])
    let file = try read("[greter]\ntext = 'x'\n[greeter]\ntext = 'y'")
    #expect(
      sources.unused(["greeter": ["text"], "echo": nil], file: file) == [
        "--set echo.x: the bot 'echo' asks for no options",
        "/etc/bots.toml:2: greter.text: no bot 'greter' runs (did you mean 'greeter'?)",
        "UC_BOT_GREETER_TXET: no bot that runs has this option (did you mean UC_BOT_GREETER_TEXT?)",
        "UC_BOT_OTHER_X: no bot that runs has this option",
      ])
    sources.commandLine = [:]
    sources.environment = [:]
    #expect(sources.unused(["greeter": ["text"], "greter": ["text"]], file: file) == [])
  }

  @Test("the store's folder is the flag's, systemd's, that of XDG, or one at home")
  func storeFolder() {
    let all = ["STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_STATE_HOME": "/xdg", "HOME": "/home/me"]
    #expect(StoreFolder.choose(flag: "here", environment: all) == "here")
    #expect(StoreFolder.choose(flag: nil, environment: all) == "/var/lib/a")
    #expect(
      StoreFolder.choose(flag: nil, environment: ["XDG_STATE_HOME": "/xdg", "HOME": "/home/me"]) == "/xdg/uc-bot")
    #expect(
      StoreFolder.choose(flag: nil, environment: ["XDG_STATE_HOME": "relative", "HOME": "/home/me"])
        == "/home/me/.local/state/uc-bot")
    #expect(StoreFolder.choose(flag: nil, environment: ["HOME": ""]) == "uc-bot-store")
    #expect(StoreFolder.path(of: "karma", in: "/var/lib/a/") == "/var/lib/a/karma.sqlite")
  }
}
