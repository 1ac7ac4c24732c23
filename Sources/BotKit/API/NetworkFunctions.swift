import Limits
import LuaVM

/// What scripts do with the network, beside talking and pinging.
enum NetworkFunctions {
  static let section = APISection(
    "The network",
    """
    What may not be there on every network answers `unsupported`. A script may have \(Limits.Lua.networkRequests) such \
    calls under way; more answer `busy`.
    """,
    shapes: [options, identity, status], codes: [codes], entries: entries)

  private static let options = APIShape(
    "uc.NetworkOptions", "options of calls that ask the network",
    [.init("timeout", "number?", "seconds: \(Limits.Lua.networkSeconds) by default, 3600 at most")])

  private static let identity = APIShape(
    "uc.Identity", "what a peer tells of itself",
    [
      .init("agent", "string", "the program that it says it is"), .init("protocols", "string[]", "what it speaks"),
      .init("addresses", "string[]", "where it says it listens"),
    ])

  static let codes = APICodes(
    "uc.NetworkCode",
    [
      (BotRequestFailure.unsupported.rawValue, "this bot's network, or the peer, does not do such things"),
      (BotRequestFailure.notConnected.rawValue, "there is no connection to the peer"),
      (BotRequestFailure.timeout.rawValue, "no answer in time"),
      (BotRequestFailure.badAddress.rawValue, "the text is no address that can be dialled, or leads to the bot itself"),
      (BotRequestFailure.unreachable.rawValue, "nobody is there, or somebody else"),
      (BotRequestFailure.refused.rawValue, "the peer did not take it"),
      (BotRequestFailure.empty.rawValue, "no text at all"),
      (BotRequestFailure.tooLong.rawValue, "more than \(Limits.Chat.publish) bytes"),
      (BotRequestFailure.notFound.rawValue, "nothing known of it"),
      (BotRequestFailure.busy.rawValue, "too many calls are under way"),
      ("rate_limited", "too many texts to single peers; as many are allowed as in the room"),
      ("loop", "the bot talks with that peer in a circle"),
      (BotRequestFailure.stopping.rawValue, "the bot is ending"),
      (BotRequestFailure.failed.rawValue, "anything else; the log says why"),
    ])

  private static let status = APIShape(
    "uc.Status", "how the bot is",
    [
      .init("ready", "boolean", "whether somebody is there to hear it"),
      .init(
        "network", "string",
        "`ready`, `joining` (nobody is there yet, or any more), `alone` (nobody is there, and nobody to look for) or `deaf` (nobody has been there for too long)"
      ),
      .init("network_for", "number", "seconds for which it has been so"),
      .init("connected", "integer", "peers that are connected"), .init("known", "integer", "peers that are remembered"),
      .init("mesh", "integer", "peers of the room in the mesh"),
      .init("uptime", "number", "seconds since this version of the script was loaded"),
      .init("queued", "integer", "texts that wait for their turn"), .init("sent", "integer", "texts sent"),
      .init("events", "integer", "events taken"),
      .init("dropped", "integer", "events lost because the script was slow"),
      .init("errors", "integer", "runs that failed"), .init("refused", "integer", "messages not listened to"),
      .init("handlers", "integer", "handlers and commands"), .init("timers", "integer", "timers that run"),
      .init("waiting", "integer", "runs that wait"), .init("memory", "integer", "bytes that the script holds"),
    ])

