import ArgumentParser

/// `uc-bot doctor`: what is wrong with my set-up.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what is wrong with the set-up, and what to do about it.",
    discussion: """
      Takes the options that the bot is run with, looks at what they mean and at the machine, and prints a line for each \
      thing: ok, warn or fail, what was found, and the remedy. It runs no script, writes nothing, and connects to nobody \
      but the addresses given with --connect.

      Exit codes: 0 nothing fails (warnings included); 1 something does; 64 wrong usage.
      """)

  @Argument(help: "Scripts to check.", completion: .file(extensions: ["lua"]))
  var scripts: [String] = []

  @Option(
    name: [.customShort("c"), .long],
    help: ArgumentHelp("A peer to reach; repeatable, as are REMOTE_PEER and REMOTE_PEERS.", valueName: "address"))
  var connect: [String] = []

  @Option(help: ArgumentHelp("An address to listen on; repeatable.", valueName: "address"))
  var listen: [String] = []

  @Option(name: [.customShort("p"), .long], help: "A TCP port of all interfaces to listen on.")
  var port: Int?

  @Option(help: ArgumentHelp("The file with the private key.", valueName: "file"), completion: .file())
  var identity: String?

  @Option(help: ArgumentHelp("The folder that scripts keep values in.", valueName: "folder"), completion: .directory)
  var store: String?

  @Option(
    help: ArgumentHelp("The file of --config; what it says of this command counts too.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  func run() throws {
    let environment = Environment.variables
    var findings = MachineChecks.all(environment: environment)
    var scripts = scripts
    // The file's words for the run command; those given here win, as they do there.
    var run: RunCommand?
    if let config {
      do throws(Failure) {
        let file = try ConfigFile(path: config, problem: RunCommand.problem)
        run = try? RunCommand.parse(file.arguments)
        if scripts.isEmpty { scripts = file.scripts }
        findings.append(.ok("config", config))
      } catch {
        findings.append(.fail("config", "\(error)", "mend that line; docs/api.md tells of uc.config"))
      }
    }
    if let identity = identity ?? run?.peer.identity { findings.append(FileChecks.identity(identity)) }
    findings += FileChecks.store(StoreFolder.choose(flag: store ?? run?.store, environment: environment))
    let connect = (run?.peer.connect ?? []) + connect
    let listen = (run?.peer.listen ?? []) + listen
    let port = port ?? run?.peer.port
    // Only addresses that can be listened on are tried; the others are usage errors, as they are for run.
    let peer = try PeerSettings(connect: [], listen: listen, port: port, environment: [:])
    if !listen.isEmpty || port != nil {
      findings += peer.listen.map { NetworkChecks.listening(on: $0) }
    }
    let named = PeerSettings.variables.flatMap {
      (environment[$0] ?? "").split(separator: ",").map(String.init)
    }
    findings += (connect + named.map { String($0.filter { !$0.isWhitespace }) }).filter { !$0.isEmpty }
      .map { NetworkChecks.reaching($0) }
    findings += scripts.map { FileChecks.script($0) }
    for finding in findings { print(finding.line) }
    let failures = findings.count { $0.verdict == .fail }
    let warnings = findings.count { $0.verdict == .warn }
    print(
      failures == 0
        ? "nothing fails" + (warnings == 0 ? "" : "; \(warnings) warning\(warnings == 1 ? "" : "s")")
        : "\(failures) of \(findings.count) fail")
    if failures > 0 { throw ExitCode.failure }
  }
}
