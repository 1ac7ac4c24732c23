import ArgumentParser
import Identity
import Testing
import UniversalConnectivity

@testable import uc_bot

@Suite("The command chat")
struct ChatCommandTests {
  private func options(
    _ arguments: [String], environment: [String: String] = [:], isTerminal: Bool = true
  ) throws -> ChatOptions {
    try ChatCommand.parse(arguments).options(environment: environment, isTerminal: isTerminal)
  }

  private func setup(_ options: ChatOptions) -> ChatSession.Setup {
    options.setup(peer: .made(of: 1), configuration: options.configuration(identity: .generate()))
  }

  @Test("takes the seed's arguments, and the peers of the environment")
  func seed() throws {
    let options = try options(
      ["--nick", "bob", "-p", "4002", "-c", "/ip4/127.0.0.1/tcp/1"],
      environment: [
        "REMOTE_PEER": "/ip4/127.0.0.1/tcp/2", "BOOTSTRAP_PEERS": "/ip4/127.0.0.1/tcp/3,/ip4/127.0.0.1/tcp/4",
      ])
    let configuration = options.configuration(identity: .generate())
    #expect(configuration.connect.map(\.description).map { $0.suffix(1) } == ["1", "2", "3", "4"])
    #expect(configuration.listen.map(\.description) == ["/ip4/0.0.0.0/tcp/4002"])
    #expect(setup(options).nick == "bob")
    #expect(setup(options).hasWantedPeers)
  }

  @Test("is a person's peer: no bot by its agent, and with the topic of files")
  func agent() throws {
    let configuration = try options([]).configuration(identity: .generate())
    #expect(configuration.agent == Version.agent)
    #expect(!configuration.agent.contains("/bot"))
    #expect(configuration.files.follows)
    #expect(setup(try options([])).topics == ["chat", "files"])
  }

  @Test("knows who types")
  func typist() throws {
    #expect(try options([]).typist == .person)
    #expect(try options([], isTerminal: false).typist == .pipe)
    #expect(try options(["--headless"]).typist == .nobody)
    #expect(setup(try options(["--headless"])).isVerbose)
    #expect(setup(try options(["-v"])).isVerbose)
  }

  @Test("greets for a person, and says nothing but what is piped for a pipe, unless it is told to")
  func intro() throws {
    #expect(setup(try options(["--nick", "bob"])).intro == "Hello from bob!")
    #expect(setup(try options([])).intro == "Hello from \(PeerID.made(of: 1).short)!")
    #expect(setup(try options(["--no-intro"])).intro == nil)
    #expect(setup(try options(["--intro", "hey"], isTerminal: false)).intro == "hey")
    #expect(setup(try options([], isTerminal: false)).intro == nil)
    #expect(throws: (any Error).self) { try options(["--intro", "x", "--no-intro"]) }
  }

  @Test("keeps the system messages where it is told to")
  func systemLog() throws {
    #expect(try options([]).systemLog == .usual)
    #expect(try options(["--system-log", "x.txt"]).systemLog == .at("x.txt"))
    #expect(try options(["--no-system-log"]).systemLog == .off)
    #expect(throws: (any Error).self) { try options(["--system-log", "x", "--no-system-log"]) }
  }

  @Test("knows the home of who types a path")
  func home() throws {
    let options = try options([], environment: ["HOME": "/home/x"])
    #expect(options.expanded("~/a") == "/home/x/a")
    #expect(options.expanded("~x/a") == "~x/a")
    #expect(options.expanded("a~") == "a~")
    #expect(options.downloads.path == "/home/x/Downloads/uc-bot")
  }

  @Test("shows entries as lines")
  func lines() {
    let bob = ChatEntry.Speaker(id: "x", name: "bob")
    #expect(LineFrontEnd.text(.said(bob, text: "hi")) == "[bob]: hi")
    #expect(LineFrontEnd.text(.saidByUs(text: "hi", peers: 1)) == "✓ Message sent to 1 peer(s)")
    #expect(LineFrontEnd.text(.directFrom(bob, text: "hi")) == "[bob] to you: hi")
    #expect(LineFrontEnd.text(.directTo(bob, text: "hi")) == "✓ Sent to bob alone")
    #expect(LineFrontEnd.text(.system("x")) == "x")
    #expect(LineFrontEnd.text(.failure("x")) == "⚠ x")
  }
}
