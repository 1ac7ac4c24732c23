import ArgumentParser
import Multiformats
import Identity
import Testing

@testable import uc_bot

@Suite("The command line")
struct RunOptionsTests {
  private let id = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"

  @Test("runs scripts without naming the subcommand, and with it")
  func defaultCommand() throws {
    for arguments in [["a.lua", "b.lua"], ["run", "a.lua", "b.lua"]] {
      #expect(try options(arguments).scripts == ["a.lua", "b.lua"])
    }
  }

  @Test("takes wanted peers from the flags and from the environment, each once, in this order")
  func connect() throws {
    let options = try options(
      ["x.lua", "--connect", "/ip4/1.1.1.1/tcp/1", "-c", "/dns4/example.org/tcp/2/p2p/\(id)"],
      environment: ["REMOTE_PEER": "/ip4/1.1.1.1/tcp/1", "REMOTE_PEERS": " /ip6/::1/tcp/3 ,/dnsaddr/example.org,,"])
    #expect(
      options.peer.connect.map(\.description) == [
        "/ip4/1.1.1.1/tcp/1", "/dns4/example.org/tcp/2/p2p/\(id)", "/ip6/::1/tcp/3", "/dnsaddr/example.org",
      ])
  }

  @Test("listens on a free port of all interfaces when nothing else is said")
  func listenDefault() throws {
    let options = try options(["x.lua"])
    #expect(options.peer.listen.map(\.description) == ["/ip4/0.0.0.0/tcp/0"])
    #expect(options.peer.listenIfPossible.map(\.description) == ["/ip6/::/tcp/0"])
  }

  @Test("listens where it is told, and on loopback only for the console")
  func listen() throws {
    #expect(try options(["x.lua", "-p", "9095"]).peer.listen.map(\.description) == ["/ip4/0.0.0.0/tcp/9095"])
    #expect(try options(["x.lua", "--listen", "/ip6/::1/tcp/1"]).peer.listen.map(\.description) == ["/ip6/::1/tcp/1"])
    #expect(try options(["x.lua", "--listen", "/ip6/::1/tcp/1"]).peer.listenIfPossible.isEmpty)
    let environment = ["LISTEN_ADDRS": "/ip4/127.0.0.1/tcp/5, /ip6/::1/tcp/6"]
    #expect(
      try options(["x.lua"], environment: environment).peer.listen.map(\.description)
        == ["/ip4/127.0.0.1/tcp/5", "/ip6/::1/tcp/6"])
    #expect(
      try options(["x.lua", "-p", "1"], environment: environment).peer.listen.map(\.description)
        == ["/ip4/0.0.0.0/tcp/1"])
    let console = try options(["x.lua", "--console"])
    #expect(console.peer.listen.map(\.description) == ["/ip4/127.0.0.1/tcp/0"])
    #expect(console.peer.listenIfPossible.isEmpty)
    #expect(
      try options(["x.lua", "--console", "-p", "1"]).peer.listen.map(\.description)
        == ["/ip4/0.0.0.0/tcp/1", "/ip4/127.0.0.1/tcp/0"])
  }

  @Test(
    "refuses addresses that cannot be used, with the address in the error",
    arguments: [
      ["--connect", "nonsense"], ["--connect", "/ip4/1.2.3.4"], ["--connect", "/ip4/1.2.3.4/udp/1/quic-v1"],
      ["--connect", "/ip4/1.2.3.4/tcp/70000"], ["--connect", "/ip4/1.2.3.4/tcp/1/ws"],
      ["--connect", "/ip4/1.2.3/tcp/1"], ["--connect", ""],
      ["--connect", "/ip4/1.2.3.4/tcp/1/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB/p2p-circuit"],
      ["--listen", "/dns4/example.org/tcp/1"], ["--listen", "/ip4/0.0.0.0/udp/1"], ["--listen", "/ip4/0.0.0.0"],
    ])
  func refuses(arguments: [String]) throws {
    do {
      _ = try options(["x.lua"] + arguments)
      Issue.record("accepted")
    } catch {
      let (text, code) = Main.outcome(of: error)
      #expect(code == 64)
      #expect(text.hasPrefix("uc-bot: \(arguments[0]) \(arguments[1])"))
      #expect(!text.contains("\n"))
    }
  }

  @Test("limits scripts within reason")
  func limits() throws {
    let options = try options(["x.lua", "--mem", "2", "--cpu", "50", "--tasks", "7", "--timers", "100000"])
    #expect(options.scriptMemory == 2_097_152)
    #expect(options.handlerMilliseconds == 50)
    #expect(options.scriptTasks == 7 && options.scriptTimers == 100_000)
    for arguments in [
      ["--mem", "0"], ["--mem", "99999999999"], ["--cpu", "-5"], ["--cpu", "9000000"], ["--tasks", "0"],
      ["--timers", "100001"],
    ] {
      #expect(throws: (any Error).self) { try self.options(["x.lua"] + arguments) }
    }
  }

  @Test("names the variable in an error about an address from the environment")
  func environmentError() throws {
    for name in ["REMOTE_PEERS", "LISTEN_ADDRS"] {
      do {
        _ = try options(["x.lua"], environment: [name: "/ip4/1.2.3.4/udp/1/quic-v1"])
        Issue.record("accepted")
      } catch {
        #expect(Main.outcome(of: error).text.hasPrefix("uc-bot: \(name): /ip4/1.2.3.4/udp/1/quic-v1: only TCP"))
      }
    }
  }

  @Test("refuses impossible ports, unknown options and levels, and a missing script, in one line with code 64")
  func usage() {
    for arguments in [
      ["x.lua", "--port", "65536"], ["x.lua", "--port", "-1"], ["x.lua", "--bogus"], ["x.lua", "--log-level", "loud"],
      ["x.lua", "--log", "xml"], [], ["x.lua", "--connect"],
    ] {
      do {
        _ = try options(arguments)
        Issue.record("accepted \(arguments)")
      } catch {
        let (text, code) = Main.outcome(of: error)
        #expect(code == 64, "\(arguments)")
        #expect(text.hasPrefix("uc-bot: "), "\(text)")
        #expect(!text.contains("\n"), "\(text)")
      }
    }
  }

  @Test("answers --help and --version in good order")
  func help() {
    for (arguments, word) in [(["--help"], "SUBCOMMANDS"), (["run", "--help"], "--connect"), (["--version"], "0.1.0")] {
      do {
        var command = try UCBot.parseAsRoot(arguments)
        try command.run()
        Issue.record("no help")
      } catch {
        let (text, code) = Main.outcome(of: error)
        #expect(code == 0)
        #expect(text.contains(word))
      }
    }
  }

  @Test("says what went wrong with an exit code of its kind")
  func failures() {
    #expect(Main.outcome(of: Failure(.noInput, "x.lua: no such file")) == ("uc-bot: x.lua: no such file", 66))
    #expect(Main.outcome(of: Failure(.unavailable, "y")) == ("uc-bot: y", 69))
  }

  private func options(_ arguments: [String], environment: [String: String] = [:]) throws -> RunOptions {
    guard let command = try UCBot.parseAsRoot(arguments) as? RunCommand else {
      throw UsageError("another command")
    }
    return try command.options(environment: environment)
  }

  @Test("takes admins in either text form of an id, and a prefix without spaces")
  func commands() throws {
    var options = try RunOptions(
      scripts: ["x.lua"], peer: PeerSettings(connect: [], listen: [], port: nil, environment: [:]))
    let peer = KeyPair.generate().peerID
    try options.setCommands(prefix: "?", admins: [peer.cid, "\(peer)"])
    #expect(options.prefix == "?")
    #expect(options.admins == ["\(peer)"])
    #expect(throws: UsageError.self) { try options.setCommands(prefix: "a b", admins: []) }
    #expect(throws: UsageError.self) { try options.setCommands(prefix: "", admins: []) }
    #expect(throws: UsageError.self) { try options.setCommands(prefix: "!", admins: ["nobody"]) }
  }
}
