import BotKit
import Identity
import Limits
import Logging
import Multiformats
import UniversalConnectivity
import Web

/// What `uc-bot run` is to do: the command line and the environment, checked.
struct RunOptions: Sendable {
  var scripts: [String]
  /// The peer that they run on.
  var peer: PeerSettings
  /// Where to listen as well when the console steps aside and the bot becomes an ordinary one.
  var listenWithoutConsole: [Multiaddr] = []
  /// What commands begin with.
  var prefix = "!"
  /// Ids, as peers are known to scripts, of those who may give an admin's commands.
  var admins: Set<String> = []
  var logLevel: Logger.Level?
  var logFormat = LogFormat.text
  var isConsole = false
  /// Whether the peer is one of the workshop.
  private(set) var isWorkshop = false
  /// Whether nothing is said in the room, and printed instead.
  var isDryRun = false
  /// Bytes that each script may hold.
  var scriptMemory = Limits.Lua.memory
  /// Milliseconds of Lua time for one run of a handler.
  var handlerMilliseconds = Limits.Lua.handlerMilliseconds
  /// Runs of functions of each script that may wait.
  var scriptTasks = Limits.Lua.tasks
  /// Timers of each script.
  var scriptTimers = Limits.Lua.timers
  /// Whether scripts are loaded anew when their files change.
  var watchesScripts = false

  /// Where the users' options of the bots come from.
  var sources = OptionSources()
  /// Where the bots keep what they remember.
  var storeFolder: String?
  /// The folder of `uc.file`; nil: there is none.
  private(set) var filesFolder: FileFolder?
  /// Where health, metrics and webhooks are served; nil: nowhere.
  var http: HTTPAddress?
  /// Which hosts the scripts may reach.
  var netPolicy = NetPolicy()

  /// Who started the program and wants to be told how it is.
  var serviceManager: ServiceManager?
  /// What systemd says of the way to its journal.
  var journalStream: String?

  init(
    scripts: [String], peer: PeerSettings, isConsole: Bool = false, environment: [String: String] = [:]
  ) throws(UsageError) {
    self.scripts = scripts
    self.peer = peer
    self.isConsole = isConsole
    serviceManager = ServiceManager(environment: environment)
    journalStream = environment[Journal.variable]
    if isConsole { try listenForConsole() }
  }

  /// A script's name is that of its store, its options and its lines of the log, so two cannot have the same.
  func checkNames() throws(UsageError) {
    var paths: [String: String] = [:]
    for script in scripts {
      let name = ScriptFile(path: script).name
      if let other = paths.updateValue(script, forKey: name) {
        throw UsageError(
          TerminalText.sanitized(
            "two bots are called '\(name)': \(other) and \(script); give one another name", limit: 400))
      }
    }
  }

  /// Makes the peer one of the workshop.
  mutating func joinWorkshop() throws(UsageError) {
    guard !isConsole else { throw UsageError("--workshop and --console both want standard output for themselves") }
    guard peer.agent.utf8.allSatisfy(WorkshopLines.isAgentByte) else {
      throw UsageError(
        "--agent \(TerminalText.sanitized(peer.agent, limit: 60)): a checker of the workshop reads letters, digits and "
          + "_ . / : - only")
    }
    isWorkshop = true
  }

  /// Changes how much each script may use.
  /// - Parameters:
  ///   - memory: MiB that it may hold.
  ///   - time: Milliseconds for one run of a handler.
  ///   - tasks: Runs that may wait.
  ///   - timers: Timers that may wait.
  mutating func limitScripts(
    memory: Int?, time: Int?, tasks: Int? = nil, timers: Int? = nil
  ) throws(UsageError) {
    if let memory {
      guard (1...1_024).contains(memory) else {
        throw UsageError("--mem \(memory): a script gets from 1 to 1024 MiB")
      }
      scriptMemory = memory * 1_024 * 1_024
    }
    if let time {
      guard (1...60_000).contains(time) else {
        throw UsageError("--cpu \(time): a handler gets from 1 to 60000 ms")
      }
      handlerMilliseconds = time
    }
    if let tasks {
      guard (1...Limits.Lua.mostTasks).contains(tasks) else {
        throw UsageError("--tasks \(tasks): a script gets from 1 to \(Limits.Lua.mostTasks)")
      }
      scriptTasks = tasks
    }
    if let timers {
      guard (1...Limits.Lua.mostTimers).contains(timers) else {
        throw UsageError("--timers \(timers): a script gets from 1 to \(Limits.Lua.mostTimers)")
      }
      scriptTimers = timers
    }
  }

  /// Says which folder the scripts may use, and whether they may tell everybody of what is in it.
  mutating func setFiles(_ path: String?, mayAnnounce: Bool) throws(UsageError) {
    peer.announcesFiles = mayAnnounce
    guard let path else { return }
    let folder = FileFolder(path: path)
    guard folder.exists else {
      throw UsageError("--files \(TerminalText.sanitized(path, limit: 200)): there is no such folder")
    }
    filesFolder = folder
  }

  /// Says where to be asked by others, and whom the scripts may ask.
  mutating func setWeb(http: String?, allowNet: [String]) throws(UsageError) {
    if let http { self.http = try HTTPAddress(http) }
    for text in allowNet {
      guard let rule = NetPolicy.Rule(text) else {
        throw UsageError(
          "--allow-net \(TerminalText.sanitized(text, limit: 80)): a host, with a port or without, or a range of addresses "
            + "as 10.0.0.0/8")
      }
      netPolicy.rules.append(rule)
    }
  }

  /// Says how commands begin, and who may give those that are kept to admins.
  mutating func setCommands(prefix: String, admins: [String]) throws(UsageError) {
    guard (1...8).contains(prefix.utf8.count), !prefix.contains(where: \.isWhitespace) else {
      throw UsageError("--prefix \(TerminalText.sanitized(prefix, limit: 20)): 1 to 8 bytes without spaces, such as !")
    }
    self.prefix = prefix
    for text in admins {
      do throws(PeerIDError) {
        self.admins.insert(try PeerID(text).description)
      } catch {
        throw UsageError("--admin \(TerminalText.sanitized(text, limit: 80)): \(error)")
      }
    }
  }

  /// The console comes in over loopback, whatever else is listened on; without any wish it needs nothing more.
  private mutating func listenForConsole() throws(UsageError) {
    if peer.listensAnywhere {
      listenWithoutConsole = peer.listen + peer.listenIfPossible
      peer.listen = []
      peer.listenIfPossible = []
    }
    peer.listen.append(try AddressRule.listened("/ip4/127.0.0.1/tcp/0", from: "--console"))
  }
}

/// How lines are written.
enum LogFormat: String, CaseIterable, Sendable {
  case text
  case json
}
