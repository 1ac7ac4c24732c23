import BotKit

extension ScriptWorld {
  /// What the tests of bots find: no bot's names, but those of the kit.
  package static let tests = ScriptWorld(
    "Tests", entries: TestAPI.entries, classes: TestClass.allCases.map(\.name))
}
