import LuaVM

/// A state with a few functions, and what scripts print in it.
final class LuaBench {
  let lua: LuaState
  var printed: [String] = []
  /// Tasks that wait, in the order in which they began to.
  var waiting: [LuaTask] = []

  /// Counts the objects of a Swift body that are alive.
  final class Canary {
    nonisolated(unsafe) static var alive = 0
    init() { Self.alive += 1 }
    deinit { Self.alive -= 1 }
  }

  init(memory: Int = 16 << 20) throws {
    lua = try LuaState(apiName: "uc", memoryLimit: memory, control: LuaControl())
    lua.onPrint = { [unowned self] call in printed.append(call.string(1) ?? "?") }
    try lua.register("sleep") { call in call.canWait ? .wait : .raise("cannot wait here") }
    try lua.register("fail") { call in
      let canary = Canary()
      defer { withExtendedLifetime(canary) {} }
      return .raise("failed: \(call.string(1) ?? "")")
    }
    try lua.register("double") { call in
      guard let value = call.number(1) else { return .raise("argument 1 must be a number, got \(call.type(1).name)") }
      call.results.number(value * 2)
      return .values
    }
    try lua.register("log.info") { _ in .values }
    try lua.define(
      LuaClass(
        id: 0, name: "Thing",
        members: [
          ("name", .slot(0)),
          (
            "loud",
            .computed { call in
              call.results.string((call.slotString(1, slot: 0) ?? "").uppercased())
              return .values
            }
          ),
          (
            "twice",
            .method { call in
              call.results.string((call.slotString(1, slot: 0) ?? "") + (call.string(2) ?? ""))
              return .values
            }
          ),
        ]))
    try lua.register("thing") { call in
      call.results.shared(0, slots: 1) { $0.string(call.string(1) ?? "") }
      return .values
    }
  }

  /// Loads a script and runs it to its end or its first wait.
  @discardableResult
  func run(_ source: String, milliseconds: Int64 = 2_000, results: (LuaWriter) -> Void = { _ in }) throws
    -> LuaTask.Status
  {
    let function = try lua.load(source, name: "@test.lua")
    defer { lua.release(function) }
    guard let task = lua.makeTask(function) else { throw LuaError.outOfMemory }
    return proceed(task, milliseconds: milliseconds, results: results)
  }

  /// Resumes the task that has waited longest.
  @discardableResult
  func resume(_ results: (LuaWriter) -> Void = { _ in }) -> LuaTask.Status {
    proceed(waiting.removeFirst(), milliseconds: 2_000, results: results)
  }

  private func proceed(_ task: LuaTask, milliseconds: Int64, results: (LuaWriter) -> Void) -> LuaTask.Status {
    let status = lua.run(task, nanoseconds: milliseconds * 1_000_000, results: results)
    if status == .waiting { waiting.append(task) } else { lua.end(task) }
    return status
  }
}
