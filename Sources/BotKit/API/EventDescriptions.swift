import Limits

/// What the page, the editors and the checks know about each event, beside the code that fires it.
extension EventName {
  /// What a handler gets.
  enum Payload {
    case nothing
    case message
    case file
    case table(APIShape)
  }

  /// When it comes, on one line of the page.
  var summary: String {
    switch self {
    case .message: "somebody else said something in a room"
    case .dm: "somebody said something to the bot alone (`is_dm`); such messages are no `message` events"
    case .file: "a peer has a file for everybody; `file:fetch` gets it"
    case .peerConnect: "a connection to a peer stands"
    case .peerDisconnect: "a peer's last connection is gone"
    case .peerIdentify: "a peer has told what it is; at most \(Limits.Lua.eventList) of each list"
    case .peerSubscribe: "a peer has joined the room"
    case .peerUnsubscribe: "a peer has left the room, and is still connected"
    case .ping: "a round trip has been measured"
    case .mesh: "so many peers of the room are in the mesh now"
    case .publishFailed: "a text of this bot was not sent"
    case .error: "a function of the script has failed"
    case .config: "values of the configuration are different now"
    case .signal: "the process got that signal"
    case .ready: "the first peer of the room is there: from now on texts reach somebody"
    case .start: "the script is loaded; the first event"
    case .stop: "the bot is ending; all `stop` handlers together have half a second, waiting included"
    case .unload:
      "the script is being loaded anew; what the handler returns is [`uc.saved`](#ucsaved---table--nil) from then on"
    }
  }

  /// What a handler gets. A test fires each event and compares.
  var payload: Payload {
    switch self {
    case .message, .dm: .message
    case .file: .file
    case .peerConnect: peerEvent(.init("address", "string", "where it is, as a multiaddr"))
    case .peerDisconnect: peerEvent(.init("reason", "string?", "why, where that is known"))
    case .peerIdentify:
      peerEvent(
        .init("agent", "string", "the program that it says it is"),
        .init("protocols", "string[]", "what it speaks"),
        .init("addresses", "string[]", "where it says it listens"))
    case .peerSubscribe, .peerUnsubscribe: peerEvent(.init("room", "string", "the room"))
    case .ping: peerEvent(.init("rtt", "number", "the round trip, in seconds"))
    case .mesh: event(.init("peers", "integer", "how many"), .init("room", "string", "the room"))
    case .publishFailed:
      event(
        .init("text", "string", "the text"), .init("room", "string", "where it should have gone"),
        .init("code", "uc.SayCode", "why not"))
    case .error:
      event(
        .init("message", "string", "the error, with file and line"), .init("traceback", "string", "where it came from"),
        .init("source", "string", "`file:line` of the call that made what failed"),
        .init("handler", "string", "what failed, in words"))
    case .config: event(.init("changed", "table<string, any>", "the new values by their names"))
    case .signal: event(.init("name", "\"USR1\"|\"USR2\"", "which"))
    case .ready: event(.init("peers", "integer", "how many are there"))
    case .start, .stop, .unload: .nothing
    }
  }

  private func peerEvent(_ fields: APIShape.Field...) -> Payload {
    event([.init("peer", "uc.Peer", "the peer")] + fields)
  }

  private func event(_ fields: APIShape.Field...) -> Payload { event(fields) }

  private func event(_ fields: [APIShape.Field]) -> Payload {
    let words = rawValue.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
    return .table(APIShape("uc.\(words.joined())Event", "what handlers of `\(rawValue)` get", fields))
  }

  // MARK: For editors

  /// What a `uc.wait` for it returns.
  var payloadType: String {
    switch payload {
    case .message: "uc.Message"
    case .file: "uc.File"
    case .table(let shape): shape.name
    case .nothing: "true"
    }
  }

  /// Its handlers.
  var handlerType: String {
    switch payload {
    case .nothing: "(async fun(): any)"
    case .message: "(async fun(message: uc.Message): any)"
    case .file: "(async fun(file: uc.File): any)"
    case .table(let shape): "(async fun(event: \(shape.name)): any)"
    }
  }

