import BotKit

@testable import BotTesting

/// Runs tests that are written in a test.
enum Kit {
  /// A bot for the kit's own tests.
  static let parrot = """
    uc.on("message", { match = "^say " }, function(msg) uc.say(msg.args) end)
    uc.on("message", { match = "^fail " }, function(msg) error(msg.args) end)
    uc.on("message", { match = "^log " }, function(msg) uc.log.warn(msg.args, { from = msg.from.short }) end)
    uc.on("message", { match = "^later " }, function(msg) uc.sleep(10) uc.say(msg.args) end)
    uc.command("ping", { help = "measures" }, function(msg)
      local rtt, code = msg.from:ping()
      msg:reply(rtt and ("%.0f ms"):format(rtt * 1000) or code)
    end)
    """

  /// The results of a file of tests.
  static func results(
    _ source: String, scripts: [String: String] = ["parrot.lua": parrot], seconds: Double = 10, filter: String? = nil
  ) throws -> [TestResult] {
    let file = try TestFile(
      path: "kit_test.lua", source: source, finder: ScriptFinder(texts: scripts), seconds: seconds)
    var results: [TestResult] = []
    file.run(filter: filter) { results.append($0) }
    return results
  }

  /// Why a test with this body fails, which has the bot `parrot` and a peer `alice`; nil: it passes.
  static func failure(_ body: String, scripts: [String: String] = ["parrot.lua": parrot], seconds: Double = 10) throws
    -> String?
  {
    let source =
      "uc.test('it', function(t) local bot, alice = t:load 'parrot.lua', t:peer 'alice'\n" + body + "\nend)"
    guard let result = try results(source, scripts: scripts, seconds: seconds).first else { return "no result" }
    return result.isPassed ? nil : result.failures.map(\.text).joined(separator: "\n")
  }
}
