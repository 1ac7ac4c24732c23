import BotStore
import Limits
import LuaVM

/// `uc.store`: what a bot remembers, also when it has been away.
enum StoreFunctions {
  static let section = APISection(
    "Remembering",
    """
    `uc.store` keeps values under keys, in a file of the bot's own. `uc.store:scope(name)` and `msg.session` are stores \
    of the same kind, whose keys have nothing to do with those of others.

    ```lua
    local seen = uc.store:scope("seen")

    uc.on("message", function(msg)
      seen:set(msg.from.id, uc.now(), { ttl = 30 * 86400 })
      if seen:incr("messages") % 1000 == 0 then msg:reply("a thousand more!") end
    end)
    ```

    - **What has been set stays set** when the call has returned, even if the process is killed. A power failure may \
    take what was set since the last `flush`; it does not damage the file.
    - **Values keep their types**: booleans, integers, floats (`-0.0`, `inf` and `nan` too), strings of any bytes, and \
    tables of these up to \(LuaPlain.depth) deep. What is kept is a copy: change a table that came from the store, and \
    nothing happens until you set it. Metatables are not kept, and a table that is in two places becomes two. Functions, \
    coroutines, objects of ours (keep `msg.from.id` in place of `msg.from`) and tables that lie in themselves are errors.
    - **Keys are strings.** One key holds one value; to keep a hundred users' points, use a hundred keys and not one \
    table, which would be written as a whole each time.
    - **No call waits**, so nothing comes between two of them. One takes some ten microseconds.
    - **The file** is `NAME.sqlite` in the folder of `--store DIR`, with NAME that of the script without `.lua`; it is \
    made when the store is first used. Without `--store` the folder is `$STATE_DIRECTORY` (which systemd sets), or \
    `uc-bot` in `$XDG_STATE_HOME` or in `~/.local/state`. A damaged file is renamed, told in the log, and the bot begins \
    with an empty store; nothing is deleted. One process at a time can use a file.

    | what | at most |
    |---|---|
    | a value | \(Limits.Store.value / 1_024) KiB as it is written |
    | a key; the names of all scopes on the way to it | \(Limits.Store.key) bytes each |
    | keys, all scopes together | \(Limits.Store.keys) |
    | the file | \(Limits.Store.file / 1_048_576) MiB |
    """,
    shapes: [setOptions, keysOptions], codes: [codes], entries: entries)

  private static let setOptions = APIShape(
    "uc.SetOptions", "how a value is kept",
    [.init("ttl", "number?", "seconds until it vanishes; without it, it stays")])

  private static let keysOptions = APIShape(
    "uc.KeysOptions", "which keys are listed",
    [
      .init("limit", "integer?", "how many at most: 1 to \(Limits.Store.listed), which is the default"),
      .init("after", "string?", "only keys behind this one, which is how the next part of a long list is read"),
    ])

  private static let codes = APICodes(
    "uc.StoreCode",
    [
      (
        "full",
        "\(Limits.Store.keys) keys or \(Limits.Store.file / 1_048_576) MiB are there already, or the disk is full"
      ),
      (
        "too_large",
        "a value of more than \(Limits.Store.value / 1_024) KiB, or a key of more than \(Limits.Store.key) bytes"
      ),
      ("locked", "another process uses the file; the log names it"),
      ("io", "the file cannot be made, read or written; the log says why"),
    ])

