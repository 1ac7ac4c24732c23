import LuaVM

/// `uc.use` and `uc.catch`: what stands around the handlers.
enum MiddlewareFunctions {
  static let section = APISection(
    "Around the handlers",
    shapes: [
      APIShape(
        "uc.Context", "what `uc.use` and `uc.catch` are told about the event",
        [
          .init("event", "string?", "its name"), .init("peer", "uc.Peer?", "the peer that it comes from"),
          .init("message", "uc.Message?", "what was said"),
          .init("command", "string?", "the name of the command that it gives"),
        ])
    ],
    entries: entries)

  static let entries = [
    APIEntry(
      "uc.use", .function, "uc.use(function) -> Subscription",
      "Calls the function with each message before its handlers get it, which they do when it calls `next`.",
      type: "fun(fn: async fun(ctx: uc.Context, next: async fun()): any): uc.Subscription",
      details: """
        The function gets a table, `ctx`, and a function, `next`. In `ctx` are `event` (`"message"` or `"dm"`), \
        `message`, `peer`, and `command`: the name of the command that the message gives, nil when it gives none. A \
        function that does not call `next` drops the message: no handler, no command and no `uc.wait` gets it. \
        `next` *waits* until every handler that it has started has ended, so that what stands behind it is done \
        afterwards.

        ```lua
        local banned = {}

        uc.use(function(ctx, next)
          if not banned[ctx.peer.id] then next() end
        end)

        uc.use(function(ctx, next)
          local began = uc.monotonic()
          next()
          if ctx.command then uc.log.info("done", { command = ctx.command, seconds = uc.monotonic() - began }) end
        end)
        ```

        The functions come in the order in which they were made; the message goes from one to the next. They may \
        wait. Meanwhile later messages of the same peer wait too, 64 of all peers at most, so that none overtakes \
        another; a function that calls `uc.wait` lets them pass. A function that fails has not called `next`: what it \
        guards stays guarded. It is not left out for failing often.
        """,
      .function(use)),
    APIEntry(
      "uc.catch", .function, "uc.catch(function) -> Subscription",
      "Calls the function with each error of the script, and what it happened in.",
      type: "fun(fn: async fun(err: uc.ErrorEvent, ctx: uc.Context): any): uc.Subscription",
      details: """
        The same as `uc.on("error", function)`. Of the error there are `message`, which begins with file and line, \
        `traceback`, `source` (`file:line` of the call that made the handler, timer or task) and `handler` (which it \
        is, in words). The second argument is a table as in `uc.use`: `event`, `peer`, `message` and `command` of \
        what the error happened in, so far as there are any.

        ```lua
        uc.catch(function(err, ctx)
          if ctx.command then ctx.message:reply("sorry, that failed") end
        end)
        ```

        Errors are in the log whether they are caught here or not. An error of this function itself, and of what it \
        begins, is only there.
        """,
      .function(catchErrors)),
  ]

  private static func use(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireFunction(1, "function", of: "uc.use")
    let kept = try core.keepHandler(call, 1, of: "uc.use")
    write(core.subscriptions.addMiddleware(kept, place: call.caller ?? core.script.path), call)
    return .values
  }

  private static func catchErrors(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireFunction(1, "function", of: "uc.catch")
    let kept = try core.keepHandler(call, 1, of: "uc.catch")
    let options = Subscription.Options()
    write(core.subscriptions.add(.error, kept, options, place: call.caller ?? core.script.path), call)
    return .values
  }

  private static func write(_ subscription: Subscription, _ call: LuaCall) {
    call.results.object(ClassID.subscription.rawValue, slots: 1) { $0.integer(subscription.id) }
  }

  /// Makes `next` known.
  static func install(in core: BotCore) {
    core.nextFunction = core.lua.hidden { [unowned core] call in
      do throws(Misuse) {
        return try core.callNext(call.integer(1).map { UInt64(bitPattern: $0) } ?? 0, call)
      } catch {
        return .raise(error.message)
      }
    }
  }
}
