import BotStore
import Limits
import LuaVM

/// Everything about a running script except its thread: events, completions and time go in, Lua runs, texts go out.
///
/// It belongs to one thread at a time and never waits, so that tests can drive it without a thread and without sleeping.
final class BotCore {
  /// Answers of the network, and the like, which come from other threads and are brought here by the inbox.
  enum Mail: Sendable {
    case options(BotOptions)
    case published(Outbox.Text, token: UInt64, Result<BotReceipt, BotPublishFailure>)
    case pinged(token: UInt64, Result<Double, BotPingFailure>)
    case fetched(token: UInt64, Result<BotHTTPResponse, BotHTTPFailure>)
    case filed(token: UInt64, Result<BotFileAnswer, BotFileFailure>)
    case answered(token: UInt64, Result<BotAnswer, BotRequestFailure>)
    case called(hook: UInt64, BotWebhookRequest, completion: BotWebhooks.Completion)
    case healthAsked(@Sendable (BotHealth) -> Void)
  }

  let script: ScriptFile
  var configuration: BotConfiguration
  let network: any BotNetwork
  let log: ScriptLog
  let lua: LuaState
  let localPeer: BotPeer
  let deliver: @Sendable (Mail) -> Void

  var subscriptions = SubscriptionList()
  var waiters = EventWaiters()
  var timers = TimerList()
  var random = BotRandom()
  var tasks = ScriptTaskList()
  /// Calls of `uc.timeout` and `uc.all`, and of `task:join`, by what they wait with.
  var groups: [UInt64: TaskGroup] = [:]
  var joins: [UInt64: ScriptTask] = [:]
  var peers = PeerBook()
  /// What the user has set, what of it the script has asked for, and what came of it.
  var options: BotOptions
  var declaredOptions: DeclaredOptions?
  var optionValues: [String: BotValue] = [:]
  /// What the script remembers; a version of it that follows takes it over.
  var store: BotStore
  /// The second half of `Store:update`.
  private(set) lazy var endOfUpdate = lua.hidden { [unowned self] call in
    do throws(Misuse) {
      return try StoreFunctions.endUpdate(self, call)
    } catch {
      return .raise(error.message)
    }
  }
  var outbox: Outbox
  var loops = LoopGuard()
  var lineLimit: LineLimit
  /// Messages on their way through `uc.use`.
  var passages = PassageList()
  /// The `next` of these functions.
  var nextFunction: LuaFunction?
  /// The iterator of `uc.peers`.
  var nextPeerFunction: LuaFunction?
  /// What `uc.manifest` was told.
  var manifest: BotManifest?
  /// What `uc.rate` made, by their numbers.
  var rates: [Buckets<UInt64>] = []
  /// Peers that are not listened to.
  var mutes = MuteList()
  /// What is said to peers alone.
  var directTexts: TokenBucket
  /// When the state was made.
  let began: Int64
  var statistics = BotStatistics()
  /// What the host itself answers to each peer: usage, help, cooldowns.
  var notices = PeerBuckets(perSecond: Limits.Lua.noticeRate, burst: Limits.Lua.noticeBurst)
  /// Commands of each peer.
  var commandBuckets = PeerBuckets(perSecond: Limits.Lua.commandRate, burst: Limits.Lua.commandBurst)

  /// What `uc.log.file` made, by name.
  var logFiles: [String: RotatingLog] = [:]
  var lastLogFileNotice: Int64?

  /// Tasks that wait, by what they wait with.
  var waiting: [UInt64: Run] = [:]
  private var nextToken: UInt64 = 1
  /// Set by the function that makes the running task wait.
  private var waitBegun: UInt64?
  /// The run whose Lua code runs now.
  private var running: Run?
  /// Whether Lua code runs: then no other may be started, and none be ended.
  private var isInLua = false
  private var afterLua: [() -> Void] = []

