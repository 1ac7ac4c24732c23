import BotKit
import LuaVM

/// What a test does to its bot and its world.
enum TestFunctions {
  static let members: [TestAPI.Member] = [
    .init(
      "uc.test", .function, "uc.test(name, function)", "Adds a test; its function gets the test `t`.",
      type: "fun(name: string, test: fun(t: uc.Test))",
      details: """
        Each test has a world of its own: a clock that stands still until `t:advance`, a room, and a store that begins \
        empty. A test fails when an expectation is not met, when there is an error in it or in the bot, or when it \
        expects nothing at all.
        """,
      .function { file, call throws(Misuse) in
        let name = try call.requireString(1, "name", of: "uc.test")
        try call.requireFunction(2, "function", of: "uc.test")
        try file.add(name, call, function: 2)
        return .values
      }),
    .init(
      "Test:load", .method, "t:load(path, [options]) -> TestPeer",
      "Starts a bot, and returns the peer that it speaks as.",
      type:
        "fun(path: string, options?: { config?: table<string, any>, nick?: string, prefix?: string, ready?: boolean, "
        + "files?: boolean }): uc.TestPeer",
      details: """
        The file is looked for beside the test, then from where the program runs. Options: `config`, a table of what \
        the user has set for `uc.config`; `nick`; `prefix`; `ready = false` for a room in which nobody is yet; and \
        `files = false` for a bot without `--files`. A script that does not start raises an error that says why. \
        Several bots may be loaded; they speak as the same peer, as they do in one program.
        """,
      .function(load)),
    method("stop", "t:stop()", "Ends the bot as the end of the program does.", "fun()") {
      world, _ throws(Misuse) in world.stop()
    },
    method("restart", "t:restart()", "Ends the bot as the end of the program does, and starts it anew.", "fun()") {
      world, _ throws(Misuse) in
      do throws(BotError) { try world.restart() } catch { throw Misuse("t:restart: \(error)") }
    },
    .init(
      "Test:reload", .method, "t:reload([source])", "Loads the bot anew while it runs, as `--watch` does.",
      type: "fun(source?: string)",
      details: "With a text as argument that is the new version; else the file is read again.",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:reload")
        let world = try file.currentWorld(for: "t:reload")
        let text = call.string(2)
        do throws(BotError) {
          try world.reload { name throws(BotError) in
            let source = try file.find(name)
            return ScriptSource(path: source.path, text: text ?? source.text)
          }
        } catch {
          throw Misuse("t:reload: \(error)")
        }
        return .values
      }),
    method("ready", "t:ready()", "Lets the first peer of the room be there, after `ready = false`.", "fun()") {
      world, _ throws(Misuse) in world.becomeReady()
    },
    .init(
      "Test:peer", .method, "t:peer(name, [options]) -> TestPeer", "Somebody in the room, made at the first call.",
      type: "fun(name: string, options?: { agent?: string, admin?: boolean }): uc.TestPeer",
      details: """
        Options: `admin = true` makes it one of the bot's admins; with `agent = "go-peer"` it is connected and has \
        introduced itself as that program. Without, it speaks through others, until it joins or connects.
        """,
      .function(peer)),
    method(
      "advance", "t:advance(seconds)", "Lets time pass: everything that is due happens, in its order.",
      "fun(seconds: number)"
    ) { world, call throws(Misuse) in
      let seconds = try call.requireSeconds(2, of: "t:advance")
      world.advance(to: world.now &+ Int64(seconds * 1e9))
    },
    method(
      "at", "t:at(time)", "Lets time pass until a date of UTC: `t:at \"2026-11-22 09:00\"`.", "fun(time: string)",
      details: "The clock begins at 2026-01-01 00:00, and goes forward only. The kit's local time is UTC."
    ) { world, call throws(Misuse) in
      let text = try call.requireString(2, "time", of: "t:at")
      guard let seconds = UTCDate.seconds(text) else {
        throw Misuse(
          "t:at: argument 1 (time) must be a date such as \"2026-11-22 09:00\", got \"\(LogText.line(text))\"")
      }
      let left = seconds - world.clock.unixSeconds
      guard left >= 0 else {
        throw Misuse("t:at: \(LogText.line(text)) is in the past: it is \(UTCDate.text(world.clock.unixSeconds)) now")
      }
      world.advance(to: world.now &+ Int64(left * 1e9))
    },
    .init(
      "Test:now", .method, "t:now() -> number", "The time of the test's clock, in seconds since 1970.",
      type: "fun(): number",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:now")
        call.results.number(try file.currentWorld(for: "t:now").clock.unixSeconds)
        return .values
      }),
    method(
      "random", "t:random(seed)", "Begins chance anew, that of `math.random` included.", "fun(seed: integer)",
      details: "Without it, each test begins with the same seed: chance is the same in every run."
    ) { world, call throws(Misuse) in
      guard let seed = call.integer(2) else {
        throw Misuse("t:random: argument 1 (seed) must be an integer, got \(call.type(2).name)")
      }
      world.reseed(UInt64(bitPattern: seed))
    },
    method(
      "set", "t:set(option, value)", "Changes an option of `uc.config` while the bot runs.",
      "fun(option: string, value: boolean|number|string|table)"
    ) { world, call throws(Misuse) in
      let name = try call.requireString(2, "option", of: "t:set")
      guard call.count > 2, BotValue(call, 3) != nil else {
        throw Misuse("t:set: argument 2 (value) must be what an option can be, got \(call.type(3).name)")
      }
      world.setOption(name, BotOptions.Given(call, 3, named: name))
    },
    method(
      "on_ping", "t:on_ping(peer, seconds, [code])", "Says how pings of a peer end.",
      "fun(peer: uc.TestPeer, seconds?: number, code?: string)",
      details: """
        `t:on_ping(alice, 0.02)` answers in 20 ms, `t:on_ping(alice, nil, "timeout")` not at all. Without it, peers \
        that are connected answer in 50 ms, and the others are `not_connected`.
        """
    ) { world, call throws(Misuse) in
      let peer = try call.requirePeer(2, world, of: "t:on_ping")
      if let seconds = call.number(3) {
        return world.room.answerPings(of: peer.peer.id, with: .success(seconds))
      }
      guard let failure = call.string(4).flatMap(BotPingFailure.init(rawValue:)) else {
        throw Misuse("t:on_ping: must be seconds, or nil and a code of peer:ping such as \"timeout\"")
      }
      world.room.answerPings(of: peer.peer.id, with: .failure(failure))
    },
    .init(
      "Test:files", .method, "t:files() -> table", "The files of `uc.log.file`: what is in each, by its name.",
      type: "fun(): table<string, string>",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:files")
        let files = try file.currentWorld(for: "t:files").logFiles.contents
        call.results.table { table in
          for (name, text) in files.sorted(by: { $0.key < $1.key }) { table.field(name) { $0.bytes(text) } }
        }
        return .values
      }),
    method(
      "drop_connection", "t:drop_connection([seconds])", "Cuts all connections; they are back after 5 seconds.",
      "fun(seconds?: number)"
    ) { world, call throws(Misuse) in
      let seconds = call.count > 1 ? try call.requireSeconds(2, of: "t:drop_connection") : 5
      world.dropConnection(seconds: seconds)
    },
  ]

  /// A method that returns nothing.
  static func method(
    _ name: String, _ signature: String, _ summary: String, _ type: String, details: String = "",
    _ body: @escaping @Sendable (TestWorld, LuaCall) throws(Misuse) -> Void
  ) -> TestAPI.Member {
    TestAPI.Member(
      "Test:\(name)", .method, signature, summary, type: type, details: details,
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:\(name)")
        let world = try file.currentWorld(for: "t:\(name)")
        let failed = world.failures.count
        try body(world, call)
        // What happened meanwhile may be a failure, which ends the test where it is.
        if world.failures.count > failed, let failure = world.failures.last { return .raise(failure.message) }
        return .values
      })
  }

  private static func load(_ file: TestFile, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.test, of: "t:load")
    let world = try file.currentWorld(for: "t:load")
    let path = try call.requireString(2, "path", of: "t:load")
    let options = try LoadOptions(call, 3)
    do throws(BotError) {
      try world.load(path, try file.find(path), options)
    } catch {
      throw Misuse("t:load: \(error)")
    }
    call.results.peer(BotPeer(id: world.room.localPeerID), name: "bot")
    return .values
  }

  private static func peer(_ file: TestFile, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.test, of: "t:peer")
    let world = try file.currentWorld(for: "t:peer")
    let name = try call.requireString(2, "name", of: "t:peer")
    let peer = world.peer(name)
    try call.readOptions(3, of: "t:peer", names: ["agent", "admin"], example: "{ admin = true }") {
      option, value throws(Misuse) in
      switch option {
      case "agent": peer.agent = try call.stringOption(option, value, of: "t:peer")
      case "admin": if try call.booleanOption(option, value, of: "t:peer") { world.makeAdmin(peer) }
      default: return false
      }
      return true
    }
    if peer.agent != nil { world.connect(peer) }
    call.results.peer(peer.peer, name: name)
    return .values
  }
}

extension LoadOptions {
  /// The options of `t:load`.
  init(_ call: LuaCall, _ index: Int) throws(Misuse) {
    self.init()
    guard call.type(index) != .none, call.type(index) != .null else { return }
    guard call.type(index) == .table else {
      throw Misuse("t:load: argument 2 (options) must be a table, got \(call.type(index).name)")
    }
    var read = self
    try call.readOptions(
      index, of: "t:load", names: ["config", "nick", "prefix", "ready", "files"], example: "{ nick = \"botty\" }"
    ) {
      option, value throws(Misuse) in
      switch option {
      case "config":
        guard call.type(value) == .table else {
          throw call.wrongOption(option, value, of: "t:load", wanted: "a table")
        }
        call.forEachField(value) { key, value in
          if let name = call.string(key) { read.config[name] = BotOptions.Given(call, value, named: name) }
          return true
        }
      case "nick": read.nick = try call.stringOption(option, value, of: "t:load")
      case "prefix": read.prefix = try call.stringOption(option, value, of: "t:load")
      case "ready": read.isReady = try call.booleanOption(option, value, of: "t:load")
      case "files": read.hasFolder = try call.booleanOption(option, value, of: "t:load")
      default: return false
      }
      return true
    }
    self = read
  }
}
