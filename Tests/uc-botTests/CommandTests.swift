import Foundation
import Testing

/// The command from outside: what it prints, how it ends.
@Suite("uc-bot")
struct CommandTests {
  private static let echo = """
    uc.on("message", { match = "^!echo%s", bots = true }, function(msg) msg:reply("echo: " .. msg.args) end)
    uc.on("stop", function() print("stopping now") end)
    """

  @Test("--console answers piped lines and ends by itself")
  func console() async throws {
    let script = try Script(Self.echo)
    let command = try CommandProcess([script.path, "--console"], input: "!echo hi\n")
    #expect(try await command.exit() == 0)
    let lines = command.output.split(separator: "\n")
    #expect(lines.count == 1)
    #expect(lines.first?.hasSuffix("]: echo: hi") == true)
  }

  @Test("--console answers the same line twice")
  func twice() async throws {
    let script = try Script(Self.echo)
    let command = try CommandProcess([script.path, "--console"], input: "!echo hi\n!echo hi\n")
    #expect(try await command.exit() == 0)
    #expect(command.output.split(separator: "\n").count == 2)
  }

  @Test("--console goes on as an ordinary bot when there is nothing on standard input")
  func emptyInput() async throws {
    let script = try Script(Self.echo)
    let bot = try CommandProcess([script.path, "--console"])
    try await bot.errorText("nothing on standard input")
    let address = try await bot.line("Listening on: ")
    let visitor = try CommandProcess([script.path, "--connect", address])
    _ = try await visitor.line("Connected to: ")
    for process in [visitor, bot] {
      process.signal(SIGTERM)
      #expect(try await process.exit() == 0)
    }
  }

