import Limits
import LuaVM

/// A bot without a thread: it does something when it is told to, on whatever clock its configuration has.
///
/// `BotRunner` is the bot that lives by itself. This one is for whoever wants to see a bot's every step: the test kit
/// and this package's own tests.
///
/// ```swift
/// let bot = try BotDriver(scriptPath: "bots/echo.lua", configuration: configuration, network: network)
/// bot.start()
/// bot.post(.message(message))
/// bot.settle()
/// ```
package final class BotDriver {
  private(set) var core: BotCore
  private let inbox: Inbox
  private let makeCore: () throws(BotError) -> BotCore

  /// Reads a script, compiles it and runs its top level.
  package convenience init(
    scriptPath: String, seed: UInt64? = nil, configuration: BotConfiguration, network: any BotNetwork
  ) throws(BotError) {
    let source = try ScriptFile(path: scriptPath).text()
    try self.init(source: source, path: scriptPath, seed: seed, configuration: configuration, network: network)
  }

  /// The same with the script's text; `path` is what messages show, and its directory is where `require` looks.
  /// - Parameter seed: what chance begins with, that of `math.random` included; nil: it is chance.
  package init(
    source: String, path: String, seed: UInt64? = nil, configuration: BotConfiguration, network: any BotNetwork
  ) throws(BotError) {
    let inbox = Inbox(limit: configuration.inbox)
    self.inbox = inbox
    let control: LuaControl
    do throws(LuaError) {
      control = try LuaControl()
    } catch {
      throw .outOfMemory(script: path, limit: configuration.memory)
    }
    makeCore = { () throws(BotError) in
      try BotCore(
        script: ScriptFile(path: path), configuration: configuration, network: network, control: control,
        deliver: { inbox.post($0) })
    }
    core = try makeCore()
    if let seed { core.seed(seed) }
    try core.load(source)
  }

  /// The text of a script's file.
  package static func text(of scriptPath: String) throws(BotError) -> String {
    try ScriptFile(path: scriptPath).text()
  }

  /// The script's file name without `.lua`.
  package var scriptName: String { core.script.name }

  /// Counters of what it has done.
  package var statistics: BotStatistics { core.statistics }

  /// Whether it has ended: then it does nothing any more.
  package var isStopped: Bool { core.isStopped }

  /// When it has something to do next, in nanoseconds of its clock; nil: not before something happens.
  package var nextDue: Int64? { core.nextDue }

  /// Fires `start`.
  package func start() {
    core.start()
    settle()
  }

  /// Gives it an event, which `settle` handles.
  package func post(_ event: BotEvent) { inbox.post(event) }

  /// Handles every event and answer that is there, and what is due by now.
  package func settle() {
    var isIdle = false
    while true {
      let batch = inbox.take()
      let isEmpty = batch.mail.isEmpty && batch.events.isEmpty
      // What was due may have brought answers.
      if isEmpty, isIdle { return }
      for answer in batch.mail { core.handle(answer) }
      for event in batch.events { core.handle(event) }
      core.noteDropped(batch.dropped)
      core.fireTimers()
      isIdle = isEmpty
    }
  }

  /// Lets the `stop` handlers begin. They have ended when `isStopped`.
  package func stop() {
    core.beginStop()
    settle()
  }

  /// Puts a new version into the place of this one, as `BotRunner.reload` does. When it is broken this one goes on.
  package func reload(_ source: String) throws(BotError) {
    let next = try makeCore()
    next.configuration = core.configuration
    try core.handOver(to: next, source: source)
    core = next
    core.startAfterReload()
    settle()
  }

  /// What the script itself measures.
  package var metrics: [MetricFamily] { core.metrics.families(script: core.script.name) }

  /// Gives the script other options, as when the file with them has changed.
  package func setOptions(_ options: BotOptions) {
    core.configuration.options = options
    core.setOptions(options)
    settle()
  }

  /// Makes a peer an admin from now on.
  package func addAdmin(_ id: String) { core.configuration.admins.insert(id) }

  /// Begins chance anew, for the host and for `math.random`.
  package func seed(_ seed: UInt64) { core.seed(seed) }
}

extension BotCore {
  fileprivate func seed(_ seed: UInt64) {
    random = BotRandom(seed: seed)
    guard let chunk = try? lua.load("math.randomseed(\(Int64(bitPattern: seed)))", name: "=seed") else { return }
    defer { lua.release(chunk) }
    guard let task = lua.makeTask(chunk) else { return }
    _ = lua.run(task, nanoseconds: 1_000_000_000)
    lua.end(task)
  }
}
