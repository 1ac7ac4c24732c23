import Foundation
import Testing

@Suite("uc-bot loads its scripts anew while it runs")
struct ReloadCommandTests {
  private static func source(_ name: String) -> String { "uc.on('start', function() print('this is \(name)') end)" }

  private func rewrite(_ script: Script, _ source: String) throws {
    try Data(source.utf8).write(to: URL(fileURLWithPath: script.path), options: .atomic)
  }

  @Test("--watch: a broken file is told of and changes nothing, a good one takes its place")
  func watch() async throws {
    let script = try Script(Self.source("one"))
    let bot = try CommandProcess([script.path, "--watch", "--listen", "/ip4/127.0.0.1/tcp/0"])
    _ = try await bot.line("Listening on: ")
    try await bot.outputText("this is one")
    try rewrite(script, "\nuc.on(")
    try await bot.outputText("bot.lua:2: unexpected symbol near <eof>; the version before it goes on")
    try rewrite(script, Self.source("two"))
    try await bot.outputText("this is two")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
  }

  @Test("SIGHUP loads all scripts anew")
  func hangup() async throws {
    let scripts = [try Script(Self.source("one")), try Script(Self.source("two"), name: "other")]
    let bot = try CommandProcess(scripts.map(\.path) + ["--listen", "/ip4/127.0.0.1/tcp/0"])
    _ = try await bot.line("Listening on: ")
    for (script, name) in zip(scripts, ["three", "four"]) { try rewrite(script, Self.source(name)) }
    bot.signal(SIGHUP)
    try await bot.outputText("this is three")
    try await bot.outputText("this is four")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
  }

  @Test("of several scripts a bad one is left out until it is mended, and the others run")
  func oneBad() async throws {
    let good = try Script(Self.source("good"))
    let bad = try Script("error('boom')", name: "bad")
    let bot = try CommandProcess([bad.path, good.path, "--watch", "--listen", "/ip4/127.0.0.1/tcp/0"])
    try await bot.outputText("bad error: left out until it is mended: ")
    try await bot.outputText("\(bad.name):1: boom")
    try await bot.outputText("this is good")
    try rewrite(bad, Self.source("mended"))
    try await bot.outputText("this is mended")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
  }

  @Test("when none can be run it ends with the first error")
  func allBad() async throws {
    let scripts = [try Script("error('first')"), try Script("error('second')", name: "other")]
    let bot = try CommandProcess(scripts.map(\.path) + ["--watch", "--listen", "/ip4/127.0.0.1/tcp/0"])
    #expect(try await bot.exit() == 65)
    #expect(bot.errors.hasPrefix("uc-bot: ") && bot.errors.hasSuffix("\(scripts[0].name):1: first\n"))
  }
}
