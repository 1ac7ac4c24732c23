import ArgumentParser
import BotKit
import BotTesting
import Limits

/// `uc-bot test`: runs the tests of bots, without a network and in no time.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run the tests of bots: *_test.lua files, without a network.",
    discussion: """
      A test is Lua: uc.test("answers", function(t) … end). docs/testing.md tells what t can do.

      Exit codes: 0 all tests passed; 1 a test failed; 64 wrong usage; 66 a path does not exist, or no test is in it.
      """)

  @Argument(help: "Files of tests, or directories in which to look for them. Default: bots", completion: .file())
  var paths: [String] = ["bots"]

  @Option(help: ArgumentHelp("Only tests whose \"file: name\" contains this.", valueName: "text"))
  var filter: String?

  @Option(help: ArgumentHelp("Seconds after which a test is stopped. Default: 10.", valueName: "seconds"))
  var timeout: Double = Limits.Testing.seconds

  @Flag(help: "Print failures and the summary only.")
  var quiet = false

  func run() throws {
    guard timeout.isFinite, timeout > 0, timeout <= 3_600 else {
      throw UsageError("--timeout \(timeout): a test gets more than 0 and up to 3600 seconds")
    }
    let files: [String]
    do throws(TestFiles.Problem) {
      files = try TestFiles.find(paths)
    } catch {
      throw Failure(.noInput, "\(error)")
    }
    var summary = TestSummary()
    for path in files {
      do throws(BotError) {
        try TestFile(path: path, seconds: timeout).run(filter: filter) { result in
          summary.add(result)
          if !quiet || !result.isPassed { print(result.lines(number: summary.count).joined(separator: "\n")) }
        }
      } catch {
        throw Failure(error)
      }
    }
    guard summary.count > 0 else { throw Failure(.noInput, "no test's \"file: name\" contains \(filter ?? "")") }
    print(summary.lines.joined(separator: "\n"))
    guard summary.failed.isEmpty else { throw ExitCode.failure }
  }
}
