import Testing

@testable import BotKit

@Suite("What the network and the process tell becomes events with their fields")
struct NetworkEventTests {
  @Test("each event has its own fields")
  func fields() throws {
    let bench = try BotBench(
      """
      local function tell(event, ...)
        local names = { ... }
        uc.on(event, function(ev)
          local out = { event }
          for _, name in ipairs(names) do out[#out + 1] = tostring(ev[name]) end
          print(table.concat(out, " "))
        end)
      end
      tell("file", "peer", "id", "name", "size")
      tell("peer_subscribe", "peer", "room")
      tell("peer_unsubscribe", "peer", "room")
      tell("mesh", "peers", "room")
      tell("signal", "name")
      """)
    let alice = FakeNetwork.alice
    bench.send(.file(BotFile(id: "f-1", from: alice, name: "tea.txt", size: 12)))
    bench.send(.file(BotFile(id: "f-2", from: alice)))
    bench.send(.peerSubscribe(alice, room: "r"))
    bench.send(.peerUnsubscribe(alice, room: "r"))
    bench.send(.mesh(peers: 3, room: "r"))
    bench.send(.signal(name: "USR1"))
    #expect(
      bench.logged == [
        "file Peer ALICE001 f-1 tea.txt 12", "file Peer ALICE001 f-2 nil nil", "peer_subscribe Peer ALICE001 r",
        "peer_unsubscribe Peer ALICE001 r", "mesh 3 r", "signal USR1",
      ])
  }

  @Test("config brings the changed values with their types")
  func config() throws {
    let bench = try BotBench(
      """
      uc.on("config", function(ev)
        local c = ev.changed
        print(c.a, math.type(c.b), math.type(c.c), c.d, c.e[2], c.f)
      end)
      """)
    bench.send(
      .config(changed: [
        "a": .boolean(true), "b": .integer(2), "c": .number(2), "d": .string("x"),
        "e": .list([.string("1"), .integer(2)]),
      ]))
    #expect(bench.logged == ["true\tinteger\tfloat\tx\t2\tnil"])
  }

  @Test("what is said to the bot alone is a dm and no message; both are commands")
  func direct() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg) print("message " .. msg.text) end)
      uc.on("dm", { match = "^!?%a+" }, function(msg) print("dm " .. msg.text .. " " .. tostring(msg.is_dm)) end)
      uc.command("hi", function(msg) print("command " .. tostring(msg.is_dm)) end)
      uc.spawn(function() print("waited for " .. uc.wait("dm").text) end)
      """)
    bench.hear("!hi")
    bench.send(
      .message(BotMessage(id: "d", from: FakeNetwork.alice, text: "!hi", room: "", time: 0, isDirect: true)))
    #expect(bench.logged == ["message !hi", "command false", "waited for !hi", "dm !hi true", "command true"])
  }

  @Test("events of a room can be asked for by room")
  func rooms() throws {
    let bench = try BotBench(
      "uc.on('mesh', { room = 'r' }, function(ev) print(ev.peers) end) print(uc.wait('mesh', { room = 'q' }).peers)")
    bench.send(.mesh(peers: 1, room: "q"))
    bench.send(.mesh(peers: 2, room: "r"))
    #expect(bench.logged == ["1", "2"])
  }
}