  private(set) var isStopping = false
  private(set) var isStopped = false
  private var stopDeadline: Int64 = .max
  private var stopHandlersLeft = 0
  private var lastDropNotice: Int64?
  /// What an `unload` handler returned.
  var saved: LuaPlain?
  /// Peers of the room in the mesh, as was told last.
  var meshPeers = 0
  /// What was last said of whether anybody hears the bot, and when.
  var liveness = "joining"
  var livenessSince: Int64 = 0
  /// The files that the script was made from.
  var files: ReadFiles = [:]
  /// How many of them others know of.
  var filesTold = 0
  /// Events that found a handler with `serial` too busy.
  var droppedByHandlers: UInt64 = 0
  private var droppedAtNotice: UInt64 = 0

  /// One run of a function of the script.
  struct Run {
    var task: LuaTask
    var origin: Origin
    /// The event for which it runs.
    var cause: Cause?
  }

  /// Why a function of the script runs.
  enum Origin {
    case main
    /// `lane`: what the runs that wait for this one share.
    case handler(Subscription, lane: String?)
    /// A function of `uc.use`; `token`: what its `next` knows it by.
    case middleware(Subscription, token: UInt64)
    case timer(Int64, place: String)
    case task(ScriptTask)

    var description: String {
      switch self {
      case .main: "the script's top level"
      case .handler(let subscription, _), .middleware(let subscription, _): subscription.title
      case .timer(_, let place): "the timer made at \(place)"
      case .task(let task): task.title
      }
    }

    /// `file:line` of the call that has made it run; nil for the top level.
    var place: String? {
      switch self {
      case .main: nil
      case .handler(let subscription, _), .middleware(let subscription, _): subscription.place
      case .timer(_, let place): place
      case .task(let task): task.place
      }
    }
  }

  init(
    script: ScriptFile, configuration: BotConfiguration, network: any BotNetwork, control: LuaControl,
    deliver: @escaping @Sendable (Mail) -> Void
  ) throws(BotError) {
    self.script = script
    self.configuration = configuration
    self.network = network
    self.deliver = deliver
    log = ScriptLog(logger: configuration.logger, script: script.name, onFailure: configuration.onFailure)
    store = configuration.store ?? .inMemory()
    options = configuration.options ?? BotOptions(bot: script.name)
    localPeer = network.peer(network.localPeerID) ?? BotPeer(id: network.localPeerID)
    began = configuration.clock.monotonicNanoseconds
    directTexts = TokenBucket(perSecond: Limits.Lua.sayRate, burst: Limits.Lua.sayBurst, now: began)
    outbox = Outbox(policy: configuration.repeats, now: configuration.clock.monotonicNanoseconds)
    lineLimit = LineLimit(now: configuration.clock.monotonicNanoseconds)
    do throws(LuaError) {
      lua = try LuaState(apiName: "uc", memoryLimit: configuration.memory, control: control)
      try API.install(in: self)
    } catch {
      throw .outOfMemory(script: script.path, limit: configuration.memory)
    }
    lua.moduleSource = { [unowned self] name in
      let (file, module) = script.module(name)
      if let file { files.updateValue(file.signature, forKey: file.path) }
      return module
    }
    lua.onPrint = { [unowned self] call in
      guard lineLimit.take(now: now) else { return }
      // One byte more than a line takes, so that the log sees that there was more.
      let bytes = call.bytes(1).map { UnsafeRawBufferPointer(rebasing: $0.prefix(Limits.Lua.logLine + 1)) }
      log.log(.info, bytes.map { String(decoding: $0, as: UTF8.self) } ?? "")
    }
  }

  var now: Int64 { configuration.clock.monotonicNanoseconds }

  // MARK: Loading

  /// Compiles the script and runs its top level, up to its end or to where it waits for the first time.
  func load(_ source: String) throws(BotError) { try run(compile(source)) }

  /// Compiles the script.
  func compile(_ source: String) throws(BotError) -> LuaReference {
    do throws(LuaError) {
      return try lua.load(source, name: "@" + script.path)
    } catch {
      switch error {
      case .outOfMemory: throw .outOfMemory(script: script.path, limit: configuration.memory)
      case .syntax(let message): throw .syntax(LogText.line(message))
      }
    }
  }