  /// The options that fit it.
  var options: APIShape {
    APIShape(optionsName + "Options", "options of handlers", Subscription.Options.Name.fields(of: self))
  }

  /// The options of `uc.wait` that fit it.
  var waiting: APIShape {
    let timeout = APIShape.Field("timeout", "number?", "seconds; without it the call waits for ever")
    let fields = Subscription.Options.Name.fields(of: self, onlyFilters: true)
    return APIShape(optionsName + "WaitOptions", "options of `uc.wait`", [timeout] + fields)
  }

  /// Events to which the same options fit have one name for them.
  private var optionsName: String {
    isMessage ? hasRoom ? "uc.Message" : "uc.Dm" : "uc." + (hasPeer ? "Peer" : "") + (hasRoom ? "Room" : "") + "Event"
  }

  // MARK: For the page

  /// The table of all events.
  static var page: String {
    let rows = allCases.map { event in
      let given =
        switch event.payload {
        case .nothing: "nothing"
        case .message: "a [Message](#messages)"
        case .file: "a [File](#files)"
        case .table(let shape): "`{ \(shape.fields.map(\.shown).joined(separator: ", ")) }`"
        }
      return "| `\"\(event.rawValue)\"` | \(given) | \(event.summary) |"
    }
    return (["| event | the function gets | when |", "|---|---|---|"] + rows).joined(separator: "\n")
  }

  /// The tables of options, and those that handlers get.
  static var shapes: [APIShape] {
    var shapes: [APIShape] = []
    for shape in allCases.map(\.options) + allCases.filter(\.canBeWaitedFor).map(\.waiting)
    where !shapes.contains(where: { $0.name == shape.name }) {
      shapes.append(shape)
    }
    return shapes
      + allCases.compactMap { event in
        if case .table(let shape) = event.payload { shape } else { nil }
      }
  }
}

extension Subscription.Options.Name {
  func isFor(_ event: EventName) -> Bool {
    switch self {
    case .match, .bots: event.isMessage
    case .room: event.hasRoom
    case .from: event.hasPeer
    case .priority, .once, .serial: true
    }
  }

  /// The same in words.
  private var reach: String {
    switch self {
    case .match, .bots: "`message`, `dm`"
    case .room: "events with a room"
    case .from: "events with a peer"
    case .priority, .once, .serial: "all"
    }
  }

  /// Whether `uc.wait` takes it too.
  var isFilter: Bool {
    switch self {
    case .match, .from, .room, .bots: true
    case .priority, .once, .serial: false
    }
  }

  var field: APIShape.Field {
    switch self {
    case .match:
      field("string?", "a Lua pattern that the text must match; what follows the match is `msg.args`")
    case .from: field("uc.Peer|string?", "a Peer, or the full id of one: only its events")
    case .room: field("string?", "only those of this room")
    case .bots:
      field(
        "boolean?",
        "`true`: messages of [bots](#peeris_bot---boolean) too; without it they are left out")
    case .serial:
      field(
        "\"peer\"|\"all\"|\"none\"?",
        "`\"peer\"`: events of one peer one after the other, each when the run before it has ended; `\"all\"`: all "
          + "events so; `\"none\"`, the default: runs that wait do not hold up the next")
    case .priority:
      field(
        "number?", "0 by default; higher ones start earlier, equal ones in the order in which they were made")
    case .once: field("boolean?", "`true`: only for the first event that fits")
    }
  }

  private func field(_ type: String, _ meaning: String) -> APIShape.Field { .init(rawValue, type, meaning) }

  /// Those of one event.
  static func fields(of event: EventName, onlyFilters: Bool = false) -> [APIShape.Field] {
    allCases.filter { $0.isFor(event) && (!onlyFilters || $0.isFilter) }.map(\.field)
  }

  /// The table of all options.
  static var page: String {
    let rows = allCases.map { option in
      "| `\(option.rawValue)` | \(option.reach) | \(option.field.pageType) | \(option.field.meaning) |"
    }
    return (["| option | for | type | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
  }
}