  static let entries = [
    APIEntry(
      "uc.connect", .asyncFunction, "uc.connect(address, [options]) -> Peer | nil, code",
      "Connects to the peer at a multiaddr, and returns it.",
      type: "async fun(address: string, options?: uc.NetworkOptions): uc.Peer?, uc.NetworkCode?",
      details: """
        *Waits.* A peer that is connected already is returned at once. The connection is not opened again when it is \
        lost; `--connect` is for that.

        \(codes.page)
        """,
      .function { core, call throws(Misuse) in
        let address = try call.requireString(1, "address", of: "uc.connect")
        return try perform(core, call, "uc.connect", .connect(address: address))
      }),
    APIEntry(
      "uc.find_peer", .asyncFunction, "uc.find_peer(peer, [options]) -> addresses | nil, code",
      "Asks other peers where a peer is.",
      type: "async fun(peer: uc.Peer|string, options?: uc.NetworkOptions): string[]?, uc.NetworkCode?",
      details: "*Waits.* \(lists)",
      .function { core, call throws(Misuse) in
        guard let id = core.peerID(call, 1) else { throw wrongPeer(call, "uc.find_peer") }
        return try perform(core, call, "uc.find_peer", .findPeer(id: id))
      }),
    APIEntry(
      "uc.provide", .asyncFunction, "uc.provide(key, [options]) -> true | nil, code",
      "Announces to other peers that something can be got from this one.",
      type: "async fun(key: string, options?: uc.NetworkOptions): true?, uc.NetworkCode?",
      details: "*Waits.* \(key)",
      .function { core, call throws(Misuse) in
        try perform(core, call, "uc.provide", .provide(key: try key(call, "uc.provide")))
      }),
    APIEntry(
      "uc.find_providers", .asyncFunction, "uc.find_providers(key, [options]) -> peers | nil, code",
      "Asks other peers who has announced something.",
      type: "async fun(key: string, options?: uc.NetworkOptions): uc.Peer[]?, uc.NetworkCode?",
      details: "*Waits.* \(key) \(lists)",
      .function { core, call throws(Misuse) in
        try perform(core, call, "uc.find_providers", .findProviders(key: try key(call, "uc.find_providers")))
      }),
    APIEntry(
      "uc.status", .function, "uc.status() -> table", "How the bot is: its connections, its queue, its counters.",
      type: "fun(): uc.Status", details: status.page("field"), .function(writeStatus)),
    APIEntry(
      "Peer:connect", .asyncMethod, "peer:connect([options]) -> Peer | nil, code",
      "Connects to the peer, at one of the addresses that it has told of.",
      type: "async fun(options?: uc.NetworkOptions): uc.Peer?, uc.NetworkCode?", details: methodDetails,
      .function { core, call throws(Misuse) in
        try onPeer(core, call, "Peer:connect") {
          .connectPeer(id: $0, addresses: core.peers[$0]?.addresses ?? [])
        }
      }),
    APIEntry(
      "Peer:disconnect", .asyncMethod, "peer:disconnect([options]) -> true | nil, code",
      "Closes the connections to the peer.", type: "async fun(options?: uc.NetworkOptions): true?, uc.NetworkCode?",
      details: methodDetails + " It may come back, and one that `--connect` names is dialled again.",
      .function { core, call throws(Misuse) in
        try onPeer(core, call, "Peer:disconnect") { .disconnect(id: $0) }
      }),
    APIEntry(
      "Peer:identify", .asyncMethod, "peer:identify([options]) -> identity | nil, code",
      "What a connected peer tells of itself.",
      type: "async fun(options?: uc.NetworkOptions): uc.Identity?, uc.NetworkCode?",
      details: methodDetails + " At most \(Limits.Lua.eventList) of each list.",
      .function { core, call throws(Misuse) in
        try onPeer(core, call, "Peer:identify") { .identify(id: $0) }
      }),
    APIEntry(
      "Peer:send", .asyncMethod, "peer:send(text) -> true | nil, code", "Says a text to the peer alone.",
      type: "async fun(text: string|number): true?, uc.NetworkCode?",
      details: """
        *Waits* until the peer has taken it, for \(Limits.Direct.seconds) seconds. It must be connected, and speak the \
        protocol of direct messages; others answer `unsupported`. The codes are those of `uc.connect`.
        """,
      .function { core, call throws(Misuse) in
        try call.requireSelf(.peer, of: "Peer:send")
        let text = try call.requireText(2, "text", of: "Peer:send")
        return try core.sendDirect(text, to: call.slotString(1, slot: 0) ?? "", for: "Peer:send", call)
      }),
  ]

