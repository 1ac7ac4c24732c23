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
    shapes: [pingOptions],
    codes: [APICodes("uc.PeerCode", [("unknown_peer", "there is no such peer, or more than one")]), pingCodes],
    entries: entries)

  private static let pingOptions = APIShape(
    "uc.PingOptions", "options of `peer:ping`",
    [.init("timeout", "number?", "seconds: \(Limits.Ping.timeoutSeconds) by default, 3600 at most")])

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
    APIEntry(
      "Peer:ping", .asyncMethod, "peer:ping([options]) -> seconds | nil, code",
      "Measures the round trip to the peer.", type: "async fun(options?: uc.PingOptions): number?, uc.PingCode?",
      details: """
        *Waits.* The only option is `timeout`, in seconds: \(Limits.Ping.timeoutSeconds) by default, 3600 at most.

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
        The room itself does not tell: this goes by `peer.agent`, which must contain `(bot)` (as that of uc-bot with \
        scripts does) or have a program's name that ends in "bot". Of a peer that has not identified itself it is false.
        """,
      .function { core, call throws(Misuse) in
        try call.requireSelf(.peer, of: "Peer:is_bot")
        call.results.boolean(core.known(call)?.isBot ?? false)
        return .values
      }),
  ]

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
    let timeout = try timeoutOption(call)
    try call.requireWait("Peer:ping")
    guard let id = call.slotString(1, slot: 0) else { throw Misuse("Peer:ping: not a Peer") }
    let token = core.beginWait()
    core.pingsInFlight.insert(token)
    // The network keeps the time too; this one is for networks that never answer.
    core.timers.schedule(.wait(token), at: core.now &+ Int64(timeout * 1e9))
    let deliver = core.deliver
    core.network.ping(id, timeoutSeconds: timeout) { deliver(.pinged(token: token, $0)) }
    return .wait
  }

  private static func timeoutOption(_ call: LuaCall) throws(Misuse) -> Double {
    var timeout = Double(Limits.Ping.timeoutSeconds)
    guard call.type(2) == .table else {
      if call.type(2) == .none || call.type(2) == .null { return timeout }
      throw Misuse("Peer:ping: argument 1 (options) must be a table, got \(call.type(2).name)")
    }
    var problem: Misuse?
    call.forEachField(2) { key, value in
      if call.string(key) != "timeout" {
        let name = call.string(key).map { "'\($0)'" } ?? call.type(key).name
        problem = Misuse("Peer:ping: unknown option \(name) (there is 'timeout')")
      } else if let seconds = call.number(value), seconds > 0, seconds <= 3_600 {
        timeout = seconds
      } else {
        let got = call.number(value).map { "\($0)" } ?? call.type(value).name
        problem = Misuse("Peer:ping: option 'timeout' must be a number of seconds up to 3600, got \(got)")
      }
      return problem == nil
    }
    if let problem { throw problem }
    return timeout
  }
}

extension BotCore {
  /// What is known about the peer that is argument 1.
  fileprivate func known(_ call: LuaCall) -> PeerBook.Entry? {
    call.slotString(1, slot: 0).flatMap { peers[$0] }
  }
}
