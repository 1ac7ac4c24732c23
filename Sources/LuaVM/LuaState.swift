import CLuaShim

/// One sandboxed Lua 5.4 state: what a script runs in.
///
/// It belongs to one thread at a time (`control` excepted). Scripts run only inside tasks, each with a time budget;
/// memory is capped; nothing that a script does can raise through a Swift frame (bots.md §6–§7).
///
/// ```swift
/// let lua = try LuaState(apiName: "uc", memoryLimit: 32 << 20)
/// try lua.register("double") { call in
///   guard let number = call.number(1) else { return .raise("uc.double: argument 1 must be a number") }
///   call.results.number(number * 2)
///   return .values
/// }
/// let main = try lua.load("print(uc.double(21))", name: "@example.lua")
/// ```
public final class LuaState {
  /// The Swift half of a function that scripts can call. It must not keep the call.
  public typealias Function = (LuaCall) -> LuaOutcome

  /// What other threads may use.
  public let control: LuaControl
  /// Gets each line that a script prints.
  public var onPrint: (LuaCall) -> Void = { _ in }
  /// Finds the source of a module for `require`; fails with what to tell the script.
  public var moduleSource: (String) -> Result<LuaModuleSource, LuaModuleError> = { name in
    .failure(LuaModuleError("module '\(name)' not found"))
  }

  /// Fields of the API that may have no value ("uc.saved"): reading them is no mistake.
  public var nullableFields: Set<String> = []

  private let apiName: String
  var host: OpaquePointer
  private var functions: [Function] = []
  private var memberNames: [String: [String]] = [:]

  /// - Parameters:
  ///   - apiName: the global table that `register` and `setConstant` fill.
  ///   - memoryLimit: bytes that the script may hold.
  public init(apiName: String, memoryLimit: Int, control: LuaControl) throws(LuaError) {
    self.apiName = apiName
    self.control = control
    // The host needs the state's address and the state needs the host: the second is given after the first exists.
    let box = UnsafeMutablePointer<Unmanaged<LuaState>?>.allocate(capacity: 1)
    box.initialize(to: nil)
    self.context = box
    guard let host = uc_host_create(max(0, memoryLimit), control.pointer, dispatch, box, apiName) else {
      box.deallocate()
      throw .outOfMemory
    }
    self.host = host
    box.pointee = Unmanaged.passUnretained(self)
    functions = [
      { [unowned self] in missingMember($0) },
      { [unowned self] call in
        onPrint(call)
        return .values
      },
      { [unowned self] in source(ofModule: $0) },
    ]
  }

  private let context: UnsafeMutablePointer<Unmanaged<LuaState>?>

  deinit {
    uc_host_destroy(host)
    context.deallocate()
  }

  // MARK: Setting up

  /// Puts a function at `path` below the API table: `"sleep"`, `"log.info"`.
  public func register(_ path: String, _ function: @escaping Function) throws(LuaError) {
    guard uc_register(host, path, add(function)) else { throw .outOfMemory }
  }

  /// Makes a function known that scripts do not see, for `LuaOutcome.call` or `LuaWriter.function`.
  public func hidden(_ function: @escaping Function) -> LuaFunction { LuaFunction(index: add(function)) }

  /// Puts the one value that `write` writes at `path` below the API table.
  public func setConstant(_ path: String, _ write: (LuaWriter) -> Void) throws(LuaError) {
    uc_out_reset(host)
    write(LuaWriter(host: host))
    guard uc_set_constant(host, path) else { throw .outOfMemory }
  }

  /// Makes a class known.
  public func define(_ luaClass: LuaClass) throws(LuaError) {
    memberNames[luaClass.name] = luaClass.members.map(\.name)
    // The names live until the call has copied them.
    let names = luaClass.members.map { member in
      let bytes = Array(member.name.utf8CString)
      let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
      _ = copy.initialize(from: bytes)
      return copy
    }
    defer { for name in names { name.deallocate() } }
    let members = zip(luaClass.members, names).map { member, name in
      switch member.member {
      case .slot(let slot): uc_member(name: name.baseAddress, kind: UC_MEMBER_SLOT, index: Int32(clamping: slot))
      case .computed(let body): uc_member(name: name.baseAddress, kind: UC_MEMBER_COMPUTED, index: add(body))
      case .method(let body): uc_member(name: name.baseAddress, kind: UC_MEMBER_METHOD, index: add(body))
      }
    }
    guard uc_define_class(host, luaClass.id, luaClass.name, members, members.count) else { throw .outOfMemory }
  }

