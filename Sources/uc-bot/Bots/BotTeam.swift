import BotKit
import Logging
import UniversalConnectivity

/// All the bots of the process: each script a runner of its own, each with every event.
struct BotTeam: Sendable {
  private let runners: [BotRunner]
  private let watcher: ScriptWatcher?
  private let room: String

  /// Reads and compiles the scripts, and runs them from their first line to their last. One that cannot be run does not
  /// keep the others from it: it is left out until it has been mended.
  /// - Throws: ``Failure`` that names the script, and the line where it went wrong, when none can be run.
  init(options: RunOptions, node: ChatNode, logger: Logger) throws(Failure) {
    let network = ChatNodeBotNetwork(node: node)
    var configuration = BotConfiguration(logger: logger)
    configuration.nick = options.nick
    configuration.prefix = options.prefix
    configuration.admins = options.admins
    configuration.room = node.room
    configuration.version = Version.current
    configuration.memory = options.scriptMemory
    configuration.handlerMilliseconds = options.handlerMilliseconds
    configuration.tasks = options.scriptTasks
    configuration.timers = options.scriptTimers
    var runners: [BotRunner] = []
    for script in options.scripts {
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
    self.runners = runners
    watcher = options.watchesScripts ? ScriptWatcher(runners) : nil
    room = node.room
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

  /// Loads all scripts anew. Those that are broken now go on as they were.
  func reload() {
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
  }
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