  /// Runs the top level.
  func run(_ main: LuaReference) throws(BotError) {
    guard let task = lua.makeTask(main) else {
      throw .outOfMemory(script: script.path, limit: configuration.memory)
    }
    lua.release(main)
    let run = Run(task: task, origin: .main)
    switch advance(run, results: { _ in }) {
    case .done:
      lua.end(task)
      runIdle()
    case .waiting: runIdle()
    case .killed(let place):
      lua.end(task)
      throw .tookTooLong(
        at: place.isEmpty ? script.path : LogText.line(place), milliseconds: configuration.handlerMilliseconds)
    case .failed(let message):
      let traceback = lua.traceback(of: task) ?? ""
      lua.end(task)
      throw .failed(
        LogText.line(message == "not enough memory" ? "\(script.path): \(message)" : message),
        traceback: LogText.lines(traceback))
    }
  }

  // MARK: Tasks

  /// The event for which the present code runs.
  var currentCause: Cause? { running?.cause }

  /// What the code that runs now belongs to.
  var currentOrigin: Origin? { running?.origin }

  /// Runs that wait, and those whose turn has not come.
  var taskCount: Int { waiting.count + tasks.ready.count }

  /// Whether the code that runs now is this task's.
  func isRunning(_ task: ScriptTask) -> Bool {
    guard case .task(let other)? = running?.origin else { return false }
    return other === task
  }

  /// Starts a function of the script in a coroutine of its own. True when it ended by returning `uc.STOP`.
  @discardableResult
  func start(
    _ function: LuaReference, _ origin: Origin, cause: Cause? = nil, arguments: (LuaWriter) -> Void
  ) -> Bool {
    guard waiting.count < configuration.tasks else {
      statistics.errors &+= 1
      log.failure("\(origin.description) was not started: \(configuration.tasks) others wait already", traceback: nil)
      ended(origin, cause)
      return false
    }
    guard let task = lua.makeTask(function, arguments: arguments) else {
      statistics.errors &+= 1
      log.failure("\(origin.description) was not started: not enough memory", traceback: nil)
      ended(origin, cause)
      return false
    }
    statistics.runs &+= 1
    return proceed(Run(task: task, origin: origin, cause: cause)) { _ in }
  }

  /// The answer that a task waits for has come. Late answers, to tasks that no longer wait, are dropped.
  func wake(_ token: UInt64, results: (LuaWriter) -> Void) {
    guard let run = waiting.removeValue(forKey: token) else { return }
    proceed(run, results: results)
  }

  /// Makes the running task wait; the function that calls this returns `.wait`.
  func beginWait() -> UInt64 {
    let token = newToken()
    waitBegun = token
    return token
  }

  func newToken() -> UInt64 {
    nextToken &+= 1
    return nextToken
  }

  /// Makes the running task wait with a token that it has already.
  func beginWait(with token: UInt64) { waitBegun = token }

  @discardableResult
  private func proceed(_ run: Run, results: (LuaWriter) -> Void) -> Bool {
    let status = advance(run, results: results)
    var isStop = false
    switch status {
    case .waiting:
      runIdle()
      return false
    case .done:
      isStop = lua.resultClass(of: run.task) == ClassID.stop.rawValue
      if case .task(let task) = run.origin {
        _ = lua.withResults(of: run.task) { task.endHosted(.returned($0)) }
        task.state = .done(task.isAwaitable ? lua.keepResults(of: run.task) : nil)
      }
      if case .handler(let handler, _) = run.origin, handler.event == .unload { keepSaved(of: run.task, from: handler) }
      lua.end(run.task)
    case .failed(let message):
      fail(run, message, "error in \(run.origin.description): \(message)")
    case .killed(let place):
      statistics.killed &+= 1
      let limit = isStopping ? "the time for 'stop' handlers" : "\(configuration.handlerMilliseconds) ms"
      let why = "it ran for more than \(limit)"
      fail(run, "\(place): stopped: \(why)", "\(place): stopped \(run.origin.description): \(why)")
    }
    ended(run.origin, run.cause)
    runIdle()
    return isStop
  }