  private func add(_ function: @escaping Function) -> Int32 {
    functions.append(function)
    return Int32(clamping: functions.count - 1)
  }

  // MARK: Running

  /// Compiles text; bytecode is refused. `name` is what messages show: `"@bots/echo.lua"`.
  public func load(_ source: String, name: String) throws(LuaError) -> LuaReference {
    var anchor: Int32 = 0
    var source = source
    let loaded = source.withUTF8 { text -> Bool in
      var start = UnsafeRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self)
      var length = text.count
      // Lua's own `lua` command skips a first line that begins with '#'; the newline stays, so that lines still count.
      if text.first == UInt8(ascii: "#") {
        let skipped = text.firstIndex(of: UInt8(ascii: "\n")) ?? text.count
        start = start.map { $0 + skipped }
        length -= skipped
      }
      return uc_load(host, start ?? UnsafePointer(emptyText), length, name, &anchor)
    }
    guard loaded else {
      var message = lastError
      if message.hasPrefix("attempt to load") {
        // The one message of the compiler that does not begin with the place.
        message = "\(name.drop { $0 == "@" || $0 == "=" }): \(message)"
      }
      throw message == "not enough memory" ? .outOfMemory : .syntax(message)
    }
    return LuaReference(anchor: anchor)
  }

  private var emptyText: UnsafeMutablePointer<CChar> {
    UnsafeMutableRawPointer(context).assumingMemoryBound(to: CChar.self)
  }

  /// Lets go of a value.
  public func release(_ reference: LuaReference) { uc_release_anchor(host, reference.anchor) }

  /// A new task that will call a function with the values that `arguments` writes. nil: no memory.
  public func makeTask(_ function: LuaReference, arguments: (LuaWriter) -> Void = { _ in }) -> LuaTask? {
    uc_out_reset(host)
    arguments(LuaWriter(host: host))
    let number = uc_task_create(host, function.anchor)
    return number < 0 ? nil : LuaTask(number: number)
  }

  /// Starts a task, or resumes it with the values that `results` writes as what its waiting function returns.
  ///
  /// A task that is not `.waiting` afterwards has ended and wants `end`; before that, ask for its traceback.
  public func run(_ task: LuaTask, nanoseconds: Int64, results: (LuaWriter) -> Void = { _ in }) -> LuaTask.Status {
    uc_out_reset(host)
    // A new task has its arguments already; writing nothing leaves them.
    results(LuaWriter(host: host))
    switch uc_task_run(host, task.number, nanoseconds) {
    case UC_TASK_DONE: return .done
    case UC_TASK_WAITING: return .waiting
    case UC_TASK_KILLED: return .killed(at: lastError)
    case UC_TASK_STRAY: return .failed("coroutine.yield outside of a coroutine made by coroutine.create or wrap")
    default:
      var length = 0
      guard let text = uc_task_message(host, task.number, &length) else { return .failed("unknown error") }
      return .failed(String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self))
    }
  }

  /// Where an ended or waiting task is, one line for each level; nil when there is no memory for it.
  public func traceback(of task: LuaTask) -> String? {
    var length = 0
    guard let text = uc_task_traceback(host, task.number, &length) else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
  }

  /// Keeps what a task that is `.done` returned, for `LuaWriter.kept`. nil: no memory.
  public func keepResults(of task: LuaTask) -> LuaReference? {
    var anchor: Int32 = 0
    return uc_task_keep_results(host, task.number, &anchor) ? LuaReference(anchor: anchor) : nil
  }

  /// The class of the object that a task that is `.done` returned first. nil when it was none.
  public func resultClass(of task: LuaTask) -> Int32? {
    let id = uc_task_result_class(host, task.number)
    return id < 0 ? nil : id
  }

  /// Frees what a task holds, whether it has ended or waits.
  public func end(_ task: LuaTask) { uc_task_end(host, task.number) }

  private var lastError: String {
    var length = 0
    guard let text = uc_error_text(host, &length) else { return "unknown error" }
    return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
  }

  /// Nanoseconds for which the last `run` ran.
  public var lastRunNanoseconds: Int64 { uc_last_run_ns(host) }

  // MARK: Memory

  /// Bytes that the script holds.
  public var memoryUsed: Int { uc_memory_used(host) }

  /// Collects all garbage now.
  public func collectGarbage() { uc_collect(host) }

  /// There is nothing to do for the moment: time to collect much garbage, and to give much unused memory back to the
  /// system. Costs nothing when there is not much.
  public func rest() { uc_rest(host) }

  /// For tests: growing allocations asked for so far.
  public var allocationCount: UInt64 { uc_allocations(host) }

  /// For tests: lets the `first`-th allocation from now fail, and those behind it up to `count`.
  public func failAllocations(first: UInt64, count: UInt64) { uc_fail_allocations(host, first, count) }

  // MARK: What the shim asks for

  fileprivate func call(_ index: Int32, lua: OpaquePointer) -> Int32 {
    guard functions.indices.contains(Int(index)) else { return fail("no such function") }
    switch functions[Int(index)](LuaCall(lua: lua, host: host)) {
    case .values: return UC_VALUES
    case .wait: return UC_YIELD
    case .call(let argument, let then):
      uc_out_call(host, Int32(clamping: argument), then.index)
      return UC_CALL
    case .raise(let message): return fail(message)
    }
  }

  private func fail(_ message: String) -> Int32 {
    var message = message
    message.withUTF8 { uc_out_error(host, $0.baseAddress, $0.count) }
    return UC_RAISE
  }

  /// Arguments: the table or object, the key, the name of the table or class.
  private func missingMember(_ call: LuaCall) -> LuaOutcome {
    let owner = call.string(3) ?? "?"
    guard let key = call.string(2) else {
      let type = call.type(2).name
      return .raise(owner == "_G" ? "undefined global (\(type))" : "\(owner) has no field that is \(type)")
    }
    if nullableFields.contains("\(owner).\(key)") {
      call.results.null()
      return .values
    }
    var names = memberNames[owner] ?? []
    call.forEachField(1) { name, _ in
      if let name = call.string(name) { names.append(name) }
      return true
    }
    let nearest = NearestName.of(key, in: names)
    switch owner {
    case "_G":
      return .raise("undefined global '\(key)'" + (nearest.map { " (did you mean '\($0)'?)" } ?? ""))
    case _ where owner == apiName || owner.hasPrefix(apiName + "."):
      return .raise("\(owner).\(key) does not exist" + (nearest.map { " (did you mean \(owner).\($0)?)" } ?? ""))
    default:
      return .raise("a \(owner) has no field '\(key)'" + (nearest.map { " (did you mean '\($0)'?)" } ?? ""))
    }
  }

  private func source(ofModule call: LuaCall) -> LuaOutcome {
    guard let name = call.string(1) else {
      return .raise("require: argument 1 (name) must be a string, got \(call.type(1).name)")
    }
    switch moduleSource(name) {
    case .success(let module):
      call.results.string(module.source)
      call.results.string(module.chunkName)
      return .values
    case .failure(let error):
      return .raise("require: \(error.message)")
    }
  }
}

