import BotKit
import Logging
import UniversalConnectivity

/// All the bots of the process: each script a runner of its own, each with every event.
struct BotTeam: Sendable {
  private let runners: [BotRunner]
  private let room: String

  /// Reads and compiles the scripts, and runs them from their first line to their last.
  /// - Throws: ``Failure`` that names the script, and the line where it went wrong.
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
    var runners: [BotRunner] = []
    for script in options.scripts {
      do {
        runners.append(try BotRunner(scriptPath: script, configuration: configuration, network: network))
      } catch {
        throw Failure(error)
      }
    }
    self.runners = runners
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
