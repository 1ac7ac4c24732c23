import Testing

@testable import uc_bot

@Suite("The help of the command")
struct HelpTests {
  @Test("tells the options of run on its first page", arguments: [["--help"], ["-h"], ["help"]])
  func options(arguments: [String]) throws {
    do {
      var command = try UCBot.parseAsRoot(arguments)
      try command.run()
      Issue.record("help was not told")
    } catch {
      let (text, code) = Main.outcome(of: error)
      #expect(code == 0)
      for option in ["--connect", "--listen", "--console", "--identity", "--log-level", "Exit codes"] {
        #expect(text.contains(option), "\(option) is missing")
      }
    }
  }
}
