import Limits

/// What the reference page says besides the names of the table.
extension ReferencePage {
  static let start = """
    # The scripting API

    <!-- Made by `make docs` of the table in Sources/BotKit/API: change it there. -->

    A bot is a Lua 5.4 script. Its one global of ours is `uc` (also `require "uc"`). This page has every name in it.

    ```lua
    uc.on("message", { match = "^!echo%s" }, function(msg)
      msg:reply("echo: " .. msg.args)
    end)
    ```
    """

  static let howToRead = APISection(
    "How to read it",
    """
    - **Times are in seconds**, fractions allowed, everywhere.
    - **What can fail in normal life returns `nil` and a short code** (`nil, "no_peers"`): test for it. The codes are \
    stable; they are listed with each function.
    - **Misuse raises an error** that names the function, the argument, what it takes, what it got, and your file and \
    line. So does reading a field that does not exist (`uc.slep does not exist (did you mean uc.sleep?)`), a global that \
    you have not set, and writing to `uc` or to an object of ours.
    - **Functions marked *waits*** suspend the calling coroutine; other handlers run meanwhile. They may be called in \
    handlers, timers, the script's top level, modules while they load, and inside coroutines of your own at any depth. \
    They may not be called where Lua cannot suspend: in a `table.sort` comparator, a `string.gsub` callback, a \
    `__tostring`, or a variable that is being closed by `coroutine.close`.
    - **Every handler and timer runs in a coroutine of its own.** Handlers of one event start in order of priority; one \
    that waits does not hold up the next. An error in one is logged with its traceback, and hurts nothing else.
    - **An options table stands before the function**, so that the function can be long. What is in `[brackets]` may be \
    left out.
    """)

  static let luaOfScripts = APISection(
    "The Lua that scripts get",
    """
    Lua 5.4 with `coroutine`, `math`, `string`, `table`, `utf8`, and of `os` `clock`, `date`, `difftime` and `time`. \
    There is no `io`, `debug`, `package`, `dofile`, `loadfile` or `string.dump`. This contains mistakes; it is no wall \
    against whoever writes the script, who is you.

    | what | how it differs |
    |---|---|
    | globals | reading one that was never set is an error that names it; `rawget(_G, "name")` asks without one |
    | `require "lib.text"` | loads `lib/text.lua` beside the script, and nothing from elsewhere; the module may wait \
    while it loads |
    | `load` | text only, never bytecode |
    | `setmetatable` | refuses `__gc`; use `local x <close>` |
    | `collectgarbage` | only `"count"` |
    | `xpcall` | the handler runs after the error has been caught |
    | `string.find`, `match`, `gmatch`, `gsub` | the same results, but a match that takes too long is stopped |
    | `coroutine.*` | the same, and functions that wait may be called inside |
    """)

  static let limits = APISection(
    "Limits",
    """
    | what | limit | what happens |
    |---|---|---|
    | processor time of one run, from its start or from where it waited | \(seconds(Limits.Lua.handlerMilliseconds)) | \
    it is stopped and logged with file and line; `pcall` cannot catch that |
    | processor time of the top level, up to its end or first wait | \(seconds(Limits.Lua.handlerMilliseconds)) | \
    the script does not start |
    | memory of one script | \(mebibytes(Limits.Lua.memory)) | the error `not enough memory` where it happens |
    | runs that wait (\(Limits.Lua.tasks), or `--tasks`), timers (\(Limits.Lua.timers), or `--timers`) | at most \
    \(Limits.Lua.mostTasks) and \(Limits.Lua.mostTimers) | an error that says so |
    | lines that a script logs | \(Int(Limits.Lua.logRate)) a second, \(Int(Limits.Lua.logBurst)) at once | they are \
    left out; how many is logged once a second |
    | events that wait for a slow script | \(Limits.Lua.inbox) | the oldest is dropped; logged at most once a minute |
    | errors of one handler, command or timer in a minute | \(Limits.Lua.breakerErrors) | it is left out for \
    \(Limits.Lua.breakerSeconds) seconds, logged and counted; if it then fails again, for twice as long, up to \
    \(Limits.Lua.breakerMostSeconds / 60) minutes |
    | source of a script or module | \(mebibytes(Limits.Lua.source)) | an error |
    """)

  private static func seconds(_ milliseconds: Int) -> String {
    milliseconds == 1_000 ? "1 second" : "\(Double(milliseconds) / 1_000) seconds"
  }

  private static func mebibytes(_ bytes: Int) -> String { "\(bytes / 1_048_576) MiB" }
}
