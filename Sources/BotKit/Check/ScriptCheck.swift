import Limits
import LuaVM

/// What can be said about a script without running it: whether it compiles, and whether its names lead anywhere.
///
/// It says nothing that it is not sure of: a script that passes may still fail, one that does not pass will.
public enum ScriptCheck {
  /// Checks the script in a file and the modules that it asks for. The problems come in the order of the lines, the
  /// script's own first.
  /// - Throws: ``BotError`` when the file cannot be read.
  public static func problems(path: String, world: ScriptWorld = .bot) throws(BotError) -> [ScriptProblem] {
    let script = ScriptFile(path: path)
    var check = Check(script: script, world: world)
    check.add(source: try script.read().text.get(), file: path)
    return check.problems
  }

  /// The same for a text that is not in a file, such as an example of a page. Modules are looked for beside `path`.
  public static func problems(source: String, path: String, world: ScriptWorld = .bot) -> [ScriptProblem] {
    var check = Check(script: ScriptFile(path: path), world: world)
    check.add(source: source, file: path)
    return check.problems
  }

  private struct Check {
    let script: ScriptFile
    let world: ScriptWorld
    private var files: [(name: String, program: [LuaStatement], survey: NameSurvey)] = []
    private var seen: Set<String> = []
    private var found: [ScriptProblem] = []

    init(script: ScriptFile, world: ScriptWorld) {
      self.script = script
      self.world = world
    }

    /// Reads a file, and then the modules that it names.
    mutating func add(source: String, file: String) {
      if let problem = Self.compile(source, file: file) {
        found.append(problem)
        return
      }
      guard let program = LuaParser.parse(source) else {
        found.append(ScriptProblem(file: file, line: 1, message: "compiles, but cannot be checked further"))
        return
      }
      let survey = NameSurvey(program)
      files.append((file, program, survey))
      for (name, line) in survey.modules where seen.insert(name).inserted {
        switch script.module(name).1 {
        case .success(let module): add(source: module.source, file: String(module.chunkName.drop { $0 == "@" }))
        case .failure(let error): found.append(ScriptProblem(file: file, line: line, message: error.message))
        }
      }
    }

    /// Lua's own word on whether it is a program.
    private static func compile(_ source: String, file: String) -> ScriptProblem? {
      do throws(LuaError) {
        let state = try LuaState(apiName: "uc", memoryLimit: Limits.Lua.memory, control: LuaControl())
        state.release(try state.load(source, name: "@" + file))
        return nil
      } catch {
        guard case .syntax(let message) = error else {
          return ScriptProblem(file: file, line: 1, message: "not enough memory to compile it")
        }
        // Lua says `file:line: message`; long names of files are cut.
        let parts = message.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let line = Int(parts[1]) else {
          return ScriptProblem(file: file, line: 1, message: LogText.line(message))
        }
        return ScriptProblem(file: file, line: line, message: LogText.line(String(parts[2].drop { $0 == " " })))
      }
    }

    var problems: [ScriptProblem] {
      var globals = GlobalNames()
      for file in files { globals.formUnion(file.survey.globals) }
      var all = found
      for file in files {
        all += NameCheck.problems(
          in: file.program, file: file.name, knowledge: world.knowledge, globals: globals, survey: file.survey)
      }
      // The files in the order in which they were met.
      var order: [String: Int] = [:]
      for name in files.map(\.name) + all.map(\.file) where order[name] == nil { order[name] = order.count }
      return all.enumerated().sorted { a, b in
        let (fileA, fileB) = (order[a.element.file] ?? 0, order[b.element.file] ?? 0)
        return (fileA, a.element.line, a.offset) < (fileB, b.element.line, b.offset)
      }.map(\.element)
    }
  }
}
