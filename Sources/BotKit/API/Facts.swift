import Limits
import LuaVM

/// What a script can know about itself and its surroundings.
enum Facts {
  static let section = APISection(
    "The bot itself", shapes: ManifestFunctions.shapes, entries: entries + ManifestFunctions.entries)

  static let entries = [
    APIEntry(
      "uc.version", .constant, "uc.version -> string", "The version of uc-bot.", type: "string",
      .constant { core, writer in writer.string(core.configuration.version) }),
    APIEntry(
      "uc.nick", .constant, "uc.nick -> string",
      "The name given with --nick; else the short form of the bot's peer id.", type: "string",
      .constant { core, writer in writer.string(core.configuration.nick ?? core.localPeer.short) }),
    APIEntry(
      "uc.script.name", .constant, "uc.script.name -> string", "The script's file name without .lua.",
      type: "string",
      .constant { core, writer in writer.string(core.script.name) }),
    APIEntry(
      "uc.script.dir", .constant, "uc.script.dir -> string", "The directory that the script's file is in.",
      type: "string", details: "As it was given on the command line: `.` for a file beside.",
      .constant { core, writer in writer.string(core.script.directory) }),
    APIEntry(
      "uc.saved", .constant, "uc.saved -> table | nil",
      "What the version of the script that ran before this one has handed over.", type: "table<any, any>?",
      details: """
        `--watch` and SIGHUP load a script anew, in a Lua state of its own. Handlers, timers, tasks and variables of the \
        version before are gone then; what is to live on is returned by a handler of `unload`:

        ```lua
        local seen = uc.saved and uc.saved.seen or {}

        uc.on("message", function(msg) seen[msg.from.id] = uc.now() end)
        uc.on("unload", function() return { seen = seen } end)
        ```

        It is a copy: booleans, numbers, strings and tables of these, \(Limits.Lua.saved / 1_024) KiB of them and \
        \(LuaPlain.depth) tables inside of each other at most. Functions, coroutines and objects are refused, with an \
        error in the log that names the culprit, and so is what does not fit. The first table that a handler returns \
        counts; a handler that waits is too late. It is nil when the process has just begun, and when nothing was handed \
        over.

        The order: the new version is compiled; the `unload` handlers of the old one run; the top level of the new one \
        runs, with `uc.saved`; the tasks of the old one end where they wait; the new one gets `start`, and `ready` if \
        the room is ready. When something is wrong with the new version the log says what and where, and **the old one \
        goes on** as if nothing had been, so an `unload` handler should end nothing. Texts that the top level says go \
        out after the change, texts of the old version that wait for their turn go out still, and events that come \
        meanwhile go to the new one.
        """,
      .constant { _, writer in writer.null() }),
  ]
}
