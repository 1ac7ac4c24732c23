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
  /// What the script said of itself when it was loaded first; nil: nothing.
  public let manifest: BotManifest?

  /// Why the script is left out for now; nil: it was loaded.
  public let loadFailure: BotError?

  private let script: ScriptFile
  private let firstCore: Mutex<CoreBox?>
  private let inbox: Inbox
  private let control: LuaControl
  private let configuration: BotConfiguration
  private let network: any BotNetwork
  private let log: ScriptLog
  private let life = Mutex(Life())
  private let statisticsNow = Mutex(BotStatistics())
  private let filesNow: Mutex<ReadFiles>
  /// The same for all versions of the script.
  let scriptMetrics: ScriptMetrics

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
  /// - Parameter waitsForRepair: Whether a script that cannot be loaded is no error. The runner then follows the events
  ///   with an empty script, and `reload` puts the script into its place when it has been mended.
  public convenience init(
    scriptPath: String, configuration: BotConfiguration, network: any BotNetwork, waitsForRepair: Bool = false
  ) throws(BotError) {
    let script = ScriptFile(path: scriptPath)
    let (file, source) = script.read()
    try self.init(
      script, source, configuration: configuration, network: network, files: [file.path: file.signature],
      waitsForRepair: waitsForRepair)
  }

  /// The same with the script's text; `path` is what messages show, and its directory is where `require` looks.
  public convenience init(
    source: String, path: String, configuration: BotConfiguration, network: any BotNetwork
  ) throws(BotError) {
    try self.init(
      ScriptFile(path: path), .success(source), configuration: configuration, network: network, files: [:],
      waitsForRepair: false)
  }

  private init(
    _ script: ScriptFile, _ source: Result<String, BotError>, configuration: BotConfiguration,
    network: any BotNetwork, files: ReadFiles, waitsForRepair: Bool
  ) throws(BotError) {
    let inbox = Inbox(limit: configuration.inbox)
    let control: LuaControl
    do throws(LuaError) {
      control = try LuaControl()
    } catch {
      throw .outOfMemory(script: script.path, limit: configuration.memory)
    }
    func makeCore() throws(BotError) -> BotCore {
      try BotCore(
        script: script, configuration: configuration, network: network, control: control,
        deliver: { inbox.post($0) })
    }
    var core = try makeCore()
    var failure: BotError?
    do throws(BotError) {
      try core.load(source.get())
    } catch {
      guard waitsForRepair else { throw error }
      failure = error
      let files = core.files
      core = try makeCore()
      core.files = files
    }
    loadFailure = failure
    optionNames = core.declaredOptions.map { Set($0.defaults.keys) }
    filesNow = Mutex(core.files.merging(files) { $1 })
    firstCore = Mutex(CoreBox(core: core))
    scriptMetrics = core.metrics
    self.inbox = inbox
    self.control = control
    self.configuration = configuration
    self.network = network
    self.script = script
    scriptName = script.name
    manifest = core.manifest
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
    if let loadFailure {
      log.failure("left out until it is mended: \(loadFailure)", traceback: loadFailure.traceback)
    }
    guard LuaThread.start(name: "lua:" + scriptName, { [self] in work() }) else {
      life.withLock { $0.phase = .loaded }
      throw .noThread(script: scriptName)
    }
  }

  /// The options that the script has asked its user for while it was loaded; nil: it did not ask.
  public let optionNames: Set<String>?

  /// Gives the script other options of its user; it is told what has changed. Never waits.
  public func setOptions(_ options: BotOptions) { inbox.post(.options(options)) }

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
      watchStop(nanoseconds: budget &+ Int64(clamping: configuration.stopGraceMilliseconds) &* 1_000_000)
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

  /// Loads the script anew, on its own thread, and puts it into the place of the version that runs. When that cannot be
  /// done the log says why, and the one that runs goes on.
  public func reload() { inbox.requestReload() }

  /// Asks the script how it is; a script that does not run has no problem.
  func ask(_ completion: @escaping @Sendable (BotHealth) -> Void) {
    guard life.withLock({ $0.phase == .running }) else { return completion(BotHealth()) }
    inbox.post(.healthAsked(completion))
  }

  /// The files that the script was made from, or that it was tried to make it from.
  var files: ReadFiles { filesNow.withLock { $0 } }

  private func work() {
    guard var core = firstCore.withLock({ $0.take() })?.core else { return finish() }
    var isEmpty = loadFailure != nil
    core.start()
    publish(core)
    while !core.isStopped {
      let batch = inbox.take(until: core.nextDue)
      for answer in batch.mail { core.handle(answer) }
      for event in batch.events { core.handle(event) }
      core.noteDropped(batch.dropped)
      core.fireTimers()
      if batch.reloadRequested, !core.isStopping, let next = loadNext(after: core, isEmpty: isEmpty) {
        core = next
        isEmpty = false
        core.startAfterReload()
      }
      if batch.stopRequested { core.beginStop() }
      publish(core)
      core.lua.rest()
    }
    finish()
  }

  /// Lets the other threads see how the script is.
  private func publish(_ core: BotCore) {
    core.measure()
    statisticsNow.withLock { $0 = core.statistics }
    // Handlers may require modules, too.
    guard core.files.count > core.filesTold else { return }
    core.filesTold = core.files.count
    filesNow.withLock { $0.merge(core.files) { known, _ in known } }
  }

  /// The next version, when it is there and in good order; the one before it is closed then.
  private func loadNext(after old: BotCore, isEmpty: Bool) -> BotCore? {
    let (file, source) = script.read()
    var files: ReadFiles = [file.path: file.signature]
    var isDone = false
    defer {
      // What a broken version was made from is looked at as well: that is where it will be mended.
      let now = files
      filesNow.withLock { before in before = isDone ? now : before.merging(now) { $1 } }
    }
    do throws(BotError) {
      let next = try BotCore(
        script: script, configuration: configuration, network: network, control: control, deliver: old.deliver)
      defer { files.merge(next.files) { $1 } }
      try old.handOver(to: next, source: source.get())
      isDone = true
      log.log(.notice, isEmpty ? "loaded" : "reloaded")
      return next
    } catch {
      let rest = isEmpty ? "" : "; the version before it goes on"
      log.failure("not reloaded: \(error)\(rest)", traceback: error.traceback)
      return nil
    }
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