  private static let entries = [
    APIEntry(
      "uc.store", .constant, "uc.store -> Store", "What the bot remembers.", type: "uc.Store",
      details: """
        It outlives reloads of the script and restarts of the program. The codes that its methods give behind `nil`:

        \(codes.page)
        """,
      .constant { core, writer in writer.store(.root, title: core.script.name) }),
    APIEntry(
      "Store:get", .method, "store:get(key, [default]) -> value | default | nil, code", "The value of a key.",
      type: "fun(key: string, default?: any): any, uc.StoreCode?",
      details: """
        Without a value it is `default`, or nil. When the store cannot be read it is nil and a code, and not the \
        default: nobody's points begin again at 0 because a disk has failed.
        """, .function(get)),
    APIEntry(
      "Store:set", .method, "store:set(key, value, [options]) -> true | nil, code", "Gives a key a value.",
      type: "fun(key: string, value: any, options?: uc.SetOptions): true?, uc.StoreCode?",
      details: """
        The value nil removes the key.

        \(setOptions.pageWithoutTypes())

        Whatever is set without `ttl` stays, also where the value before had one. Time is that of `uc.now`.
        """, .function(set)),
    APIEntry(
      "Store:incr", .method, "store:incr(key, [n]) -> number | nil, code",
      "Adds `n`, or 1, to a number, and returns the sum.",
      type: "fun(key: string, n?: number): number?, uc.StoreCode?",
      details: """
        A key without a value counts as 0. The time that `ttl` has given it stays as it is. Integers stay integers, \
        and a sum that does not fit one is an error, as is a value that is no number.
        """, .function(increase)),
    APIEntry(
      "Store:update", .method, "store:update(key, function) -> value | nil, code",
      "Replaces a value by what the function makes of it, with nothing in between.",
      type: "fun(key: string, fn: fun(value: any): any): any, uc.StoreCode?",
      details: """
        The function gets the value, or nil, and returns the new one, which is also what the call returns; nil removes \
        the key. The time that `ttl` has given it stays as it is. The function cannot wait: `uc.sleep` and its like are \
        errors in it. When it fails nothing has changed.

        ```lua
        uc.command("add", { args = { { "what", type = "rest" } } }, function(msg, args)
          local list = uc.store:update("list", function(list)
            list = list or {}
            table.insert(list, args.what)
            return list
          end)
          msg:reply("there are " .. #list .. " now")
        end)
        ```
        """, .function(update)),
    APIEntry(
      "Store:delete", .method, "store:delete(key) -> boolean | nil, code", "Removes a key; false when it had no value.",
      type: "fun(key: string): boolean?, uc.StoreCode?", details: "As `store:set(key, nil)`, which does not tell.",
      .function(delete)),
    APIEntry(
      "Store:keys", .method, "store:keys([prefix], [options]) -> list, more | nil, code",
      "The keys that begin with `prefix`, or all, in the order of their bytes.",
      type: "fun(prefix?: string, options?: uc.KeysOptions): string[]?, boolean|uc.StoreCode",
      details: """
        \(keysOptions.pageWithoutTypes())

        `more` is true when there are keys behind the last one of the list. Those in scopes are not among them.

        ```lua
        local last
        repeat
          local keys, more = uc.store:keys("karma:", { after = last })
          for _, key in ipairs(keys) do print(key, uc.store:get(key)) end
          last = keys[#keys]
        until not more
        ```
        """, .function(keys)),
    APIEntry(
      "Store:scope", .method, "store:scope(name) -> Store", "A store in this one, with keys of its own.",
      type: "fun(name: string): uc.Store",
      details: "The same name gives the same store. It takes no room until something is set in it.", .function(scope)),
    APIEntry(
      "Store:flush", .method, "store:flush() -> true | nil, code",
      "Puts all that was set on the disk, so that a power failure does not take it away.",
      type: "fun(): true?, uc.StoreCode?",
      details: """
        It takes as long as the disk does, some milliseconds or more, and the bot stands still meanwhile. When the bot \
        ends in good order it is done by itself.
        """, .function(flush)),
    APIEntry(
      "Message.session", .field, "message.session -> Store",
      "A store for what is to be remembered about who wrote the message.", type: "uc.Store",
      details: """
        It belongs to the peer, in all rooms, and not to this one message.

        ```lua
        uc.hear("^my name is (%w+)", function(msg, name) msg.session:set("name", name) end)

        uc.command("me", function(msg) msg:reply("you are " .. msg.session:get("name", "nobody")) end)
        ```
        """,
      .function { _, call in
        guard let peer = call.slotBytes(1, slot: MessageSlot.fromID.rawValue) else { return .raise("not a Message") }
        let scope = StoreScope.root.scope(Array(peer), kind: .session)
        call.results.store(scope, title: "session of " + String(decoding: peer, as: UTF8.self))
        return .values
      }),
  ]

