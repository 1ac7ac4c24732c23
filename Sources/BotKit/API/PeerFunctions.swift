import Limits
import LuaVM

/// Peers: the bot's own and others.
enum PeerFunctions {
  static let section = APISection(
    "Peers",
    """
    There is one object for each peer: compare with `==`, use it as a key. The fields are read-only and tell what is \
    known now. The host remembers \(Limits.Lua.peers) peers, the connected ones longest.
    """,
    shapes: [pingOptions, peersOptions],
    codes: [APICodes("uc.PeerCode", [("unknown_peer", "there is no such peer, or more than one")]), pingCodes],
    entries: entries)

  private static let pingOptions = APIShape(
    "uc.PingOptions", "options of `peer:ping`",
    [
      .init("timeout", "number?", "seconds: \(Limits.Ping.timeoutSeconds) by default, 3600 at most"),
      .init(
        "count", "integer?", "how many round trips, one after the other: 1 by default, \(Limits.Lua.pings) at most"),
    ])

  private static let peersOptions = APIShape(
    "uc.PeersOptions", "options of `uc.peers`", [.init("connected", "boolean?", "`true`: only those connected now")])

  private static let pingCodes = APICodes(
    "uc.PingCode",
    [
      (BotPingFailure.notConnected.rawValue, "there is no connection to it"),
      (BotPingFailure.timeout.rawValue, "no answer in time"),
      (BotPingFailure.unsupported.rawValue, "it speaks no ping"),
      (BotPingFailure.stopping.rawValue, "the bot is ending"),
      (BotPingFailure.failed.rawValue, "the network could not; the log says why"),
    ])

  static let entries = [
    APIEntry(
      "uc.me", .constant, "uc.me -> Peer", "The peer that the bot speaks as.", type: "uc.Peer",
      .constant { core, writer in writer.peer(core.localPeer) }),
    APIEntry(
      "uc.peer", .function, "uc.peer(id) -> Peer | nil, code",
      "The peer with this id; also by the last eight characters of an id that has been seen.",
      type: "fun(id: string): uc.Peer?, uc.PeerCode?",
      details: """
        The code is `unknown_peer`: the text is no peer id, or the eight characters fit none or several. A peer that \
        has never been seen is a Peer too.
        """, .function(peer)),
    APIEntry(
      "uc.peers", .function, "uc.peers([options]) -> iterator", "Goes through the peers that are known, in a `for`.",
      type: "fun(options?: uc.PeersOptions): fun(): uc.Peer?",
      details: """
        They come in the order in which they became known. With `{ connected = true }` only those that are connected. The \
        body of the loop may wait; who comes or goes meanwhile may be in it or not.

        ```lua
        uc.command("who", function(msg)
          local names = {}
          for peer in uc.peers { connected = true } do names[#names + 1] = peer.short end
          msg:reply(#names .. " connected: " .. uc.clip(table.concat(names, " "), 1000))
        end)
        ```
        """, .function(peers)),
    APIEntry("Peer.id", .field, "peer.id -> string", "The full peer id.", type: "string", .slot(0)),
    APIEntry(
      "Peer.short", .field, "peer.short -> string", "The last eight characters of the id: what chats show.",
      type: "string", .slot(1)),
    APIEntry(
      "Peer.connected", .field, "peer.connected -> boolean", "Whether there is a connection to it now.",
      type: "boolean",
      .function { core, call in
        call.results.boolean(core.known(call)?.connected ?? false)
        return .values
      }),
    APIEntry(
      "Peer.agent", .field, "peer.agent -> string or nil", "The program that it says it is.", type: "string?",
      details: "nil until it has told.",
      .function { core, call in
        if let agent = core.known(call)?.agent { call.results.string(agent) } else { call.results.null() }
        return .values
      }),
    APIEntry(
      "Peer.rtt", .field, "peer.rtt -> number or nil", "The last round trip that was measured, in seconds.",
      type: "number?", details: "nil until one has been.",
      .function { core, call in
        if let seconds = core.known(call)?.roundTrip { call.results.number(seconds) } else { call.results.null() }
        return .values
      }),
    list("addrs", "Where it says it listens, as multiaddrs.") { $0.addresses },
    list("protocols", "The protocols that it says it speaks.") { $0.protocols },
    time("first_seen", "When it was heard of first, in seconds since 1970.") { $0.firstSeen },
    time("last_seen", "When it was heard of last, in seconds since 1970.") { $0.lastSeen },
    APIEntry(
      "Peer:ping", .asyncMethod, "peer:ping([options]) -> seconds | nil, code",
      "Measures the round trip to the peer.", type: "async fun(options?: uc.PingOptions): number?, uc.PingCode?",
      details: """
        *Waits.* With a `count` it returns the mean of so many round trips; the `timeout` is for all of them.

        \(pingOptions.page())

        \(pingCodes.page)
        """, .function(ping)),
    APIEntry(
      "Peer:is_admin", .method, "peer:is_admin() -> boolean", "Whether the peer is one of the bot's admins.",
      type: "fun(): boolean",
      .function { core, call throws(Misuse) in
        try call.requireSelf(.peer, of: "Peer:is_admin")
        call.results.boolean(call.slotString(1, slot: 0).map { core.configuration.admins.contains($0) } ?? false)
        return .values
      }),
    APIEntry(
      "Peer:is_bot", .method, "peer:is_bot() -> boolean", "Whether the program that it says it is is known as a bot.",
      type: "fun(): boolean",
      details: """
        The room itself does not tell: this goes by `peer.agent`, which must have the part `/bot` (as the \
        `uc-bot/0.1.0/bot` of a uc-bot that runs scripts), contain `(bot)`, or begin with a program's name that ends in \
        "bot". Of a peer that has not identified itself it is false.
        """,
      .function { core, call throws(Misuse) in
        try call.requireSelf(.peer, of: "Peer:is_bot")
        call.results.boolean(core.known(call)?.isBot ?? false)
        return .values
      }),
    APIEntry(
      "Peer:mute", .method, "peer:mute(seconds)", "Does not listen to the peer for so long.",
      type: "fun(seconds: number)",
      details: """
        No handler, no command and no `uc.wait` of this script gets its messages. `0` listens to it again. \
        \(Limits.Lua.mutes) peers at most are muted; it outlives a reload of the script, and not a restart of the bot.
        """,
      .function { core, call throws(Misuse) in
        try call.requireSelf(.peer, of: "Peer:mute")
        let seconds = try call.requireSeconds(2, of: "Peer:mute")
        let end = core.now &+ Int64(seconds * 1e9)
        core.mutes.mute(call.slotString(1, slot: 0) ?? "", until: end, now: core.now)
        return .values
      }),
  ]

