import ArgumentParser
import BotKit
import Testing
import UniversalConnectivity
import Web

@testable import uc_bot

@Suite("--http and --allow-net, and what is served")
struct WebOptionTests {
  private func options(_ arguments: String...) throws -> RunOptions {
    guard let command = try UCBot.parseAsRoot(["x.lua"] + arguments) as? RunCommand else { throw UsageError("no run") }
    return try command.options(environment: [:])
  }

  @Test("a port alone is one of loopback; whether an address is loopback is known")
  func addresses() throws {
    #expect(try options().http == nil)
    #expect(try options("--http", "9100").http == HTTPAddress(host: "127.0.0.1", port: 9100))
    for (text, written, isLoopback) in [
      ("127.0.0.1:0", "127.0.0.1:0", true), ("localhost:80", "127.0.0.1:80", true), ("[::1]:80", "[::1]:80", true),
      ("0.0.0.0:9100", "0.0.0.0:9100", false), ("[::]:9100", "[::]:9100", false),
      ("192.168.1.1:1", "192.168.1.1:1", false),
    ] {
      let address = try HTTPAddress(text)
      #expect(address.text == written && address.isLoopback == isLoopback, "\(text)")
    }
  }

  @Test(
    "what is no address",
    arguments: [
      "", ":", "x", "example.org:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:80", "1.2.3:80",
      "http://127.0.0.1:80",
    ])
  func notAddresses(text: String) {
    #expect(throws: UsageError.self) { try HTTPAddress(text) }
  }

  @Test("--allow-net says whom scripts may ask")
  func allowNet() throws {
    #expect(try options().netPolicy == NetPolicy())
    let policy = try options("--allow-net", "api.example.org", "--allow-net", "10.0.0.0/8").netPolicy
    #expect(policy.rules.count == 2)
    #expect(try policy.mayTry(#require(WebURL("https://api.example.org/"))))
    let other = try #require(WebURL("https://example.org/"))
    #expect(try !policy.mayConnect(#require(IPAddress("8.8.8.8")), for: other))
    #expect(throws: UsageError.self) { try options("--allow-net", "http://x/") }
  }

  @Test("what /healthz says")
  func health() {
    let well = ScriptHealth(script: "a\"b", health: BotHealth(checks: [.init(name: "tea")]))
    let ill = ScriptHealth(script: "c", health: BotHealth(checks: [.init(name: "x", problem: "no\ntea")]))
    let stuck = ScriptHealth(script: "d")
    #expect(
      HealthReport(isReady: true, scripts: [well]).json == """
        {"ok":true,"ready":true,"network":"ready","silent_seconds":0,"scripts":{"a\\"b":{"ok":true,"checks":{"tea":"ok"}}}}

        """)
    #expect(
      HealthReport(isReady: false, scripts: [well, ill, stuck]).json == """
        {"ok":false,"ready":false,"network":"ready","silent_seconds":0,"scripts":{"a\\"b":{"ok":true,"checks":{"tea":"ok"}},"c":{\
        "ok":false,"checks":{"x":"no\\ntea"}},"d":{"ok":false,"problem":"no answer in time"}}}

        """)
    let deaf = HealthReport(isReady: false, network: .deaf, silentSeconds: 75.9, scripts: [well]).json
    #expect(deaf.hasPrefix(#"{"ok":false,"ready":false,"network":"deaf","silent_seconds":75,"#))
  }

  @Test("the peer's numbers are there, round trips among them, each name once and none without help")
  func peerMetrics() throws {
    let metrics = PeerMetrics()
    var node = ChatNodeMeasurements()
    node.meshPeers = 3
    node.gossipsub.messagesReceived = 7
    node.swarm.dialsFailed = 2
    let families = metrics.families(node)
    let text = PrometheusText.text(families)
    for line in [
      "ucbot_mesh_peers 3", "ucbot_messages_received_total 7",
      "ucbot_dropped_total{part=\"swarm\",cause=\"dialsFailed\"} 2",
      "ucbot_dropped_total{part=\"gossipsub\",cause=\"forwardQueueFull\"} 0", "ucbot_round_trip_seconds_count 0",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
    #expect(Set(families.map(\.name)).count == families.count)
    #expect(families.allSatisfy { !$0.help.isEmpty && $0.name.hasPrefix("ucbot_") })
  }
}