  private func fail(_ run: Run, _ message: String, _ text: String) {
    if case .task(let task) = run.origin {
      task.state = .failed(message)
      // The call of uc.timeout or uc.all that waits for it raises it.
      if task.group != nil { return end(run.task) }
    }
    statistics.errors &+= 1
    let traceback = lua.traceback(of: run.task)
    log.failure(text, traceback: traceback)
    end(run.task)
    // When what depends on this run has been told that it has ended.
    afterLua.append { self.report(message, traceback: traceback, of: run) }
    if let seconds = noteError(run.origin) {
      statistics.pauses &+= 1
      log.failure("\(run.origin.description) fails again and again: left out for \(seconds) s", traceback: nil)
    }
  }

  /// The seconds for which a handler or timer is left out from now on.
  private func noteError(_ origin: Origin) -> Int? {
    switch origin {
    case .main, .task: return nil
    // Messages must not get past a gate because it is broken.
    case .middleware: return nil
    // Each of these runs once.
    case .handler(let subscription, _):
      return subscription.event == .stop ? nil : subscription.breaker.noteError(now: now)
    case .timer(let id, _):
      var seconds: Int?
      timers.update(id) { seconds = $0.breaker.noteError(now: now) }
      return seconds
    }
  }

  /// Frees what a run holds. Its pending variables are closed, which runs Lua.
  func end(_ task: LuaTask) {
    isInLua = true
    lua.end(task)
    isInLua = false
  }

  /// Does something that runs Lua: now, or when the Lua code that runs has ended or waits.
  func whenIdle(_ body: @escaping () -> Void) {
    if isInLua { afterLua.append(body) } else { body() }
  }

  private func runIdle() {
    while !isInLua, !afterLua.isEmpty { afterLua.removeFirst()() }
  }

  private func advance(_ run: Run, results: (LuaWriter) -> Void) -> LuaTask.Status {
    waitBegun = nil
    let budget = Int64(clamping: configuration.handlerMilliseconds) &* 1_000_000
    running = run
    isInLua = true
    let status = lua.run(run.task, nanoseconds: budget, results: results)
    isInLua = false
    running = nil
    statistics.luaNanoseconds &+= lua.lastRunNanoseconds
    guard status == .waiting else { return status }
    guard let token = waitBegun else { return .failed("the task waits for nothing") }
    waiting[token] = run
    if case .task(let task) = run.origin { task.token = token }
    waitBegun = nil
    return status
  }

  private func ended(_ origin: Origin, _ cause: Cause?) {
    switch origin {
    case .main: break
    case .task(let task): taskEnded(task)
    case .timer(let id, _): timerEnded(id)
    case .middleware(_, let token): middlewareEnded(token)
    case .handler(let subscription, let lane):
      if isStopping, subscription.event == .stop { stopHandlersLeft -= 1 }
      cause?.end()
      guard let lane else { return }
      while let next = subscription.lanes.leave(lane) {
        if subscription.isActive {
          start(subscription.function, origin, cause: next.cause, arguments: next.arguments)
          return
        }
        next.cause.end()
      }
    }
  }

  // MARK: Time

  /// When `fireTimers` has something to do next; nil: never.
  var nextDue: Int64? {
    guard !isStopped else { return nil }
    if !tasks.ready.isEmpty { return now }
    guard isStopping else { return timers.nextDue }
    return min(timers.nextDue ?? .max, stopDeadline)
  }

  /// Runs everything that is due.
  func fireTimers() {
    let now = now
    runReady()
    // Not those that they begin in turn, so that one that sleeps for no time at all does not hold up events.
    let last = timers.sequence
    while let (purpose, due) = timers.popDue(now: now, upTo: last) {
      switch purpose {
      case .wait(let token): expire(token)
      case .outbox: sendQueued()
      case .timer(let id): fire(id, due: due, now: now)
      }
    }
    noteLinesLeftOut()
    timers.compact(
      isWaiting: { waiting[$0] != nil || hosted[$0] != nil }, waits: waiting.count + hosted.count)
    if isStopping { finishStopping() }
  }

