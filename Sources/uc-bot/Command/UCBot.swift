import ArgumentParser
import Kademlia
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command `uc-bot`.
struct UCBot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uc-bot",
    abstract: "Chat bots in Lua for the universal-connectivity network of libp2p.",
    discussion: """
      Start here: uc-bot bots/echo.lua --console, or, to chat yourself: uc-bot chat

      Exit codes: 0 ended in good order; 64 wrong usage, a malformed address included; 65 a script does not compile or \
      fails while it loads, or an identity file is damaged; 66 a file cannot be read; 69 an address cannot be listened \
      on, or nobody hears what is piped into chat; 73 a file cannot be made; 70 anything else.
      """,
    version: Version.current,
    subcommands: [
      RunCommand.self, ChatCommand.self, ConsoleCommand.self, TestCommand.self, CheckCommand.self, NewCommand.self,
      TypesCommand.self,
      DHTCommand.self, DoctorCommand.self,
    ],
    defaultSubcommand: RunCommand.self)
}

/// The version of the program.
enum Version {
  static let current = "0.1.0"
  /// What identify tells of the software; `[\w./:-]` only, as a checker of the lessons reads no other characters.
  static let agent = "uc-bot/\(current)"
  /// The same where no person, but scripts speak: other bots leave its messages out unless they ask for them. The part
  /// behind the version says what an instance is for; "console" is a person's.
  static let botAgent = agent + "/bot"
}

/// Where the program begins.
///
/// Not ArgumentParser's own `main`, because an error is one line that begins with `uc-bot:`, with an exit code that says
/// what kind of error it is.
@main
enum Main {
  static func main() async {
    // A closed pipe is an error of one write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    DescriptorLimit.raise()
    do {
      var command = try UCBot.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      exit(report(error))
    }
    exit(0)
  }

  /// Prints what is to be said of an error and returns the exit code.
  static func report(_ error: any Error) -> Int32 {
    let (text, code) = outcome(of: error)
    guard !text.isEmpty else { return code }
    let descriptor = code == 0 ? STDOUT_FILENO : STDERR_FILENO
    let isJournal = Journal.isBehind(descriptor, stream: Environment.variables[Journal.variable])
    let bytes = Array(((isJournal ? Journal.marked(text, level: code == 0 ? .info : .error) : text) + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
    return code
  }

  /// The text and the exit code that belong to an error. Help and version are errors to ArgumentParser, with code 0.
  static func outcome(of error: any Error) -> (text: String, code: Int32) {
    switch error {
    case let failure as Failure: return ("uc-bot: \(failure)", failure.code.rawValue)
    case let error as KademliaError: return ("uc-bot: dht: \(error)", ExitCode.failure.rawValue)
    // What there is to say has been said.
    case let code as ExitCode: return ("", code.rawValue)
    case let usage as UsageError: return ("uc-bot: \(usage)", ExitCode.validationFailure.rawValue)
    default:
      let code = UCBot.exitCode(for: error)
      if code.isSuccess {
        let text = UCBot.fullMessage(for: error)
        // Who asks for help has not heard of sub-commands: the options of the default one belong on the first page.
        return (text == UCBot.helpMessage() ? "\(text)\n\n\(UCBot.helpMessage(for: RunCommand.self))" : text, 0)
      }
      // Some messages list choices, one on a line.
      let message = UCBot.message(for: error).split(whereSeparator: \.isNewline)
        .map { $0.drop(while: \.isWhitespace) }.joined(separator: " ")
      if code == .validationFailure { return ("uc-bot: \(message) (see uc-bot --help)", code.rawValue) }
      return ("uc-bot: \(message)", Failure.Code.software.rawValue)
    }
  }
}