/// The text of a module.
public struct LuaModuleSource: Sendable {
  /// The text itself.
  public var source: String
  /// What messages show: `"@bots/lib/text.lua"`.
  public var chunkName: String

  /// A module's text.
  public init(source: String, chunkName: String) {
    self.source = source
    self.chunkName = chunkName
  }
}

/// Why a module has no text.
public struct LuaModuleError: Error, Sendable {
  /// What the script is told.
  public var message: String

  /// An error with this text.
  public init(_ message: String) { self.message = message }
}

/// A coroutine of the host: one run of a handler.
public struct LuaTask: Hashable, Sendable {
  let number: Int32

  /// How a run of it came to an end.
  public enum Status: Equatable, Sendable {
    /// The function returned.
    case done
    /// It waits; run it again with the results.
    case waiting
    /// It raised an error; the text begins with `file:line:` where Lua knows it.
    case failed(String)
    /// It ran past its budget; where, as `file:line`, or empty.
    case killed(at: String)
  }
}

/// The C side's way into Swift. It returns before anything is pushed, raised or yielded.
private func dispatch(context: UnsafeMutableRawPointer?, lua: OpaquePointer?, index: Int32) -> Int32 {
  guard let context, let lua,
    let state = context.assumingMemoryBound(to: Unmanaged<LuaState>?.self).pointee?.takeUnretainedValue()
  else { return UC_RAISE }
  return state.call(index, lua: lua)
}
