import Foundation
import Identity
import Kademlia
import Multiformats
import NIOCore
import Swarm
import Testing
@testable import UniversalConnectivity

@testable import uc_bot

@Suite("--workshop")
struct WorkshopTests {
  private let id = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"
  private let room = "universal-connectivity"
  private let lessons = WorkshopLines(fileTopic: "universal-connectivity-file")

  private func lines(_ event: ChatEvent) -> [String] { lessons.lines(for: .chat(event)) }

  private func message(_ bytes: ByteBuffer) throws -> ChatEvent {
    .message(ChatMessage(id: [1], from: try PeerID(id), data: bytes, room: room, receivedNanos: 0))
  }

  @Test("prints what the lessons print, letter by letter")
  func texts() throws {
    let peer = try PeerID(id)
    let address = try Multiaddr("/ip4/1.2.3.4/tcp/1")
    var info = IdentifyInfo()
    info.agent = "universal-connectivity/0.1.0"
    info.protocolVersion = "/ipfs/id/1.0.0"
    info.protocols = ["/a", "/b"]
    #expect(lessons.lines(for: .starting) == ["Starting Universal Connectivity Application..."])
    #expect(lessons.lines(for: .localPeer(peer)) == ["Local peer id: \(id)"])
    #expect(lessons.lines(for: .published(topic: room)) == ["Published test message to 'universal-connectivity' topic"])
    #expect(lessons.lines(for: .notPublished(reason: "why")) == ["Failed to publish message: why"])
    let expected: [(ChatEvent, [String])] = [
      (.joined(topic: room), ["Subscribed to topic: universal-connectivity"]),
      (.connected(peer, address, .outbound), ["Connected to: \(id) via /ip4/1.2.3.4/tcp/1"]),
      (.disconnected(peer, reason: nil), ["Connection to \(id) closed gracefully"]),
      (.disconnected(peer, reason: "reset"), ["Connection to \(id) closed with error: reset"]),
      (
        .dialFailed(address, reason: "refused", retryIn: .seconds(1)),
        ["Failed to connect to /ip4/1.2.3.4/tcp/1: refused"]
      ),
      (
        .dialFailed(try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(id)"), reason: "refused", retryIn: .seconds(1)),
        ["Failed to connect to \(id): refused"]
      ),
      (
        .identified(peer, info),
        [
          "Identified peer: \(id) with protocol version: /ipfs/id/1.0.0",
          "Peer agent: universal-connectivity/0.1.0", "Peer supports 2 protocols",
        ]
      ),
      (.identifySent(peer), ["Sent identify info to: \(id)"]),
      (.identifyFailed(peer, reason: "timeout"), ["Identify error with \(id): timeout"]),
      (.pinged(peer, seconds: 0.000_12), ["Received a ping from \(id), round trip time: 0 ms"]),
      (.pinged(peer, seconds: 1.239), ["Received a ping from \(id), round trip time: 1239 ms"]),
      (.pinged(peer, seconds: .infinity), ["Received a ping from \(id), round trip time: 1000000000 ms"]),
      (.pingFailed(peer, reason: "timeout"), ["Ping failed to \(id): timeout"]),
      (.subscribed(peer, topic: room), ["Peer \(id) subscribed to 'universal-connectivity'"]),
      (.unsubscribed(peer, topic: room), ["Peer \(id) unsubscribed from 'universal-connectivity'"]),
      (
        .fileAnnounced(FileAnnouncement(from: peer, id: "a.txt", receivedNanos: 0)),
        ["Received message on topic 'universal-connectivity-file': a.txt from \(id) (type: 1)"]
      ),
      (
        .malformed(peer, MalformedInput(kind: .fileAnnouncement, reason: "x")),
        ["Received invalid message on topic 'universal-connectivity-file'"]
      ),
      (
        .malformed(peer, MalformedInput(kind: .peerAnnouncement, reason: "x")),
        ["Received invalid message on topic 'universal-connectivity-browser-peer-discovery'"]
      ),
      (.malformed(peer, MalformedInput(kind: .directMessage, reason: "x")), []),
      (.listening(address), []), (.ready(meshPeers: 1), []), (.mesh(peers: 1), []),
    ]
    for (event, lines) in expected { #expect(self.lines(event) == lines, "\(event)") }
  }

  @Test("prints what lesson 7 prints of the distributed hash table")
  func table() throws {
    let peer = try PeerID(id)
    let addresses = ["/ip4/1.2.3.4/tcp/1", "/ip6/::1/tcp/2"]
    let known = KadPeer(id: peer, addresses: try addresses.map { try Multiaddr($0) })
    let bootstrap = try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(id)")
    let expected: [(KademliaEvent, [String])] = [
      (.bootstrapping(bootstrap), ["Adding bootstrap peer: \(id) with multiaddr: \(bootstrap)"]),
      (.bootstrapped(peers: 1), ["Kademlia bootstrap completed successfully"]),
      (.bootstrapFailed, ["Kademlia bootstrap timed out"]),
      (.added(known), ["New peer added to routing table: \(id) with 2 addresses"]),
      (.replaced(known, old: peer), ["Peer \(id) replaced \(id) in routing table"]),
      (.neighbours([]), ["Found 0 closest peers"]),
      (
        .neighbours([known]),
        [
          "Found 1 closest peers",
          "Closest peer: PeerInfo { peer_id: PeerId(\"\(id)\"), addrs: [/ip4/1.2.3.4/tcp/1, /ip6/::1/tcp/2] }",
        ]
      ),
      // The dial is told of already; the others have no line.
      (.unreachable(bootstrap, "refused"), []), (.serving, []), (.refused(peer, "why"), []),
    ]
    for (event, lines) in expected { #expect(lessons.lines(for: .dht(event)) == lines, "\(event)") }
  }

  @Test("shows messages of every form, and tells of what is none", arguments: PayloadCodec.allCases)
  func messages(codec: PayloadCodec) throws {
    let payload = try codec.encode(
      ByteBuffer(string: "hi\u{1B}[2J"), from: KeyPair.generate().peerID, nick: "n", unixNanos: 0)
    #expect(
      lines(try message(payload))
        == ["Received message on topic 'universal-connectivity': hi␛[2J from \(id) (type: 0)"])
    #expect(
      lines(try message(ByteBuffer(bytes: [0xFF, 0xFE])))
        == ["Received invalid message on topic 'universal-connectivity'"])
  }

  @Test("the room is greeted for each peer that joins, once while it is connected, never twice with the same words")
  func greetings() throws {
    var greetings = WorkshopGreetings()
    let (one, other) = (KeyPair.generate().peerID, KeyPair.generate().peerID)
    var greeted = [one, one, other].map { greetings.joined($0) }
    greetings.disconnected(one)
    greeted += [one, other].map { greetings.joined($0) }
    #expect(greeted == [true, false, true, true, false])
    #expect(WorkshopGreetings.text(from: one, unixNanos: 1) != WorkshopGreetings.text(from: one, unixNanos: 2))
    #expect(WorkshopGreetings.text(from: one, unixNanos: 1).hasPrefix("Hello from \(one)!"))
  }

  private func options(_ arguments: [String]) throws -> RunOptions {
    try RunCommand.parse(arguments).options(environment: [:])
  }

  @Test("needs no script, and is a bot only with one")
  func options() throws {
    let options = try options(["--workshop"])
    #expect(options.isWorkshop && options.scripts.isEmpty)
    #expect(options.peer.agent == Version.agent)
    #expect(try self.options(["--workshop", "x.lua"]).peer.agent == Version.botAgent)
    #expect(throws: UsageError.self) { try self.options([]) }
  }

  @Test(
    "refuses what a checker of the lessons could not read, and the console",
    arguments: [["--console"], ["--codec", "json"], ["--agent", "two words"], ["--agent", "ä"]])
  func refused(arguments: [String]) {
    #expect(throws: UsageError.self) { try options(["--workshop", "x.lua"] + arguments) }
  }

  @Test("takes every agent that a checker's regular expression takes")
  func agents() throws {
    let all = "/azAZ09_.:-"
    #expect(try options(["--workshop", "--agent", all]).peer.agent == all)
    #expect((0...255).count { WorkshopLines.isAgentByte(UInt8($0)) } == 26 + 26 + 10 + 5)
  }

  @Test("a peer of it writes flat, follows the three topics and pings each second")
  func peer() {
    var configuration = ChatNodeConfiguration(identity: .generate())
    configuration.joinWorkshop()
    #expect(configuration.codec == .flat)
    #expect(configuration.files.follows && configuration.discovery.follows)
    #expect(!configuration.files.announces && !configuration.discovery.announces)
    #expect(configuration.pingInterval == .seconds(1))
  }

  @Test("two processes of it greet each other, and print nothing but the lines of the lessons")
  func processes() async throws {
    let host = try CommandProcess(["--workshop", "--listen", "/ip4/127.0.0.1/tcp/0"])
    let hostID = try await host.line("Local peer id: ")
    try await host.errorText("/p2p/\(hostID)")
    let address = try #require(host.errors.firstMatch(of: /\/ip4\/127\.0\.0\.1\/tcp\/\d+/)?.output)
    let guest = try CommandProcess(
      ["--workshop", "--listen", "/ip4/127.0.0.1/tcp/0"], environment: ["REMOTE_PEERS": String(address)])
    let guestID = try await guest.line("Local peer id: ")
    for (process, other) in [(host, guestID), (guest, hostID)] {
      for topic in [room, "universal-connectivity-file", "universal-connectivity-browser-peer-discovery"] {
        try await process.outputText("Subscribed to topic: \(topic)\n")
        try await process.outputText("Peer \(other) subscribed to '\(topic)'\n")
      }
      _ = try await process.line("Connected to: \(other) via ")
      _ = try await process.line("Sent identify info to: \(other)")
      _ = try await process.line("Identified peer: \(other) with protocol version: ")
      #expect(try await process.line("Peer agent: ") == "uc-bot/0.1.0")
      _ = try await process.line("Received a ping from \(other), round trip time: ")
      _ = try await process.line("Published test message to 'universal-connectivity' topic")
      let heard = try await process.line("Received message on topic 'universal-connectivity': Hello from \(other)! (")
      #expect(heard.hasSuffix(") from \(other) (type: 0)"))
    }
    guest.signal(SIGTERM)
    #expect(try await guest.exit(within: 10) == 0)
    // With an error where the guest's socket still held something that the host had said.
    _ = try await host.line("Connection to \(guestID) closed ")
    host.signal(SIGINT)
    #expect(try await host.exit(within: 10) == 0)
    let known = [
      "Starting Universal Connectivity Application...", "Local peer id: ", "Subscribed to topic: ", "Connected to: ",
      "Connection to ", "Identified peer: ", "Peer agent: ", "Peer supports ", "Sent identify info to: ",
      "Received a ping from ", "Peer 12D3KooW", "Published test message to ", "Received message on topic ",
      "Failed to connect to ",
    ]
    for line in (host.output + guest.output).split(separator: "\n") {
      #expect(known.contains { line.hasPrefix($0) }, "\(line)")
    }
  }
}
