import ArgumentParser
import Logging
import Terminal
import UniversalConnectivity

/// `uc-bot chat`: a person joins the chat.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Chat yourself: talk to everybody in the room, to one peer alone, and exchange files.",
    discussion: """
      At a terminal: type, press Enter; /help lists the commands. Piped input is said line by line when somebody is there \
      to hear it, and the program ends by itself when it is quiet.

      The environment variables REMOTE_PEER and REMOTE_PEERS (addresses with commas between) add to --connect, and \
      BOOTSTRAP_PEERS to --bootstrap. A wanted peer that cannot be reached is dialled again for as long as the program runs.
      """)

  @OptionGroup var peer: PeerOptions

  @Option(
    help: ArgumentHelp("What to say when the room is ready. Default: a greeting with your name.", valueName: "text"))
  var intro: String?

  @Flag(help: "Come in without a word.")
  var noIntro = false

  @Option(
    help: ArgumentHelp(
      "Where fetched files go; none is ever overwritten. Default: ~/Downloads/uc-bot.", valueName: "folder"),
    completion: .directory)
  var downloads: String?

  @Flag(help: "Keep no file of the room's own lines.")
  var noSystemLog = false

  @Flag(help: "Read nothing: be in the room and print what goes on, until a signal comes.")
  var headless = false

  @Flag(help: "Fill the screen: the room, who is there, and what goes on, each in a place of its own.")
  var ui = false

  @Flag(name: .shortAndLong, help: "Print everything that goes on: pings, other topics, the mesh.")
  var verbose = false

  func validate() throws {
    if noIntro, intro != nil { throw ValidationError("--intro and --no-intro exclude each other") }
    if noSystemLog, peer.systemLog != nil {
      throw ValidationError("--system-log and --no-system-log exclude each other")
    }
    if ui, headless { throw ValidationError("--ui and --headless exclude each other") }
  }

  /// The options, checked.
  func options(environment: [String: String], isTerminal: Bool) throws -> ChatOptions {
    var options = ChatOptions(
      peer: try peer.settings(environment: environment, agent: Version.agent),
      downloads: DownloadFolder(flag: downloads, environment: environment))
    options.typist = headless ? .nobody : isTerminal ? .person : .pipe
    options.hasScreen = ui
    options.isVerbose = verbose
    options.intro = intro
    options.isIntroduced = !noIntro
    options.systemLog = noSystemLog ? .off : peer.systemLog.map { .at($0) } ?? .usual
    options.home = environment["HOME"]
    return options
  }

  func run() async throws {
    let options = try options(environment: Environment.variables, isTerminal: StandardInput.isTerminal)
    if ui { return try await fillScreen(options) }
    let streams = ChatStreams()
    defer { streams.flush() }
    try await PersonalChat(
      options: options, frontEnd: LineFrontEnd(output: streams.output, reads: options.typist != .nobody),
      logger: streams.logger(verbose ? .notice : .warning)
    ).run()
  }

  private func fillScreen(_ options: ChatOptions) async throws {
    guard TerminalDevice.isThere else {
      throw UsageError("--ui: standard input and output are not a terminal; without it, chat works in pipes, too")
    }
    guard let kind = TerminalKind(environment: Environment.variables) else {
      let name = TerminalText.sanitized(Environment.variables["TERM"] ?? "", limit: 60)
      throw UsageError("--ui: a terminal with TERM=\(name) cannot place text; chat without it")
    }
    let frontEnd = ScreenFrontEnd(kind: kind, nick: options.peer.nick ?? "", room: options.peer.room)
    let logger = Logger(label: "chat") { _ in
      var log = EntryLog(frontEnd: frontEnd)
      log.logLevel = verbose ? .notice : .warning
      return log
    }
    try await PersonalChat(options: options, frontEnd: frontEnd, logger: logger).run()
  }
}

/// What a chat in lines writes to: the talk on standard output, the program's troubles on standard error.
private struct ChatStreams {
  let output = LineWriter(descriptor: 1)
  let errors = LineWriter(descriptor: 2)

  func logger(_ level: Logger.Level) -> Logger {
    let handler = LogWriter(source: .part("chat"), format: .text, level: level, writer: errors)
    return Logger(label: "chat") { _ in handler }
  }

  func flush() {
    output.flush(milliseconds: 200)
    errors.flush(milliseconds: 50)
  }
}