  // MARK: Functions

  private static func get(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let key = try key(call, of: "Store:get")
    return core.withStore(call) { store, now throws(StoreError) in
      if let value = try store.value(of: key, now: now) {
        call.results.plain(LuaPlain(bytes: value))
      } else if call.count >= 3 {
        call.results.argument(3)
      } else {
        call.results.null()
      }
    }
  }

  private static func set(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let key = try key(call, of: "Store:set")
    guard [.none, .null, .table].contains(call.type(4)) else {
      throw Misuse("Store:set: argument 4 (options) must be a table, got \(call.type(4).name)")
    }
    var ttl: Double?
    try call.readOptions(4, of: "Store:set", names: setOptions.names, example: "{ ttl = 3600 }") {
      name, value throws(Misuse) in
      guard name == "ttl" else { return false }
      ttl = try call.secondsOption(name, value, of: "Store:set")
      return true
    }
    guard call.count >= 3 else { throw Misuse("Store:set: argument 3 (value) is missing; nil removes the key") }
    guard let value = try value(call, 3, of: "Store:set") else {
      call.results.failure("too_large")
      return .values
    }
    return core.withStore(call) { store, now throws(StoreError) in
      if value.isNull {
        try store.delete(key, now: now)
      } else {
        try store.set(key, to: value.bytes, expires: ttl.map { now + $0 }, now: now)
      }
      call.results.boolean(true)
    }
  }

  private static func increase(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let key = try key(call, of: "Store:incr")
    var step = LuaNumber.integer(1)
    if ![.none, .null].contains(call.type(3)) {
      guard let number = try value(call, 3, of: "Store:incr")?.number else {
        throw Misuse("Store:incr: argument 3 (n) must be a number, got \(call.type(3).name)")
      }
      step = number
    }
    var misuse: Misuse?
    let outcome = core.withStore(call) { store, now throws(StoreError) in
      try store.update(key, now: now) { entry in
        do throws(Misuse) {
          let sum = LuaPlain(try Self.sum(entry, step))
          call.results.plain(sum)
          return StoreEntry(value: sum.bytes, expires: entry?.expires)
        } catch {
          misuse = error
          return entry
        }
      }
    }
    if let misuse { throw misuse }
    return outcome
  }

  private static func sum(_ entry: StoreEntry?, _ step: LuaNumber) throws(Misuse) -> LuaNumber {
    guard let entry else { return step }
    guard let number = LuaPlain(bytes: entry.value).number else { throw Misuse("Store:incr: the value is no number") }
    switch (number, step) {
    case (.integer(let a), .integer(let b)):
      let (sum, overflow) = a.addingReportingOverflow(b)
      guard !overflow else { throw Misuse("Store:incr: \(a) + \(b) does not fit an integer") }
      return .integer(sum)
    case (.integer(let a), .float(let b)): return .float(Double(a) + b)
    case (.float(let a), .integer(let b)): return .float(a + Double(b))
    case (.float(let a), .float(let b)): return .float(a + b)
    }
  }

  private static func update(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let key = try key(call, of: "Store:update")
    try call.requireFunction(3, "function", of: "Store:update")
    var isRead = false
    let failed = core.withStore(call) { store, now throws(StoreError) in
      if let value = try store.value(of: key, now: now) {
        call.results.plain(LuaPlain(bytes: value))
      } else {
        call.results.null()
      }
      isRead = true
    }
    // Nothing of the script comes in between, because nothing in the function can wait.
    return isRead ? .call(argument: 3, then: core.endOfUpdate) : failed
  }

  /// The function has returned: its result stands behind the arguments.
  static func endUpdate(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let key = try key(call, of: "Store:update")
    let result = call.count
    guard let value = try value(call, result, of: "Store:update") else {
      call.results.failure("too_large")
      return .values
    }
    return core.withStore(call) { store, now throws(StoreError) in
      try store.update(key, now: now) { entry in
        value.isNull ? nil : StoreEntry(value: value.bytes, expires: entry?.expires)
      }
      call.results.argument(result)
    }
  }

