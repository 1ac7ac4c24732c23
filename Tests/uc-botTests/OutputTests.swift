import Identity
import Multiformats
import NIOCore
import Swarm
import Testing
import UniversalConnectivity

@testable import uc_bot

@Suite("Lines of JSON")
struct JSONObjectTests {
  @Test(
    "escape what would break them or the terminal that shows them",
    arguments: [
      ("plain", #""plain""#),
      (#"a "quoted" \ text"#, #""a \"quoted\" \\ text""#),
      ("one\ntwo\r\tend", #""one\ntwo\r\tend""#),
      ("\u{1b}[2J\u{0}\u{7f}\u{9b}", #""\u001b[2J\u0000\u007f\u009b""#),
      ("\u{2028}\u{202e}", #""\u2028\u202e""#),
      ("Grüße 👋", #""Grüße 👋""#),
    ])
  func escapes(text: String, json: String) {
    var quoted = ""
    JSONObject.appendQuoted(text, to: &quoted)
    #expect(quoted == json)
  }

  @Test("hold fields of every kind")
  func fields() {
    var object = JSONObject()
    object.add("text", "a")
    object.add("count", 3)
    object.add("seconds", 0.25)
    object.add("endless", Double.infinity)
    object.add("flag", true)
    object.add("list", ["x", "y\n"])
    object.add("none", [])
    #expect(
      object.line
        == #"{"text":"a","count":3,"seconds":0.25,"endless":null,"flag":true,"list":["x","y\n"],"none":[]}"#)
  }

  @Test("are valid when they are empty")
  func empty() {
    #expect(JSONObject().line == "{}")
  }
}

@Suite("Times as text")
struct TimeTextTests {
  @Test(
    "moments are RFC 3339",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000Z"),
      (1_700_000_000_123_999_999, "2023-11-14T22:13:20.123Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
    ])
  func moments(nanoseconds: Int64, text: String) {
    #expect(Timestamp.rfc3339(nanoseconds: nanoseconds) == text)
  }

  @Test(
    "round trips have three significant digits",
    arguments: [
      (0.000121, "0.121"), (0.00005, "0.05"), (0.0012345, "1.23"), (0.0123456, "12.3"), (0.1234, "123"),
      (1.5, "1500"), (0, "0"), (-1, "0"), (Double.nan, "0"), (0.00999999, "10"),
    ])
  func roundTrips(seconds: Double, text: String) {
    #expect(Milliseconds.text(seconds: seconds) == text)
  }

  @Test("large numbers do not trap")
  func large() {
    #expect(Milliseconds.fixed(1e300, decimals: 2) == "1e+300")
    #expect(Milliseconds.fixed(-2.5, decimals: 1) == "-2.5")
    #expect(Milliseconds.fixed(0.05, decimals: 1) == "0.1")
  }
}

@Suite("Lines of events")
struct EventLineTests {
  private let id = "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"
  private let topic = "universal-connectivity"

  @Test("read as the lessons of universal-connectivity print them")
  func texts() throws {
    let peer = try PeerID(id)
    let address = try Multiaddr("/ip4/1.2.3.4/tcp/1")
    var info = IdentifyInfo()
    info.agent = "kubo/0.39"
    info.protocolVersion = "ipfs/0.1.0"
    #expect(EventLine.starting.text == "Starting Universal Connectivity Application...")
    #expect(EventLine.localPeer(peer).text == "Local peer id: \(id)")
    let expected: [(ChatEvent, String)] = [
      (.listening(try Multiaddr("/ip4/1.2.3.4/tcp/1/p2p/\(id)")), "Listening on: /ip4/1.2.3.4/tcp/1/p2p/\(id)"),
      (.joined(topic: topic), "Subscribed to topic: universal-connectivity"),
      (.connected(peer, address, .outbound), "Connected to: \(id) via /ip4/1.2.3.4/tcp/1"),
      (.disconnected(peer, reason: nil), "Connection to \(id) closed gracefully"),
      (.disconnected(peer, reason: "reset"), "Connection to \(id) closed with error: reset"),
      (.identified(peer, info), "Received identify from \(id): protocol_version: ipfs/0.1.0, agent: kubo/0.39"),
      (.pinged(peer, seconds: 0.00012), "Received a ping from \(id), round trip time: 0.12 ms"),
      (.pingFailed(peer, reason: "timeout"), "Ping failed to \(id): timeout"),
      (.subscribed(peer, topic: topic), "Peer \(id) subscribed to 'universal-connectivity'"),
      (.unsubscribed(peer, topic: topic), "Peer \(id) unsubscribed from 'universal-connectivity'"),
      (.message(try message("hi")), "[HYdBfeSB]: hi"),
      (
        .dialFailed(address, reason: "connection refused", retryIn: .milliseconds(1_234)),
        "Failed to connect to /ip4/1.2.3.4/tcp/1: connection refused; trying again in 1.2 s"
      ),
    ]
    for (event, text) in expected { #expect(EventLine.chat(event).text == text) }
  }

  @Test("never carry a terminal escape or a forged line from a peer")
  func harmless() throws {
    let line = EventLine.chat(.message(try message("a\u{1b}[31m\n[other123]: b"))).text
    #expect(line == "[HYdBfeSB]: a␛[31m␊[other123]: b")
    var info = IdentifyInfo()
    info.agent = "x\ny"
    info.protocolVersion = "\u{1b}c"
    let identified = EventLine.chat(.identified(try PeerID(id), info)).text
    #expect(identified.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  @Test("mark a message that was cut")
  func cut() throws {
    let line = EventLine.chat(.message(try message(String(repeating: "x", count: 5_000)))).text
    #expect(line.hasSuffix("xx…"))
  }

  @Test("are objects with time, level, event and fields in JSON")
  func json() throws {
    let connected = EventLine.chat(.connected(try PeerID(id), try Multiaddr("/ip4/1.2.3.4/tcp/1"), .inbound))
    #expect(
      connected.json(nanoseconds: 0)
        == #"{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"connected","peer":"\#(id)","#
        + #""address":"/ip4/1.2.3.4/tcp/1","direction":"inbound"}"#)
    let message = EventLine.chat(.message(try message("a\"\u{1b}"))).json(nanoseconds: 0)
    #expect(message.contains(#""text":"a\"\u001b","id":"00ff","truncated":false"#))
  }

  @Test("of the chat are left when a user wants notices only, and warnings below that")
  func levels() throws {
    let peer = try PeerID(id)
    #expect(EventLine.chat(.message(try message("x"))).level == .notice)
    #expect(EventLine.chat(.pinged(peer, seconds: 1)).level == .info)
    #expect(EventLine.chat(.pingFailed(peer, reason: "x")).level == .warning)
  }

  private func message(_ text: String) throws -> ChatMessage {
    ChatMessage(
      id: [0, 0xFF], from: try PeerID(id), data: ByteBuffer(string: text), room: topic, receivedNanos: 0)
  }
}

@Suite("Lines of the log")
struct LogLineTests {
  @Test("have time, level, source, message and fields, and nothing that acts on a terminal")
  func text() {
    let line = LogLine(
      level: .warning, source: .part("swarm"), message: "odd\u{7} peer", fields: [("agent", "\u{1b}c\nx")])
    #expect(line.text(nanoseconds: 0) == "1970-01-01T00:00:00.000Z warning swarm: odd␇ peer agent=␛c␊x")
  }

  @Test("name the script, and the level where it matters")
  func script() {
    var line = LogLine(level: .info, source: .script("echo"), message: "hi", fields: [("n", "1")])
    #expect(line.text(nanoseconds: 0) == "echo: hi n=1")
    line.level = .error
    #expect(line.text(nanoseconds: 0) == "echo error: hi n=1")
  }

  @Test("keep the lines of a traceback, indented")
  func traceback() {
    let line = LogLine(
      level: .error, source: .script("echo"), message: "echo.lua:3: boom\nstack traceback:\n\tin x", fields: [])
    #expect(line.text(nanoseconds: 0) == "echo error: echo.lua:3: boom\n  stack traceback:\n    in x")
  }

  @Test("are objects in JSON, with the fields of a script apart")
  func json() {
    let start = #"{"time":"1970-01-01T00:00:00.000Z","level":"error","event":"#
    let part = LogLine(level: .error, source: .part("swarm"), message: "odd", fields: [])
    #expect(part.json(nanoseconds: 0) == start + #""log","source":"swarm","message":"odd"}"#)
    let script = LogLine(level: .error, source: .script("echo"), message: "a\nb", fields: [("time", "x")])
    #expect(
      script.json(nanoseconds: 0)
        == start + #""script","script":"echo","message":"a\nb","fields":{"time":"x"}}"#)
  }
}
