import ArgumentParser
import BotKit
import BotTesting

/// `uc-bot check`: says what is wrong with scripts, without running them.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say what is wrong with scripts, without running them.",
    discussion: """
      Looks whether they compile; for globals that are never set, or set in a function; and for names of the API, \
      events, options and arguments that do not exist. Modules that a script requires are checked with it. Problems are \
      printed as file:line: message, the form that editors know.

      Exit codes: 0 nothing is wrong; 65 something is; 64 wrong usage; 66 a file cannot be read.
      """)

  @Argument(
    help: "Scripts, or directories with scripts. Default: bots", completion: .file(extensions: ["lua"]))
  var paths: [String] = ["bots"]

  @Flag(help: "Print problems only.")
  var quiet = false

  func run() throws {
    let scripts = try ScriptPaths.find(paths)
    var wrong = 0
    var seen: Set<ScriptProblem> = []
    for script in scripts {
      let problems: [ScriptProblem]
      do throws(BotError) {
        problems = try ScriptCheck.problems(path: script, world: ScriptKind(path: script).world)
      } catch {
        throw Failure(error)
      }
      if !problems.isEmpty { wrong += 1 }
      // A module of several scripts is told about once.
      for problem in problems where seen.insert(problem).inserted { print(problem) }
    }
    guard wrong == 0 else {
      let problems = seen.count == 1 ? "1 problem" : "\(seen.count) problems"
      throw Failure(.data, "\(problems) in \(wrong) of \(scripts.count) script\(scripts.count == 1 ? "" : "s")")
    }
    if !quiet { print("\(scripts.count) script\(scripts.count == 1 ? "" : "s") checked: nothing is wrong") }
  }
}

/// Scripts are bots or the tests of bots, which find other names.
enum ScriptKind {
  case bot
  case test

  init(path: String) { self = path.hasSuffix("_test.lua") ? .test : .bot }

  var world: ScriptWorld {
    switch self {
    case .bot: .bot
    case .test: .tests
    }
  }
}
