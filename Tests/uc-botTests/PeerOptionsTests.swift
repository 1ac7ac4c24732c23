import ArgumentParser
import Identity
import Testing
import UniversalConnectivity

@testable import uc_bot

@Suite("The options that make a peer")
struct PeerOptionsTests {
  private func configuration(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ChatNodeConfiguration {
    try PeerOptions.parse(arguments).settings(environment: environment, agent: "uc-bot/1/part")
      .configuration(identity: .generate())
  }

  @Test("without any, a peer is what the live applications are, and takes signed messages only")
  func defaults() throws {
    let configuration = try configuration([])
    #expect(configuration.topic == "universal-connectivity")
    #expect(configuration.fileTopic == "universal-connectivity-file")
    #expect(configuration.agent == "uc-bot/1/part")
    #expect(configuration.codec == .raw)
    #expect(configuration.strictSigning)
    #expect(configuration.nick == nil)
    #expect(configuration.connect.isEmpty)
    // What only costs others something is off.
    #expect(configuration.files.follows && !configuration.files.announces)
    #expect(!configuration.discovery.follows && !configuration.discovery.announces)
    #expect(!configuration.discovery.allowsLocalAddresses)
  }

  @Test("each of them reaches the peer")
  func all() throws {
    let configuration = try configuration(
      [
        "--room", "lobby", "--agent", "universal-connectivity/0.1.0", "--codec", "oneof", "--no-strict-signing",
        "--nick", "alice", "-c", "/ip4/1.1.1.1/tcp/1", "--listen", "/ip4/127.0.0.1/tcp/2",
      ], environment: ["REMOTE_PEERS": "/ip4/1.1.1.1/tcp/3"])
    #expect(configuration.topic == "lobby")
    #expect(configuration.fileTopic == "lobby-file")
    #expect(configuration.agent == "universal-connectivity/0.1.0")
    #expect(configuration.codec == .oneof)
    #expect(!configuration.strictSigning)
    #expect(configuration.nick == "alice")
    #expect(configuration.connect.map(\.description) == ["/ip4/1.1.1.1/tcp/1", "/ip4/1.1.1.1/tcp/3"])
    #expect(configuration.listen.map(\.description) == ["/ip4/127.0.0.1/tcp/2"])
  }

  @Test("peers find each other that were told to")
  func discovery() throws {
    #expect(try configuration(["--discover"]).discovery.follows)
    #expect(try configuration(["--mdns"]).discovery.asksLocalNetwork)
    #expect(try !configuration([]).discovery.asksLocalNetwork)
    let announced = try configuration(["--discoverable", "--discover-local"]).discovery
    #expect(announced.announces && announced.allowsLocalAddresses && !announced.follows)
  }

  @Test("every codec has its name", arguments: PayloadCodec.allCases)
  func codecs(codec: PayloadCodec) throws {
    #expect(try configuration(["--codec", codec.rawValue]).codec == codec)
  }

  @Test(
    "what no peer can be is a usage error that names the option",
    arguments: [
      ["--room", ""], ["--room", String(repeating: "r", count: 1_025)], ["--room", "a\tb"], ["--agent", ""],
      ["--agent", "two\nlines"],
      ["--agent", "\u{1B}[2J"], ["--agent", String(repeating: "a", count: 257)], ["--codec", "xml"], ["--codec", ""],
    ])
  func refused(arguments: [String]) throws {
    do {
      _ = try configuration(arguments)
      Issue.record("accepted")
    } catch {
      let text = error is UsageError ? "\(error)" : PeerOptions.message(for: error)
      #expect(text.contains(arguments[0]), "\(text)")
      #expect(!text.unicodeScalars.contains("\u{1B}") && text.count < 400, "\(text)")
    }
  }

  @Test("they stand in the file of --config as well")
  func file() throws {
    let file = try ConfigFile(
      text: "[uc-bot]\nroom = 'lobby'\nagent = 'a/1'\ncodec = 'json'\nno-strict-signing = true\nport = 9095",
      path: "/etc/bots.toml", problem: RunCommand.problem)
    let command = try RunCommand.parse(file.arguments + ["x.lua", "--room", "other"])
    let peer = try command.options(environment: [:]).peer
    #expect(peer.room == "other")
    #expect(peer.agent == "a/1")
    #expect(peer.codec == .json)
    #expect(!peer.strictSigning)
    #expect(peer.listen.map(\.description) == ["/ip4/0.0.0.0/tcp/9095"])
    let wrong = #expect(throws: Failure.self) {
      try ConfigFile(text: "[uc-bot]\ncodec = 'xml'", path: "/etc/bots.toml", problem: RunCommand.problem)
    }
    #expect(wrong?.description.hasPrefix("/etc/bots.toml:2: uc-bot.codec: ") == true)
  }

  @Test("a bot says in its agent that it is one")
  func bot() throws {
    #expect(try RunCommand.parse(["x.lua"]).options(environment: [:]).peer.agent == Version.botAgent)
  }
}
