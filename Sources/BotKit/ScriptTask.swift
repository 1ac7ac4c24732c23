import Limits
import LuaVM

/// A function of the script that runs beside the others: what `uc.spawn`, `uc.defer`, `uc.timeout` or `uc.all` began.
final class ScriptTask {
  enum State {
    /// Its turn to begin has not come.
    case pending(LuaReference, arguments: LuaReference?)
    /// It runs or waits.
    case begun
    /// It has returned; nil when there was no memory to keep what.
    case done(LuaReference?)
    case failed(String)
    case cancelled
  }

  /// 0: nobody has a handle of it.
  let id: Int64
  /// `file:line` of the call that began it.
  let place: String
  /// The event that it goes back to.
  let cause: Cause?
  /// The call of `uc.timeout` or `uc.all` that it is a part of.
  weak var group: TaskGroup?
  var state: State
  /// What it waits with.
  var token: UInt64?
  /// Calls of `join` that wait for its end.
  var joiners: [UInt64] = []
  /// Who outside waits for its end.
  var hosted: HostedRun? {
    didSet { if let hosted { title = hosted.title } }
  }
  /// For messages about it.
  private(set) var title: String

  init(id: Int64, place: String, cause: Cause?, function: LuaReference, arguments: LuaReference?) {
    self.id = id
    self.place = place
    title = "the task begun at \(place)"
    self.cause = cause
    state = .pending(function, arguments: arguments)
  }

  /// Whether somebody may ask for its results.
  var isAwaitable: Bool { id != 0 || group != nil }

  var hasEnded: Bool {
    switch state {
    case .pending, .begun: false
    case .done, .failed, .cancelled: true
    }
  }
}

/// A call that waits for tasks of its own: `uc.timeout` for one, `uc.all` for each of a list.
final class TaskGroup {
  /// What the caller waits with.
  let token: UInt64
  /// Values of each task that the caller gets.
  let valuesOfEach: Int
  var tasks: [ScriptTask] = []

  init(token: UInt64, valuesOfEach: Int) {
    self.token = token
    self.valuesOfEach = valuesOfEach
  }

  var hasEnded: Bool { tasks.allSatisfy(\.hasEnded) }
}

/// The tasks of a script: those with a handle by their number, and those whose turn has not come in their order.
struct ScriptTaskList {
  private(set) var ready: [ScriptTask] = []
  private var byID: [Int64: ScriptTask] = [:]
  private var ended = BoundedQueue<Int64>(limit: Limits.Lua.endedTasks)
  private var nextID: Int64 = 1

  subscript(id: Int64) -> ScriptTask? { byID[id] }

  var count: Int { byID.count }

  mutating func newID() -> Int64 {
    defer { nextID &+= 1 }
    return nextID
  }

  mutating func add(_ task: ScriptTask) {
    if task.id != 0 { byID[task.id] = task }
    ready.append(task)
  }

  /// Those whose turn is now.
  mutating func takeReady() -> [ScriptTask] {
    defer { ready = [] }
    return ready
  }

  mutating func dropReady(_ task: ScriptTask) { ready.removeAll { $0 === task } }

  /// A task with a handle has ended. What it returned is kept for `join` until many others have ended after it; gives
  /// back the one that is forgotten for it.
  mutating func noteEnd(_ task: ScriptTask) -> ScriptTask? {
    let forgotten = ended.count == ended.limit ? ended.pop().flatMap { byID.removeValue(forKey: $0) } : nil
    ended.push(task.id)
    return forgotten
  }
}