  private static func list(
    _ name: String, _ summary: String, _ items: @escaping @Sendable (PeerBook.Entry) -> [String]
  ) -> APIEntry {
    APIEntry(
      "Peer.\(name)", .field, "peer.\(name) -> table", summary, type: "string[]",
      details: "Empty until it has told; \(Limits.Lua.peerList) at most.",
      .function { core, call in
        call.results.list(core.known(call).map(items) ?? [])
        return .values
      })
  }

  private static func time(
    _ name: String, _ summary: String, _ time: @escaping @Sendable (PeerBook.Entry) -> Double
  ) -> APIEntry {
    APIEntry(
      "Peer.\(name)", .field, "peer.\(name) -> number or nil", summary, type: "number?",
      details: "nil for a peer that is not remembered.",
      .function { core, call in
        if let entry = core.known(call) { call.results.number(time(entry)) } else { call.results.null() }
        return .values
      })
  }

  private static func peers(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard [.none, .null, .table].contains(call.type(1)) else {
      throw Misuse("uc.peers: argument 1 (options) must be a table, got \(call.type(1).name)")
    }
    var onlyConnected = false
    try call.readOptions(1, of: "uc.peers", names: peersOptions.names, example: "{ connected = true }") {
      name, value throws(Misuse) in
      guard name == "connected" else { return false }
      onlyConnected = try call.booleanOption(name, value, of: "uc.peers")
      return true
    }
    guard let step = core.nextPeerFunction else { return .values }
    call.results.function(step, bound: onlyConnected ? 1 : 0)
    return .values
  }

  /// Makes the iterator of `uc.peers` known: it gets what it is bound to, the state of the `for`, and the last peer.
  static func install(in core: BotCore) {
    core.nextPeerFunction = core.lua.hidden { [unowned core] call in
      let last = call.slotString(3, slot: 0)
      if let id = core.peers.next(after: last, onlyConnected: call.integer(1) == 1) {
        call.results.peer(BotPeer(id: id))
      } else {
        call.results.null()
      }
      return .values
    }
  }

  private static func peer(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let text = try call.requireString(1, "id", of: "uc.peer")
    guard let peer = core.knownPeer(text) else {
      call.results.failure("unknown_peer")
      return .values
    }
    call.results.peer(peer)
    return .values
  }

  private static func ping(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.peer, of: "Peer:ping")
    guard [.none, .null, .table].contains(call.type(2)) else {
      throw Misuse("Peer:ping: argument 1 (options) must be a table, got \(call.type(2).name)")
    }
    var timeout = Double(Limits.Ping.timeoutSeconds)
    var count = 1
    try call.readOptions(2, of: "Peer:ping", names: pingOptions.names, example: "{ timeout = 5 }") {
      name, value throws(Misuse) in
      switch name {
      case "timeout": timeout = try NetworkFunctions.timeoutOption(call, name, value, of: "Peer:ping")
      case "count":
        guard let number = call.integer(value), (1...Int64(Limits.Lua.pings)).contains(number) else {
          throw call.wrongOption(name, value, of: "Peer:ping", wanted: "a whole number from 1 to \(Limits.Lua.pings)")
        }
        count = Int(number)
      default: return false
      }
      return true
    }
    try call.requireWait("Peer:ping")
    guard let id = call.slotString(1, slot: 0) else { throw Misuse("Peer:ping: not a Peer") }
    core.ping(id, count: count, timeout: timeout)
    return .wait
  }
}

extension BotCore {
  /// What is known about the peer that is argument 1.
  fileprivate func known(_ call: LuaCall) -> PeerBook.Entry? {
    call.slotString(1, slot: 0).flatMap { peers[$0] }
  }
}
