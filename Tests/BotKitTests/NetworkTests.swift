import Limits
import Testing

@testable import BotKit

@Suite("What scripts do with the network and its peers")
struct NetworkTests {
  private let alice = FakeNetwork.alice
  private let bob = FakeNetwork.bob

  private func bench(_ source: String, answer: Result<BotAnswer, BotRequestFailure>? = .success(.done)) throws
    -> BotBench
  {
    let bench = try BotBench(source)
    bench.network.state.withLock { $0.answer = answer }
    bench.ready()
    return bench
  }

  @Test("requests reach the network as they were made, and their answers the script")
  func requests() throws {
    let bench = try bench(
      """
      uc.on("message", function(msg)
        local peer = msg.from
        print(peer:disconnect(), peer:send("psst"), msg:reply_private("me too"))
        print(uc.provide("key"), peer:connect { timeout = 5 }, uc.connect("/ip4/127.0.0.1/tcp/1"))
      end)
      """)
    bench.send(.peerIdentify(alice, agent: "x", protocols: [], addresses: ["/ip4/192.0.2.1/tcp/1"]))
    bench.hear("x")
    #expect(bench.logged == ["true\ttrue\ttrue", "true\ttrue\ttrue"])
    #expect(
      bench.network.state.withLock { $0.requests } == [
        .disconnect(id: alice.id), .send(text: "psst", id: alice.id), .send(text: "me too", id: alice.id),
        .provide(key: Array("key".utf8)), .connectPeer(id: alice.id, addresses: ["/ip4/192.0.2.1/tcp/1"]),
        .connect(address: "/ip4/127.0.0.1/tcp/1"),
      ])
  }

  @Test(
    "each kind of answer is what the page says",
    arguments: [
      (BotAnswer.peer(FakeNetwork.bob), "uc.connect('/x')", "Peer BOB00002"),
      (.addresses(["/a", "/b"]), "#uc.find_peer('\(FakeNetwork.bob.id)')", "2"),
      (.peers([FakeNetwork.bob]), "uc.find_providers('k')[1]", "Peer BOB00002"),
      (.identity(agent: "go", protocols: ["/p"], addresses: ["/a"]), "uc.me:identify().protocols[1]", "/p"),
    ])
  func answers(answer: BotAnswer, call: String, printed: String) throws {
    let bench = try bench("uc.on('message', function() print(\(call)) end)", answer: .success(answer))
    bench.hear("x")
    #expect(bench.logged == [printed])
  }

  @Test("what fails comes back as nil and its code", arguments: BotRequestFailure.allCases)
  func failures(failure: BotRequestFailure) throws {
    let bench = try bench("uc.on('message', function() print(uc.find_peer(uc.me)) end)", answer: .failure(failure))
    bench.hear("x")
    #expect(bench.logged == ["nil\t\(failure.rawValue)"])
  }

  @Test("a network that knows no such things says so")
  func unsupported() throws {
    final class Talker: BotNetwork {
      let localPeerID = FakeNetwork.me
      func publish(
        _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
      ) {}
      func ping(
        _ peerID: String, timeoutSeconds: Double,
        completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
      ) {}
    }
    nonisolated(unsafe) var answer: Result<BotAnswer, BotRequestFailure>?
    Talker().perform(.findPeer(id: "x"), timeoutSeconds: 1) { answer = $0 }
    #expect(answer == .failure(.unsupported))
  }

  @Test("a network that never answers is waited for as long as was said; a cancelled task forgets its call")
  func silence() throws {
    let bench = try bench(
      """
      uc.on("message", function() print(uc.me:identify { timeout = 5 }) end)
      local task
      uc.on("message", function() task = uc.spawn(function() uc.me:identify() end) end)
      uc.on("signal", function() task:cancel() end)
      """, answer: nil)
    bench.hear("x")
    bench.advance(4.9)
    #expect(bench.logged.isEmpty && bench.core.networkRequests.count == 2)
    bench.advance(0.2)
    #expect(bench.logged == ["nil\ttimeout"])
    bench.send(.signal(name: "USR1"))
    #expect(bench.core.networkRequests.isEmpty && bench.core.waiting.isEmpty)
  }

  @Test("no more calls are under way than the limit")
  func busy() throws {
    let bench = try bench(
      """
      uc.on("message", function()
        for i = 1, \(Limits.Lua.networkRequests) do uc.spawn(function() uc.provide("k" .. i) end) end
        uc.sleep(0.1)
        print(uc.provide("one more"))
      end)
      """, answer: nil)
    bench.hear("x")
    bench.advance(1)
    #expect(bench.logged == ["nil\tbusy"])
  }

  @Test("texts to single peers have the bounds of all texts: their length, their rate, no circles")
  func directBounds() throws {
    let bench = try bench(
      """
      uc.on("dm", function(msg) print(msg:reply("pong")) end)
      uc.on("message", function(msg)
        print(msg.from:send(""), msg.from:send(("x"):rep(\(Limits.Chat.publish + 1))))
        local codes = {}
        for i = 1, 25 do codes[#codes + 1] = select(2, msg.from:send("text " .. i)) end
        print(#codes, codes[1])
      end)
      """)
    bench.hear("x")
    #expect(bench.logged.count == 2 && bench.logged.last == "5\trate_limited")
    bench.advance(10)
    for number in 0..<9 {
      bench.send(.message(BotMessage(id: "\(number)", from: bob, text: "p", room: "", time: 0, isDirect: true)))
    }
    #expect(bench.logged.suffix(9) == Array(repeating: "true", count: 8) + ["nil\tloop"])
    let sent = bench.network.state.withLock { $0.requests.suffix(8) }
    #expect(
      Array(sent) == Array(repeating: .send(text: "pong", id: bob.id), count: 5)
        + Array(repeating: .send(text: "...", id: bob.id), count: 3))
    #expect(bench.said.isEmpty)
  }

  @Test("commands given alone: help, usage and pauses are answered alone, and nobody else waits for the pause")
  func directCommands() throws {
    let bench = try bench(
      """
      uc.command("tea", { where = "dm", cooldown = { room = 60, message = "wait {left}s" } }, function(msg) msg:reply("tea") end)
      """)
    func ask(_ text: String, _ peer: BotPeer) {
      bench.send(.message(BotMessage(id: text, from: peer, text: text, room: "", time: 0, isDirect: true)))
    }
    ask("!help", alice)
    ask("!tea", alice)
    ask("!tea", alice)
    ask("!tea", bob)
    bench.hear("!tea")
    #expect(
      bench.network.state.withLock { $0.requests } == [
        .send(text: "commands: !tea, !help; more with !help <command>", id: alice.id), .send(text: "tea", id: alice.id),
        .send(text: "wait 60s", id: alice.id), .send(text: "tea", id: bob.id),
      ])
    #expect(bench.said.isEmpty && bench.logged.isEmpty)
  }

  @Test("publish: raw bytes, a topic, no changes; the codes of texts")
  func publish() throws {
    let bench = try BotBench(
      """
      uc.on("message", function()
        print(uc.publish("other", "a\\0b"))
        print(uc.publish("other", ""), uc.publish("other", ("x"):rep(20000)))
        local a, b = uc.publish("t", "same"), uc.publish("t", "same")
        print(a and a.peers, b and b.id)
      end)
      """)
    bench.hear("x")
    #expect(bench.logged[0] == "nil\tno_peers")
    bench.ready()
    bench.hear("x")
    #expect(bench.logged.last == "2\t0a0b")
    #expect(bench.said == ["a\0b", "same", "same"])
    #expect(bench.network.published.events.map(\.room) == ["other", "t", "t"])
    #expect(bench.network.published.events.map(\.isBytes) == [true, true, true])
  }

  @Test("a text that was not sent is an event; what is said because of it makes no further one")
  func publishFailed() throws {
    let bench = try bench(
      """
      uc.on("publish_failed", function(ev)
        print(ev.text, ev.room, ev.code)
        uc.say("again: " .. ev.text)
        uc.spawn(function() uc.say("and again") end)
      end)
      uc.on("message", function() uc.say("hi", { room = "r" }) end)
      """)
    bench.network.state.withLock { $0.publishAnswer = .failure(.notJoined) }
    bench.hear("x")
    bench.advance(1)
    #expect(bench.logged == ["hi\tr\tnot_joined"])
    #expect(bench.said == ["hi", "again: hi", "and again"])
  }

  @Test("vary says what becomes of a repeat")
  func vary() throws {
    let bench = try bench(
      """
      uc.on("message", function(msg)
        print(select(2, uc.say("x", { vary = false })), select(2, msg:reply("x", { vary = false })))
        uc.say("x", { vary = true })
        msg:reply("x")
      end)
      """)
    bench.hear("1")
    #expect(bench.logged == ["nil\tduplicate"])
    #expect(bench.said == ["x", "x #2", "x #3"])
  }

  @Test("a peer's fields tell what is known now")
  func fields() throws {
    let bench = try bench(
      """
      uc.on("message", function(msg)
        local p = msg.from
        print(p.connected, p.agent, #p.protocols, #p.addrs, p.first_seen, p.last_seen)
        print(uc.peer("\(bob.id)").first_seen, #uc.peer("\(bob.id)").addrs)
      end)
      """)
    bench.send(.peerConnect(alice, address: "/a"))
    bench.advance(10)
    bench.send(
      .peerIdentify(
        alice, agent: "go", protocols: Array(repeating: "/p", count: 500), addresses: Array(repeating: "/a", count: 9)))
    bench.hear("1")
    bench.advance(10)
    bench.send(.peerDisconnect(alice, reason: nil))
    bench.hear("2")
    #expect(
      bench.logged == [
        "true\tgo\t\(Limits.Lua.peerList)\t9\t1700000000.0\t1700000010.0", "nil\t0",
        "false\tgo\t0\t\(Limits.Lua.keptAddresses)\t1700000000.0\t1700000020.0", "nil\t0",
      ])
  }

  @Test("ping takes the mean of so many, within one time")
  func pingCount() throws {
    let bench = try bench("uc.on('message', function(msg) print(msg.from:ping { count = 3, timeout = 9 }) end)")
    bench.hear("x")
    #expect(bench.logged == ["0.02"])
    #expect(bench.network.state.withLock { $0.pinged.map(\.timeout) } == [9, 9, 9])
    bench.network.state.withLock { $0.pingAnswer = .failure(.notConnected) }
    bench.hear("x")
    #expect(bench.logged.last == "nil\tnot_connected")
    bench.network.state.withLock { $0.pingAnswer = nil }
    bench.hear("x")
    bench.advance(9)
    #expect(bench.logged.last == "nil\ttimeout" && bench.core.pingsInFlight.isEmpty)
  }

  @Test("peers goes through all that are known, or connected, also when they change under it")
  func peers() throws {
    let bench = try bench(
      """
      local function all(options)
        local names = {}
        for peer in uc.peers(options) do names[#names + 1] = peer.short end
        return table.concat(names, " ")
      end
      uc.on("signal", function() print(all(), "|", all { connected = true }, "|", all { connected = false }) end)
      uc.on("message", function() for peer in uc.peers() do uc.sleep(1) print(peer.short) end end)
      """)
    bench.send(.signal(name: "USR1"))
    bench.send(.peerConnect(alice, address: "/a"))
    bench.send(.peerSubscribe(bob, room: "r"))
    bench.send(.signal(name: "USR1"))
    #expect(bench.logged == ["\t|\t\t|\t", "ALICE001 BOB00002\t|\tALICE001\t|\tALICE001 BOB00002"])
    bench.hear("x")
    bench.advance(1)
    bench.send(.peerSubscribe(BotPeer(id: "the third"), room: "r"))
    bench.advance(5)
    #expect(bench.logged.suffix(3) == ["ALICE001", "BOB00002", "he third"])
  }

  @Test("the list of peers stays in order and bounded however many come")
  func manyPeers() {
    var book = PeerBook(limit: 64)
    for number in 0..<1_000 { book.note("\(number)", at: 0) }
    var seen: [Int] = []
    var last: String?
    while let next = book.next(after: last, onlyConnected: false) {
      seen.append(Int(next) ?? -1)
      last = next
    }
    #expect(seen == seen.sorted() && seen.count == book.count && seen.last == 999)
    #expect(book.next(after: "gone", onlyConnected: false) == nil)
  }

  @Test("a muted peer is not heard, by no one in the script, until its time is over")
  func mute() throws {
    let bench = try bench(
      """
      uc.on("message", function(msg)
        print(msg.text)
        if msg.text == "mute" then msg.from:mute(60) end
        if msg.text == "forgive" then uc.peer("\(alice.id)"):mute(0) end
      end)
      uc.use(function(ctx, next) print("use") next() end)
      uc.command("x", function() print("command") end)
      """)
    bench.hear("mute")
    for text in ["a", "!x"] { bench.hear(text) }
    #expect(bench.logged == ["use", "mute"])
    bench.hear("forgive", from: bob)
    bench.hear("b")
    #expect(bench.logged.suffix(4) == ["use", "forgive", "use", "b"])
    bench.hear("mute")
    bench.advance(60)
    bench.hear("c")
    #expect(bench.logged.last == "c")
  }

  @Test("the list of muted peers is bounded; the one whose time ends first goes")
  func muteList() {
    var list = MuteList(limit: 3)
    for number in 1...5 { list.mute("\(number)", until: Int64(100 - number), now: 0) }
    #expect(list.count == 3)
    #expect(["1", "2", "5"].allSatisfy { list.contains($0, now: 0) })
    #expect(!list.contains("1", now: 99))
    list.mute("1", until: 0, now: 50)
    #expect(list.count == 2)
  }

  @Test(
    "mentions_me: @ and a name of the bot, whatever its case, with nothing of a word behind it",
    arguments: [
      ("hello @botty!", true), ("@BOTTY", true), ("@MEmeMEme: hi", true), ("x@botty y", true), ("@bottyx", false),
      ("botty", false), ("@", false), ("@botty_", false), ("@bottyé", false), ("@bott", false), ("@@botty", true),
    ])
  func mentions(text: String, isOne: Bool) throws {
    let bench = try BotBench("uc.on('message', function(msg) print(msg.mentions_me) end)") { $0.nick = "Botty" }
    bench.hear(text)
    #expect(bench.logged == ["\(isOne)"])
  }
}
