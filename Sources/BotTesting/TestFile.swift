import BotKit
import Limits
import LuaVM

/// A file of tests: Lua that gives its tests to `uc.test`, each of which then runs in a world of its own.
package final class TestFile {
  /// One call of `uc.test`.
  struct Test {
    var name: String
    var function: LuaReference
  }

  let path: String
  /// The file's name without `_test.lua`.
  package let name: String
  let lua: LuaState
  private(set) var tests: [Test] = []
  private let source: String
  private let finder: ScriptFinder
  private let seconds: Double
  /// What is found wrong with the file, as `file:line: …`.
  private var problem: String?
  /// The world of the test that runs.
  private var world: TestWorld?
  private var isLoading = false

  /// Reads and compiles the file, and runs it from its first line to its last. What is wrong with it is told by `run`.
  ///
  /// - Parameters:
  ///   - source: its text; nil: it is read from `path`.
  ///   - finder: where `t:load` looks, after the file's own directory.
  ///   - seconds: processor time for each test.
  package init(
    path: String, source: String? = nil, finder: ScriptFinder = ScriptFinder(), seconds: Double = Limits.Testing.seconds
  ) throws(BotError) {
    let file = ScriptFile(path: path)
    self.path = path
    name = file.name.hasSuffix("_test") && file.name != "_test" ? String(file.name.dropLast(5)) : file.name
    self.source = if let source { source } else { try file.text() }
    self.finder = ScriptFinder(texts: finder.texts, directories: [file.directory] + finder.directories)
    self.seconds = seconds
    do throws(LuaError) {
      lua = try LuaState(apiName: "uc", memoryLimit: Limits.Testing.memory, control: LuaControl())
      try TestAPI.install(in: self)
    } catch {
      throw .outOfMemory(script: path, limit: Limits.Testing.memory)
    }
    lua.moduleSource = { file.source(ofModule: $0) }
    load()
  }

  private func load() {
    let main: LuaReference
    do throws(LuaError) {
      main = try lua.load(source, name: "@" + path)
    } catch {
      problem = LogText.line("\(error)")
      return
    }
    isLoading = true
    if let task = lua.makeTask(main) {
      problem = mistake(after: lua.run(task, nanoseconds: Int64(seconds * 1e9)), of: task)
      lua.end(task)
    } else {
      problem = "\(path): not enough memory"
    }
    isLoading = false
    if problem == nil, tests.isEmpty { problem = "\(path): no test in it; write uc.test(\"name\", function(t) … end)" }
  }

  /// What `uc.test` does.
  func add(_ name: String, _ call: LuaCall, function index: Int) throws(Misuse) {
    guard isLoading else { throw Misuse("uc.test: must be called while the file loads, and not within a test") }
    guard !tests.contains(where: { $0.name == name }) else {
      throw Misuse("uc.test: there is a test \"\(LogText.line(name))\" in this file already")
    }
    guard let function = call.keep(index) else { throw Misuse("not enough memory") }
    tests.append(Test(name: name, function: function))
  }

  /// The world that a function of the kit acts on.
  func currentWorld(for function: String) throws(Misuse) -> TestWorld {
    guard let world else { throw Misuse("\(function): only within a test, and not when it has ended") }
    return world
  }

  func find(_ script: String) throws(BotError) -> ScriptSource { try finder.find(script) }

  /// Runs the tests whose file and name contain the text; all of them without one.
  package func run(filter: String? = nil, report: (TestResult) -> Void) {
    if let problem {
      report(TestResult(file: name, name: "loads", milliseconds: 0, failures: [.init(message: problem)]))
      return
    }
    for test in tests {
      if let filter, !"\(name): \(test.name)".contains(filter) { continue }
      report(run(test))
    }
  }

  private func run(_ test: Test) -> TestResult {
    let begin = SystemClock().monotonicNanoseconds
    let world = TestWorld(seconds: seconds)
    self.world = world
    if let task = lua.makeTask(test.function, arguments: { $0.object(TestClass.test.rawValue, slots: 0) { _ in } }) {
      let mistake = mistake(after: lua.run(task, nanoseconds: Int64(seconds * 1e9)), of: task)
      lua.end(task)
      if let mistake { world.noteEnd(mistake) }
    } else {
      world.fail("\(path): not enough memory")
    }
    self.world = nil
    world.finish()
    let milliseconds = Double(SystemClock().monotonicNanoseconds &- begin) / 1e6
    return TestResult(
      file: name, name: test.name, milliseconds: milliseconds, failures: world.failures,
      evidence: world.failures.isEmpty ? [] : world.evidence)
  }

  /// What went wrong in a run, as `file:line: …` and the calls that led there.
  private func mistake(after status: LuaTask.Status, of task: LuaTask) -> String? {
    switch status {
    case .done: return nil
    case .waiting: return "\(path): a test cannot wait; use t:advance"
    case .killed(let place):
      return "\(LogText.line(place)): stopped: it ran for more than \(seconds) s (an endless loop?)"
    case .failed(let message):
      return ([LogText.lines(message)] + (lua.traceback(of: task).map(calls) ?? [])).joined(separator: "\n")
    }
  }

  /// The lines of a traceback that lie in files, when there is more than one: the first is in the message.
  private func calls(in traceback: String) -> [String] {
    let lines = traceback.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }
      .filter { $0.contains(".lua:") }
    return lines.count > 1 ? lines.dropFirst().map { "called from " + LogText.line(String($0)) } : []
  }
}