  private static let methodDetails = "*Waits.* The codes are those of `uc.connect`."
  private static let lists = "The list has \(Limits.Lua.eventList) items at most. The codes are those of `uc.connect`."
  private static let key = """
    The key is any bytes, 1 to \(Limits.Lua.networkKey) of them; Go programs announce multihashes only, such as \
    `"\\x12\\x20" .. uc.sha256(name)`. Without `--bootstrap` or `--dht` the answer is `unsupported`.
    """

  private static func perform(
    _ core: BotCore, _ call: LuaCall, _ function: String, _ request: BotRequest
  ) throws(Misuse) -> LuaOutcome {
    let timeout = try timeout(call, 2, of: function, default: Double(Limits.Lua.networkSeconds))
    try call.requireWait(function)
    return core.perform(request, timeout: timeout, call)
  }

  private static func onPeer(
    _ core: BotCore, _ call: LuaCall, _ method: String, _ request: (String) -> BotRequest
  ) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.peer, of: method)
    return try perform(core, call, method, request(call.slotString(1, slot: 0) ?? ""))
  }

  /// The option `timeout` of the table that may be argument `index`.
  static func timeout(
    _ call: LuaCall, _ index: Int, of function: String, default seconds: Double
  ) throws(Misuse) -> Double {
    var timeout = seconds
    // Methods are written with a colon: their object is no argument to those who write scripts.
    let shown = function.contains(":") ? index - 1 : index
    guard [.none, .null, .table].contains(call.type(index)) else {
      throw Misuse("\(function): argument \(shown) (options) must be a table, got \(call.type(index).name)")
    }
    try call.readOptions(index, of: function, names: options.names, example: "{ timeout = 5 }") {
      name, value throws(Misuse) in
      guard name == "timeout" else { return false }
      timeout = try timeoutOption(call, name, value, of: function)
      return true
    }
    return timeout
  }

  /// A timeout: more than nothing, an hour at most.
  static func timeoutOption(_ call: LuaCall, _ name: String, _ value: Int, of function: String) throws(Misuse) -> Double
  {
    guard let seconds = call.number(value), seconds > 0, seconds <= 3_600 else {
      throw call.wrongOption(name, value, of: function, wanted: "a number of seconds up to 3600")
    }
    return seconds
  }

  private static func key(_ call: LuaCall, _ function: String) throws(Misuse) -> [UInt8] {
    guard let bytes = call.bytes(1), (1...Limits.Lua.networkKey).contains(bytes.count) else {
      let got = call.bytes(1).map { "\($0.count) bytes" } ?? call.type(1).name
      throw Misuse("\(function): argument 1 (key) must be a string of 1 to \(Limits.Lua.networkKey) bytes, got \(got)")
    }
    return Array(bytes)
  }

  private static func wrongPeer(_ call: LuaCall, _ function: String) -> Misuse {
    Misuse("\(function): argument 1 (peer) must be a Peer or the id of one, got \(call.type(1).name)")
  }

  private static func writeStatus(_ core: BotCore, _ call: LuaCall) -> LuaOutcome {
    let counters = core.statistics
    call.results.table { table in
      func number(_ name: String, _ value: some BinaryInteger) {
        table.field(name) { $0.integer(Int64(clamping: value)) }
      }
      table.field("ready") { $0.boolean(core.outbox.isReady) }
      table.field("uptime") { $0.number(Double(core.now &- core.began) / 1e9) }
      table.field("network") { $0.string(core.liveness) }
      table.field("network_for") { $0.number(Double(core.now &- max(core.livenessSince, core.began)) / 1e9) }
      number("connected", core.peers.connectedCount)
      number("known", core.peers.count)
      number("mesh", core.meshPeers)
      number("queued", core.outbox.count)
      number("sent", counters.sent)
      number("events", counters.events)
      number("dropped", counters.dropped)
      number("errors", counters.errors)
      number("refused", counters.refused)
      number("handlers", core.subscriptions.count)
      number("timers", core.timers.count)
      number("waiting", core.waiting.count)
      number("memory", core.lua.memoryUsed)
    }
    return .values
  }
}
