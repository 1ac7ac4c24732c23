import ArgumentParser
import Logging

/// `uc-bot run`: joins the chat and runs bots in it.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Join the chat and run one or more Lua bots in it (the default command).",
    discussion: """
      The environment variables REMOTE_PEER and REMOTE_PEERS (addresses with commas between) add to --connect, and \
      BOOTSTRAP_PEERS to --bootstrap; LISTEN_ADDRS stands in for --listen where neither that nor --port is given.
      A wanted peer that cannot be reached is dialled again for as long as the program runs.
      """)

  @Argument(help: "Lua scripts; each is a bot of its own.", completion: .file(extensions: ["lua"]))
  var scripts: [String] = []

  @OptionGroup(title: "The peer")
  var peer: PeerOptions

  @Option(help: ArgumentHelp("What commands begin with.", valueName: "text"))
  var prefix = "!"

  @Option(
    help: ArgumentHelp("A peer that may give the commands which a script keeps to admins; repeatable.", valueName: "id")
  )
  var admin: [String] = []

  @Option(
    help: ArgumentHelp(
      "A TOML file: options of bots in tables of their names, and those of this command in [uc-bot].",
      valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "An option of a bot; wins over the environment and --config; repeatable.", valueName: "name.key=value"))
  var set: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where the bots keep what they remember. Default: uc-bot in $XDG_STATE_HOME or ~/.local/state.",
      valueName: "folder"),
    completion: .directory)
  var store: String?

  @Option(
    help: ArgumentHelp(
      "The folder whose files scripts may offer, and into which they may fetch. Default: none.", valueName: "folder"),
    completion: .directory)
  var files: String?

  @Flag(
    name: .customLong("announce-files"),
    help: """
      Let scripts announce files to everybody. Some peers fetch whatever is announced; a go-peer that cannot get it ends.
      """)
  var announceFiles = false

  @Option(
    help: ArgumentHelp(
      "Serve health, metrics and webhooks at this address and port; a port alone is one of 127.0.0.1.",
      valueName: "address"))
  var http: String?

  @Option(
    name: .customLong("allow-net"),
    help: ArgumentHelp(
      """
      A host that scripts may fetch from: a name, *.name, an address or a range, perhaps with :port; repeatable. Without \
      it: all public addresses. With it: only these, private ones too.
      """, valueName: "host"))
  var allowNet: [String] = []

  @Option(help: ArgumentHelp("MiB of memory that each script may hold. Default: 32.", valueName: "MiB"))
  var mem: Int?

  @Option(help: ArgumentHelp("Milliseconds that one run of a handler may take. Default: 1000.", valueName: "ms"))
  var cpu: Int?

  @Option(help: ArgumentHelp("Runs of its functions that may wait in each script. Default: 1024.", valueName: "number"))
  var tasks: Int?

  @Option(help: ArgumentHelp("Timers of each script. Default: 1024.", valueName: "number"))
  var timers: Int?

  @Flag(help: "Say nothing in the room: what the bots would say is printed. Everything else happens.")
  var dryRun = false

  @Flag(help: "Load scripts anew when their files change. (SIGHUP does so at any time.)")
  var watch = false

  @Option(help: "What is printed: trace, debug, info, notice, warning, error or critical. Default: info.")
  var logLevel: Logger.Level?

  @Option(help: "How it is printed: text or json.")
  var log: LogFormat = .text

  @Flag(
    help: """
      Be a peer of the universal-connectivity workshop: print the lines of its lessons, write as its checker reads, greet \
      it. No script is needed.
      """)
  var workshop = false

  @Flag(help: "Talk to the bots here: typed or piped lines reach them through a second peer.")
  var console = false

  /// The options, checked.
  /// - Parameter arguments: What was read to make this; those of the file of `--config` stand before it.
  func options(
    environment: [String: String], arguments: [String] = Array(CommandLine.arguments.dropFirst())
  ) throws -> RunOptions {
    let sources = try OptionSources(file: config, settings: set, environment: environment)
    guard let file = try sources.read() else { return try options(environment, sources) }
    let own = arguments.first == "run" ? Array(arguments.dropFirst()) : arguments
    // Scripts of the command line are run in place of those of the file; everything else adds up, or the last one wins.
    return try Self.parse(file.arguments + (scripts.isEmpty ? file.scripts : []) + own).options(environment, sources)
  }

  /// What is wrong with an argument that stands in a file; nil: nothing.
  static func problem(_ argument: String) -> String? {
    do {
      _ = try Self.parse([argument])
      return nil
    } catch {
      return Self.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
  }

  private func options(_ environment: [String: String], _ sources: OptionSources) throws -> RunOptions {
    guard !scripts.isEmpty || workshop else {
      throw UsageError("no script is given (see uc-bot --help)")
    }
    var options = try RunOptions(
      scripts: scripts,
      peer: peer.settings(environment: environment, agent: scripts.isEmpty ? Version.agent : Version.botAgent),
      isConsole: console,
      environment: environment)
    try options.limitScripts(memory: mem, time: cpu, tasks: tasks, timers: timers)
    try options.setCommands(prefix: prefix, admins: admin)
    try options.checkNames()
    if workshop {
      if let codec = peer.codec, codec != .flat {
        throw UsageError("--codec \(codec): --workshop writes flat, as its checker reads nothing else")
      }
      try options.joinWorkshop()
    }
    options.sources = sources
    options.storeFolder = StoreFolder.choose(flag: store, environment: environment)
    try options.setFiles(files, mayAnnounce: announceFiles)
    try options.setWeb(http: http, allowNet: allowNet)
    options.watchesScripts = watch
    options.isDryRun = dryRun
    options.logLevel = logLevel
    options.logFormat = log
    return options
  }

  func run() async throws {
    try await Application(options: options(environment: Environment.variables)).run()
  }
}

extension LogFormat: ExpressibleByArgument {}

extension Logger.Level: @retroactive ExpressibleByArgument {}