  private static func delete(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let key = try key(call, of: "Store:delete")
    return core.withStore(call) { store, now throws(StoreError) in
      call.results.boolean(try store.delete(key, now: now))
    }
  }

  private static func keys(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let scope = try scope(call, of: "Store:keys")
    var prefix: [UInt8] = []
    if ![.none, .null].contains(call.type(2)) {
      prefix = Array(try call.requireBytes(2, "prefix", of: "Store:keys"))
    }
    guard [.none, .null, .table].contains(call.type(3)) else {
      throw Misuse("Store:keys: argument 3 (options) must be a table, got \(call.type(3).name)")
    }
    var limit = Limits.Store.listed
    var after: [UInt8]?
    try call.readOptions(3, of: "Store:keys", names: keysOptions.names, example: "{ limit = 10 }") {
      name, value throws(Misuse) in
      switch name {
      case "limit":
        guard let number = call.integer(value), (1...Int64(Limits.Store.listed)).contains(number) else {
          throw call.wrongOption(name, value, of: "Store:keys", wanted: "an integer from 1 to \(Limits.Store.listed)")
        }
        limit = Int(number)
      case "after":
        guard let bytes = call.bytes(value) else {
          throw call.wrongOption(name, value, of: "Store:keys", wanted: "a string")
        }
        after = Array(bytes)
      default: return false
      }
      return true
    }
    return core.withStore(call) { store, now throws(StoreError) in
      let keys = try store.keys(in: scope, prefix: prefix, after: after, limit: limit + 1, now: now)
      call.results.plain(LuaPlain(list: keys.prefix(limit).map { LuaPlain(string: $0) }))
      call.results.boolean(keys.count > limit)
    }
  }

  private static func scope(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    let outer = try scope(call, of: "Store:scope")
    let name = try call.requireBytes(2, "name", of: "Store:scope")
    let scope = outer.scope(Array(name))
    // Checked here, so that no call of its methods fails for this alone.
    guard scope.bytes.count <= Limits.Store.key else {
      throw Misuse("Store:scope: argument 2 (name) makes the way to the store longer than \(Limits.Store.key) bytes")
    }
    let outside = call.slotString(1, slot: 1) ?? ""
    let title = LogText.line(String(decoding: name.prefix(64), as: UTF8.self))
    call.results.store(scope, title: outside + "/" + title)
    return .values
  }

  private static func flush(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.store, of: "Store:flush")
    return core.withStore(call) { store, now throws(StoreError) in
      try store.flush(now: now)
      call.results.boolean(true)
    }
  }

  // MARK: Arguments

  private static func scope(_ call: LuaCall, of method: String) throws(Misuse) -> StoreScope {
    try call.requireSelf(.store, of: method)
    return StoreScope(bytes: call.slotBytes(1, slot: 0).map(Array.init) ?? [])
  }

  private static func key(_ call: LuaCall, of method: String) throws(Misuse) -> StoreKey {
    let scope = try scope(call, of: method)
    return StoreKey(Array(try call.requireBytes(2, "key", of: method)), in: scope)
  }

  /// A value as it is kept; nil when it is too large.
  private static func value(_ call: LuaCall, _ index: Int, of method: String) throws(Misuse) -> LuaPlain? {
    do throws(LuaPlainError) {
      return try call.plain(index, limit: Limits.Store.value)
    } catch {
      if error.isSize { return nil }
      throw Misuse(
        "\(method): \(error.message); only nil, booleans, numbers, strings and tables of these can be kept")
    }
  }
}

extension LuaWriter {
  /// A store, as scripts hold it.
  func store(_ scope: StoreScope, title: String) {
    object(ClassID.store.rawValue, slots: 2) { slots in
      slots.bytes(scope.bytes)
      slots.string(title)
    }
  }
}
