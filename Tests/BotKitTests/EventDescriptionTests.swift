import Testing

@testable import BotKit

@Suite("What is said about events is what handlers get")
struct EventDescriptionTests {
  /// One of each event that comes from outside; nil for those of the bot itself.
  private func event(_ name: EventName) -> BotEvent? {
    let peer = FakeNetwork.alice
    return switch name {
    case .message:
      .message(BotMessage(id: "1", from: peer, text: "x", room: "universal-connectivity", time: 0))
    case .peerConnect: .peerConnect(peer, address: "/a")
    case .peerDisconnect: .peerDisconnect(peer, reason: "gone")
    case .peerIdentify: .peerIdentify(peer, agent: "a", protocols: ["/p"], addresses: ["/a"])
    case .ping: .ping(peer, seconds: 1)
    case .ready: .ready(peers: 1)
    case .dm:
      .message(BotMessage(id: "1", from: peer, text: "x", room: "", time: 0, isDirect: true))
    case .file: .file(BotFile(id: "1", from: peer, name: "n", size: 1))
    case .peerSubscribe: .peerSubscribe(peer, room: "r")
    case .peerUnsubscribe: .peerUnsubscribe(peer, room: "r")
    case .mesh: .mesh(peers: 1, room: "r")
    case .config: .config(changed: [:])
    case .signal: .signal(name: "USR1")
    case .start, .stop, .unload, .publishFailed, .error: nil
    }
  }

  @Test("an event's table has the fields that its description lists, of those types", arguments: EventName.allCases)
  func payload(name: EventName) throws {
    let bench = try BotBench(
      """
      uc.on("\(name.rawValue)", function(event)
        if type(event) ~= "table" then return print(event == nil and "nothing" or "an object") end
        local fields = {}
        for name, value in pairs(event) do
          fields[#fields + 1] = name .. " " .. (math.type(value) or type(value))
        end
        table.sort(fields)
        print(table.concat(fields, ", "))
      end)
      """)
    if let event = event(name) {
      bench.send(event)
    } else if name == .stop {
      bench.stop()
    } else if name != .start {
      return
    }
    switch name.payload {
    case .nothing: #expect(bench.logged == ["nothing"])
    case .message, .file: #expect(bench.logged == ["an object"])
    case .table(let shape):
      let kinds = ["uc.Peer": "userdata", "string[]": "table", "table<string, any>": "table", "number": "float"]
      let fields = shape.fields.map { field in
        let type = field.type.hasSuffix("?") ? String(field.type.dropLast()) : field.type
        return "\(field.name) \(type.hasPrefix("\"") ? "string" : kinds[type] ?? type)"
      }
      #expect(bench.logged == [fields.sorted().joined(separator: ", ")])
    }
  }

  @Test("an option is refused for the events that it is not for", arguments: EventName.allCases)
  func options(name: EventName) throws {
    for option in Subscription.Options.Name.allCases where !option.isFor(name) {
      let bench = try BotBench(
        "print((select(2, pcall(uc.on, '\(name.rawValue)', { \(option.rawValue) = true }, print))))")
      #expect(bench.logged.first?.hasSuffix("option '\(option.rawValue)' is not for event '\(name.rawValue)'") == true)
    }
  }
}
