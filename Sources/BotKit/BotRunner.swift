import LuaVM
import Synchronization

/// A script at work: its Lua state, its thread, and its inbox.
///
/// ```swift
/// let runner = try BotRunner(scriptPath: "bots/echo.lua", configuration: configuration, network: network)
/// try runner.start()
/// runner.post(.message(message))      // from any thread
/// await runner.stop()
/// ```
///
/// Making a runner loads the script, so that its mistakes are told at once. Nothing else of it runs before `start`.
public final class BotRunner: Sendable {
  /// The script's file name without `.lua`.
  public let scriptName: String

  private let core: CoreBox
  private let inbox: Inbox
  private let control: LuaControl
  private let configuration: BotConfiguration
  private let log: ScriptLog
  private let life = Mutex(Life())
  private let statisticsNow = Mutex(BotStatistics())

  /// Where a runner is on its way.
  private struct Life {
    enum Phase { case loaded, running, stopped }
    var phase = Phase.loaded
    var isStopping = false
    var completions: [@Sendable () -> Void] = []
  }

  /// The core moves to the script's thread when that starts, and nobody else touches it afterwards.
  private struct CoreBox: @unchecked Sendable {
    let core: BotCore
  }

  /// Reads a script, compiles it and runs its top level.
  public convenience init(scriptPath: String, configuration: BotConfiguration, network: any BotNetwork) throws(BotError)
  {
    let file = ScriptFile(path: scriptPath)
    try self.init(file: file, source: try file.read(), configuration: configuration, network: network)
  }

  /// The same with the script's text; `path` is what messages show, and its directory is where `require` looks.
  public convenience init(
    source: String, path: String, configuration: BotConfiguration, network: any BotNetwork
  ) throws(BotError) {
    try self.init(file: ScriptFile(path: path), source: source, configuration: configuration, network: network)
  }

  private init(
    file: ScriptFile, source: String, configuration: BotConfiguration, network: any BotNetwork
  ) throws(BotError) {
    let inbox = Inbox(limit: configuration.inbox)
    let control: LuaControl
    do throws(LuaError) {
      control = try LuaControl()
    } catch {
      throw .outOfMemory(script: file.path, limit: configuration.memory)
    }
    let core = try BotCore(
      script: file, configuration: configuration, network: network, control: control, deliver: { inbox.post($0) })
    try core.load(source)
    self.core = CoreBox(core: core)
    self.inbox = inbox
    self.control = control
    self.configuration = configuration
    scriptName = file.name
    log = core.log
  }

  /// Starts the script's thread and fires `start`. A second call does nothing.
  public func start() throws(BotError) {
    let begins = life.withLock { life -> Bool in
      guard life.phase == .loaded, !life.isStopping else { return false }
      life.phase = .running
      return true
    }
    guard begins else { return }
    guard LuaThread.start(name: "lua:" + scriptName, { [self] in work() }) else {
      life.withLock { $0.phase = .loaded }
      throw .noThread(script: scriptName)
    }
  }

  /// Gives the script an event. Never waits: when the inbox is full, the oldest event is dropped and counted.
  public func post(_ event: BotEvent) { inbox.post(event) }

  /// Runs the `stop` handlers and ends the thread. `completion` is called once, after at most
  /// `stopMilliseconds` and a quarter of a second, whatever the script does.
  public func stop(completion: @escaping @Sendable () -> Void) {
    enum Step { case complete, begin, join }
    let step = life.withLock { life -> Step in
      if life.phase == .loaded { life.phase = .stopped }
      guard life.phase == .running else { return .complete }
      life.completions.append(completion)
      defer { life.isStopping = true }
      return life.isStopping ? .join : .begin
    }
    switch step {
    case .complete: completion()
    case .join: break
    case .begin:
      let budget = Int64(clamping: configuration.stopMilliseconds) &* 1_000_000
      control.hurry(nanoseconds: budget)
      inbox.requestStop()
      watchStop(nanoseconds: budget &+ 250_000_000)
    }
  }

  /// As `stop(completion:)`.
  public func stop() async {
    await withCheckedContinuation { continuation in stop { continuation.resume() } }
  }

  /// Counters, as of the last batch of events.
  public var statistics: BotStatistics { statisticsNow.withLock { $0 } }

  /// Seconds for which the present run of Lua code has lasted; nil when none runs. More than the handler's budget
  /// means that the script is stuck in a function of C, where nothing can stop it: a watchdog may want to know.
  public var runningSeconds: Double? { control.runningNanoseconds.map { Double($0) / 1e9 } }

  private func work() {
    let core = core.core
    core.start()
    while !core.isStopped {
      let batch = inbox.take(until: core.nextDue)
      for answer in batch.mail { core.handle(answer) }
      for event in batch.events { core.handle(event) }
      core.noteDropped(batch.dropped)
      core.fireTimers()
      if batch.stopRequested { core.beginStop() }
      statisticsNow.withLock { $0 = core.statistics }
    }
    finish()
  }

  /// A second thread that completes the stop when the first cannot.
  private func watchStop(nanoseconds: Int64) {
    let deadline = SystemClock().monotonicNanoseconds &+ nanoseconds
    let alarm = Inbox(limit: 1)
    let isWatching = LuaThread.start(name: "stop:" + scriptName) { [self] in
      life.withLock { life in
        if life.phase == .running { life.completions.append { alarm.requestStop() } } else { alarm.requestStop() }
      }
      guard !alarm.take(until: deadline).stopRequested else { return }
      log.failure("the script does not stop: it is stuck in a function of C, and is left behind", traceback: nil)
      finish()
    }
    if !isWatching { log.log(.warning, "no thread to watch the stop with") }
  }

  private func finish() {
    let completions = life.withLock { life -> [@Sendable () -> Void] in
      life.phase = .stopped
      defer { life.completions = [] }
      return life.completions
    }
    for completion in completions { completion() }
  }
}
