import Foundation
import Testing

/// `uc-bot dht` as its user meets it: what it says, and with which code it ends. What it finds is shown by `suite_dht`.
@Suite("uc-bot dht")
struct DHTCommandTests {
  private static let peer = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"
  private static let nobody = "/ip4/127.0.0.1/tcp/1/p2p/\(peer)"

  private static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandProcess {
    try CommandProcess(["dht"] + arguments, environment: environment)
  }

  @Test(
    "refuses what makes no sense, before it asks anybody",
    arguments: [
      (["find-peer", "nobody", "--bootstrap", nobody], "nobody"), (["find-peer", peer], "--bootstrap"),
      (["find-providers", "x", "--bootstrap", "here"], "here"), (["put", "--bootstrap", nobody], "NAME TEXT"),
      (["get", "/pk/\(peer)", "--bootstrap", nobody, "--timeout", "0"], "--timeout"), (["provide"], "key"),
    ] as [([String], String)])
  func usage(_ arguments: [String], _ word: String) async throws {
    let command = try Self.run(arguments)
    #expect(try await command.exit() == 64)
    #expect(command.errors.contains(word), "\(command.errors)")
    #expect(command.output.isEmpty)
  }

  @Test("says at once which peer to begin with cannot be reached, and why")
  func unreachable() async throws {
    // It does not wait for answers that cannot come: for this long the test would not.
    let time = ["--timeout", "3600"]
    for environment in [[:], ["BOOTSTRAP_PEERS": Self.nobody]] {
      let flags = environment.isEmpty ? ["--bootstrap", Self.nobody] : []
      let command = try Self.run(["find-providers", "x"] + flags + time, environment: environment)
      #expect(try await command.exit() == 69)
      #expect(
        command.errors.contains("/ip4/127.0.0.1/tcp/1") && command.errors.contains("refused"), "\(command.errors)")
    }
  }

  @Test("says that a peer serves no table, when its time is up")
  func notServed() async throws {
    let script = try Script("")
    let bot = try CommandProcess([script.path, "--listen", "/ip4/127.0.0.1/tcp/0"])
    let address = try await bot.line("Listening on: ")
    let command = try Self.run(["get", "/pk/\(Self.peer)", "--bootstrap", address, "--timeout", "1"])
    #expect(try await command.exit() == 69)
    #expect(command.errors.contains("within 1"), "\(command.errors)")
    bot.signal(SIGTERM)
    #expect(try await bot.exit() == 0)
  }

  @Test("ends with 1 where nobody has it, with 0 where somebody has, and when a signal comes")
  func answers() async throws {
    let loopback = ["--listen", "/ip4/127.0.0.1/tcp/0"]
    let server = try Self.run(["serve"] + loopback)
    let address = try await server.line("listening on ")
    let begin = loopback + ["--bootstrap", address]
    let provider = try Self.run(["provide", "key"] + begin)
    #expect(try await provider.line("12D3KooW").hasSuffix(" announced to 1 peer(s)"))
    let found = try Self.run(["find-providers", "key"] + begin)
    #expect(try await found.exit() == 0)
    #expect(found.output.hasPrefix("/ip4/127.0.0.1/tcp/"))
    for arguments in [
      ["find-providers", "other"], ["find-peer", Self.peer], ["get", "/pk/\(Self.peer)"], ["get", "/unknown/x"],
      ["provide", "--once", String(repeating: "k", count: 81)],
    ] {
      let command = try Self.run(arguments + begin)
      #expect(try await command.exit() == 1, "\(arguments)")
      #expect(!command.output.isEmpty || !command.errors.isEmpty)
    }
    for process in [provider, server] {
      process.signal(SIGINT)
      #expect(try await process.exit() == 0)
    }
  }
}