  /// A wait is over by time: a sleep has its end, a ping has its timeout.
  private func expire(_ token: UInt64) {
    if expireHosted(token) { return }
    let hasTimeout =
      pingsInFlight.removeValue(forKey: token) != nil || waiters.remove(token) || expireTasks(token)
      || dropRequest(token) || dropFileCall(token) || networkRequests.remove(token) != nil
    wake(token) { results in
      guard hasTimeout else { return }
      results.null()
      results.string("timeout")
    }
  }

  /// Pings under way, by the token of the task that waits for each.
  var pingsInFlight: [UInt64: PingSeries] = [:]
  /// Tokens of tasks that wait for the network.
  var networkRequests: Set<UInt64> = []
  /// Requests under way, by the token of the task that waits for each.
  var requests: [UInt64: UInt64] = [:]
  /// What is being done with files, by the token of the task that waits for each.
  var fileCalls: [UInt64: UInt64] = [:]
  /// Runs for somebody outside, by the token of their time limit.
  var hosted: [UInt64: ScriptTask] = [:]
  /// By the number that the table of all scripts knows them by.
  var hooks: [UInt64: Webhook] = [:]
  var areWebhooksPublic = false
  var checks: [String: HealthCheck] = [:]
  var health = HealthRound()
  var metrics = ScriptMetrics()
  /// Metrics that have had their one warning.
  var fullMetrics: Set<String> = []

  // MARK: Stopping

  /// Runs the `stop` handlers. `isStopped` when they have ended, or their time has.
  func beginStop() {
    guard !isStopping else { return }
    isStopping = true
    stopDeadline = now &+ Int64(clamping: configuration.stopMilliseconds) &* 1_000_000
    let handlers = subscriptions[.stop]
    stopHandlersLeft = handlers.count
    for handler in handlers { run(handler, Cause(.stop)) { _ in } }
    finishStopping()
  }

  private func finishStopping() {
    guard isStopping, !isStopped, stopHandlersLeft <= 0 || now >= stopDeadline else { return }
    if stopHandlersLeft > 0 {
      log.log(.warning, "stopped with \(stopHandlersLeft) 'stop' handlers still waiting")
    }
    close()
  }

  /// Ends everything that waits. Pending variables are closed, which runs Lua: for no longer than a handler may run,
  /// since what is left is freed with the state.
  func close() {
    isStopped = true
    for token in requests.keys { dropRequest(token) }
    for token in fileCalls.keys { dropFileCall(token) }
    withdrawWebhooks()
    dropHosted()
    passages = PassageList()
    let budget = Int64(clamping: configuration.handlerMilliseconds) &* 1_000_000
    let deadline = SystemClock().monotonicNanoseconds &+ budget
    for run in waiting.values where SystemClock().monotonicNanoseconds < deadline { end(run.task) }
    waiting = [:]
    afterLua = []
  }

  /// For the next version of the script: its answers are not mistaken for this one's, and counts go on.
  func continueCounters(of old: BotCore) {
    nextToken = old.nextToken &+ 1 << 32
    droppedByHandlers = old.droppedByHandlers
    droppedAtNotice = old.droppedAtNotice
    lastDropNotice = old.lastDropNotice
  }

  /// Says now and then how many events a full inbox has cost, at most once a minute.
  func noteDropped(_ total: UInt64) {
    statistics.dropped = total &+ droppedByHandlers
    guard total > droppedAtNotice, lastDropNotice.map({ now - $0 >= 60_000_000_000 }) ?? true else { return }
    log.log(
      .warning, "the script is too slow: \(total - droppedAtNotice) events dropped",
      fields: [("dropped_total", "\(total)"), ("inbox", "\(configuration.inbox)")])
    droppedAtNotice = total
    lastDropNotice = now
  }
}
