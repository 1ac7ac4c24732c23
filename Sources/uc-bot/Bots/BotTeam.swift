import BotKit
import BotStore
import Limits
import Logging
import Synchronization
import UniversalConnectivity

/// All the bots of the process: each script a runner of its own, each with every event.
struct BotTeam: Sendable {
  private let runners: [BotRunner]
  private let watcher: ScriptWatcher?
  private let room: String
  private let stores: [BotStore]
  private let configuration: OptionsOfBots

  /// Reads and compiles the scripts, and runs them from their first line to their last. One that cannot be run does not
  /// keep the others from it: it is left out until it has been mended.
  /// - Throws: ``Failure`` that names the script, and the line where it went wrong, when none can be run.
  init(
    options: RunOptions, node: ChatNode, web: BotWeb, webhooks: BotWebhooks?, systemLog: SystemLog?, logger: Logger
  ) throws(Failure) {
    let real = ChatNodeBotNetwork(node: node, systemLog: systemLog)
    let network: any BotNetwork = options.isDryRun ? DryRunNetwork(real, logger: logger) : real
    var configuration = BotConfiguration(logger: logger)
    configuration.nick = options.peer.nick
    configuration.prefix = options.prefix
    configuration.admins = options.admins
    configuration.room = node.room
    configuration.version = Version.current
    configuration.memory = options.scriptMemory
    configuration.handlerMilliseconds = options.handlerMilliseconds
    configuration.tasks = options.scriptTasks
    configuration.timers = options.scriptTimers
    let userOptions = OptionsOfBots(sources: options.sources, logger: logger)
    let file = try options.sources.read()
    var stores: [BotStore] = []
    configuration.http = web
    configuration.webhooks = webhooks
    var runners: [BotRunner] = []
    for script in options.scripts {
      let name = ScriptFile(path: script).name
      configuration.options = options.sources.options(of: name, file: file)
      if let folder = options.storeFolder {
        var logger = logger
        logger[metadataKey: "script"] = "\(LogText.line(name))"
        let store = BotStore(path: StoreFolder.path(of: name, in: folder), logger: logger)
        stores.append(store)
        configuration.store = store
        configuration.logFiles = LogFileDirectory(path: folder + "/logs/" + name)
      }
      configuration.files = options.filesFolder.map { folder in
        var logger = logger
        logger[metadataKey: "script"] = "\(LogText.line(name))"
        return BotFolder(node: node, folder: folder, isDryRun: options.isDryRun, logger: logger)
      }
      do {
        runners.append(
          try BotRunner(
            scriptPath: script, configuration: configuration, network: network,
            waitsForRepair: options.scripts.count > 1))
      } catch {
        throw Failure(error)
      }
    }
    if let failure = runners.first?.loadFailure, runners.allSatisfy({ $0.loadFailure != nil }) {
      throw Failure(failure)
    }
    userOptions.tellUnused(runners, file: file)
    self.runners = runners
    self.stores = stores
    self.configuration = userOptions
    watcher =
      options.watchesScripts
      ? ScriptWatcher(runners, file: options.sources.file) { [runners] in userOptions.readAnew(for: runners) } : nil
    room = node.room
  }

  /// What the scripts measure, and what is measured of them.
  var metrics: [MetricFamily] { runners.flatMap(\.metrics) }

  /// Asks all of them how they are; those that do not answer in time have no health.
  func health() async -> [ScriptHealth] {
    await withTaskGroup { group in
      for (index, runner) in runners.enumerated() {
        group.addTask { (index, await Self.health(of: runner)) }
      }
      var reports = runners.map { ScriptHealth(script: $0.scriptName) }
      for await (index, health) in group { reports[index].health = health }
      return reports
    }
  }

  private static func health(of runner: BotRunner) async -> BotHealth? {
    if runner.loadFailure != nil, runner.statistics.reloads == 0 {
      return BotHealth(checks: [.init(name: "loaded", problem: "the script cannot be loaded: the log says why")])
    }
    return await withCheckedContinuation { continuation in
      let answer = FirstAnswer(continuation)
      runner.checkHealth { answer.give($0) }
      Task {
        // A little more than the checks themselves have.
        try? await Task.sleep(for: .seconds(Limits.Lua.healthTimeout + 1))
        answer.give(nil)
      }
    }
  }

  /// Starts the threads of the bots, and fires `start` in each.
  /// - Throws: ``Failure``.
  func start() throws(Failure) {
    for runner in runners {
      do {
        try runner.start()
      } catch {
        throw Failure(error)
      }
    }
    if let watcher, !watcher.start() { throw Failure(.software, "--watch: the system gives no thread for it") }
  }

  /// Reads the bots' options and loads all scripts anew. Those that are broken now go on as they were.
  func reload() {
    configuration.readAnew(for: runners)
    for runner in runners { runner.reload() }
  }

  /// For each bot, the seconds that its present run of Lua code has lasted; nil where none runs.
  var runningSeconds: [Double?] { runners.map(\.runningSeconds) }

  /// Hands an event to each bot; never waits.
  func post(_ event: ChatEvent) {
    if let event = BotEvent(event, room: room) { post(event) }
  }

  /// The same with an event that does not come from the network.
  func post(_ event: BotEvent) {
    for runner in runners { runner.post(event) }
  }

  /// Runs the `stop` handlers of all bots at the same time. Returns when they have ended, in their bounded time.
  func stop() async {
    watcher?.stop()
    await withTaskGroup { group in
      for runner in runners {
        group.addTask { await runner.stop() }
      }
    }
    // A store that a stuck script is using stays open: it is as safe as after a kill.
    for store in stores { store.close() }
  }
}

/// Resumes whoever waits with the answer that comes first.
private final class FirstAnswer<Answer: Sendable>: Sendable {
  private let waiting: Mutex<CheckedContinuation<Answer, Never>?>

  init(_ waiting: CheckedContinuation<Answer, Never>) { self.waiting = Mutex(waiting) }

  func give(_ answer: Answer) { waiting.withLock { $0.take() }?.resume(returning: answer) }
}

extension Failure {
  /// A script that cannot be run.
  init(_ error: BotError) {
    switch error {
    case .unreadable: self.init(.noInput, "\(error)")
    case .noThread: self.init(.software, "\(error)")
    case .tooLarge, .notText, .syntax, .failed, .tookTooLong, .outOfMemory: self.init(.data, "\(error)")
    }
  }
}