  @Test("--system-log keeps the room's own lines, and must be a file that can be written")
  func systemLog() async throws {
    let script = try Script(Self.echo)
    let path = NSTemporaryDirectory() + "system-\(UUID()).txt"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let arguments = [script.path, "--listen", "/ip4/127.0.0.1/tcp/0", "--nick", "bot", "--system-log"]
    let bot = try CommandProcess(arguments + [path])
    let address = try await bot.line("Listening on: ")
    _ = try await bot.line("Subscribed to topic: ")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.allSatisfy { $0.wholeMatch(of: /\[\d\d:\d\d:\d\d\] .+/) != nil })
    #expect(
      lines.map { $0.dropFirst(11) } == [
        "Universal Connectivity Chat Started", "Nickname: bot", "Multiaddr: \(address)", "Joined chat room as 'bot'",
      ])
    let wrong = try CommandProcess(arguments + ["/"])
    #expect(try await wrong.exit() == 73)
    #expect(wrong.errors.contains("--system-log: /"))
  }

  @Test("prints the lines of the lessons, talks to another, and ends on a signal with its stop handlers run")
  func twoBots() async throws {
    let script = try Script(Self.echo)
    let talker = try Script(#"uc.on("ready", function() uc.say("!echo over the wire") end)"#)
    let bot = try CommandProcess([script.path, "--listen", "/ip4/127.0.0.1/tcp/0"])
    _ = try await bot.line("Starting Universal Connectivity Application...")
    let id = try await bot.line("Local peer id: ")
    let address = try await bot.line("Listening on: ")
    #expect(address.hasPrefix("/ip4/127.0.0.1/tcp/") && address.hasSuffix("/p2p/\(id)"))
    _ = try await bot.line("Subscribed to topic: universal-connectivity")
    let other = try CommandProcess(
      [talker.path, "--listen", "/ip4/127.0.0.1/tcp/0"], environment: ["REMOTE_PEERS": address])
    #expect(try await other.line("Connected to: ").hasPrefix("\(id) via /ip4/127.0.0.1/tcp/"))
    #expect(
      try await other.line("Received identify from \(id): ").hasPrefix(
        "protocol_version: ipfs/0.1.0, agent: uc-bot/0.1.0/bot"))
    #expect(try await other.line("Received a ping from \(id), round trip time: ").hasSuffix(" ms"))
    #expect(try await other.line("Peer \(id) subscribed to ") == "'universal-connectivity'")
    #expect(try await other.line("[\(id.suffix(8))]: ") == "echo: over the wire")
    for (process, number) in [(other, SIGINT), (bot, SIGTERM)] {
      process.signal(number)
      #expect(try await process.exit(within: 10) == 0)
    }
    #expect(bot.output.contains("stopping now"))
  }

  @Test("dials again for as long as it runs, and says when")
  func redial() async throws {
    let script = try Script(Self.echo)
    let command = try CommandProcess([script.path, "-p", "0", "--connect", "/ip4/127.0.0.1/tcp/1"])
    let line = try await command.line("Failed to connect to /ip4/127.0.0.1/tcp/1: ")
    #expect(line.contains("; trying again in "))
    command.signal(SIGTERM)
    #expect(try await command.exit() == 0)
  }

  @Test("writes JSON that parses, one object a line")
  func json() async throws {
    let script = try Script(#"print("hi")"#)
    let command = try CommandProcess([script.path, "--log", "json", "--listen", "/ip4/127.0.0.1/tcp/0"])
    _ = try await command.line(#"{"time":"#)
    try await command.outputText(#""event":"joined""#)
    command.signal(SIGTERM)
    #expect(try await command.exit() == 0)
    let events = try command.output.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return object?["event"] as? String
    }
    #expect(events.prefix(2) == ["starting", "local_peer"])
    #expect(events.contains("listening") && events.contains("script"))
  }

  @Test("gives SIGUSR1 and SIGUSR2 to its scripts")
  func userSignals() async throws {
    let script = try Script(#"uc.on("signal", function(ev) print("signal " .. ev.name) end)"#)
    let bot = try CommandProcess([script.path, "--listen", "/ip4/127.0.0.1/tcp/0"])
    _ = try await bot.line("Listening on: ")
    for (number, name) in [(SIGUSR1, "USR1"), (SIGUSR2, "USR2")] {
      bot.signal(number)
      try await bot.outputText("signal \(name)")
    }
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
  }

  @Test("survives that nobody reads its output")
  func closedOutput() async throws {
    let script = try Script(Self.echo)
    let bot = try CommandProcess([script.path, "--listen", "/ip4/127.0.0.1/tcp/0", "--log-level", "trace"])
    let address = try await bot.line("Listening on: ")
    bot.closeOutput()
    let talker = try Script(#"uc.on("ready", function() uc.say("!echo anybody there?") end)"#)
    let visitor = try CommandProcess([talker.path, "--connect", address])
    try await visitor.outputText("]: echo: anybody there?\n")
    for process in [visitor, bot] {
      process.signal(SIGTERM)
      #expect(try await process.exit() == 0)
    }
  }

  @Test(
    "refuses what cannot work, in one line with an exit code of its kind",
    arguments: [
      (#"x = = 1"#, 65, ":1:"),
      ("\nerror('boom')", 65, ":2:"),
      ("while true do end", 65, ":1:"),
      ("local t = {} while true do t[#t + 1] = ('x'):rep(65536) .. #t end", 65, ""),
    ])
  func badScripts(source: String, code: Int32, place: String) async throws {
    let script = try Script(source)
    let command = try CommandProcess([script.path, "--listen", "/ip4/127.0.0.1/tcp/0"])
    #expect(try await command.exit() == code)
    #expect(command.errors.hasPrefix("uc-bot: "))
    #expect(command.errors.contains(script.name + place), "\(command.errors)")
    #expect(command.errors.split(separator: "\n").count == 1, "\(command.errors)")
  }

  @Test("refuses a missing script, a damaged identity, a port in use")
  func badFiles() async throws {
    let script = try Script(Self.echo)
    let missing = try CommandProcess(["/nonexistent/x.lua"])
    #expect(try await missing.exit() == 66)
    #expect(missing.errors.contains("/nonexistent/x.lua"))

    let unmakeable = try CommandProcess([script.path, "--identity", "/nonexistent/x.key"])
    #expect(try await unmakeable.exit() == 73)
    #expect(unmakeable.errors.contains("/nonexistent/x.key: cannot create it"))

    let key = try Script("\u{8}\u{1}")
    let damaged = try CommandProcess([script.path, "--identity", key.path])
    #expect(try await damaged.exit() == 65)
    #expect(damaged.errors.contains(key.path))

    let first = try CommandProcess([script.path, "--listen", "/ip4/127.0.0.1/tcp/0"])
    let address = try await first.line("Listening on: ")
    let taken = String(address.prefix(upTo: try #require(address.range(of: "/p2p/")).lowerBound))
    let second = try CommandProcess([script.path, "--listen", taken])
    #expect(try await second.exit() == 69)
    #expect(second.errors.hasPrefix("uc-bot: cannot listen on \(taken): "), "\(second.errors)")
    first.signal(SIGTERM)
    #expect(try await first.exit() == 0)
  }

  @Test("keeps its identity in a file")
  func identity() async throws {
    let script = try Script(Self.echo)
    let key = script.path + ".key"
    var ids: Set<String> = []
    for _ in 0..<2 {
      let command = try CommandProcess([script.path, "--identity", key, "--listen", "/ip4/127.0.0.1/tcp/0"])
      ids.insert(try await command.line("Local peer id: "))
      _ = try await command.line("Listening on: ")
      command.signal(SIGTERM)
      #expect(try await command.exit() == 0)
    }
    #expect(ids.count == 1)
  }
}

/// A script in a file of its own, gone with the test.
final class Script {
  let path: String
  var name: String { URL(fileURLWithPath: path).lastPathComponent }
  private let directory: URL

  init(_ source: String, name: String = "bot") throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("uc-bot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let file = directory.appendingPathComponent(name + ".lua")
    try Data(source.utf8).write(to: file)
    path = file.path
  }

  deinit { try? FileManager.default.removeItem(at: directory) }
}
