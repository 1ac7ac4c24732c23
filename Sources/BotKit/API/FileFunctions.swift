import Limits
import LuaVM

/// `uc.file`: the files of one folder, and those of others.
enum FileFunctions {
  static let section = APISection(
    "Files",
    """
    A script sees files of one folder only, the one of `--files FOLDER`, and there by their names only: no slash, no dot \
    at the beginning, \(Limits.Files.name) bytes at most. What is in them it does not see. Without `--files` all of this \
    answers `unavailable`. A peer's file is known by its id, which is any text and never a path.

    ```lua
    uc.on("file", function(file) -- somebody announces a file
      if not file.peer:is_admin() then return end
      local got, code = file:fetch { max = 10 * 1024 * 1024 }
      uc.log.info(got and "fetched" or "not fetched", { id = file.id, name = got and got.name, code = code })
    end)

    uc.command("get", { args = { "name" }, where = "dm" }, function(msg, args)
      local file, code = uc.file.offer(args.name)
      msg:reply(file and "ask me for the file " .. file.id or "no: " .. code)
    end)
    ```

    A script may have \(Limits.Lua.fileCalls) such calls under way; more answer `busy`. The codes:

    \(codes.page)
    """,
    shapes: [options, listed], codes: [codes], entries: entries)

  private static let options = APIShape(
    "uc.FetchOptions", "options of `uc.file.fetch` and `file:fetch`",
    [
      .init(
        "name", "string?",
        "what it is to be called in the folder; without it a name is made of the id, in which everything but letters, "
          + "digits, `-`, `_` and `.` becomes `_`"),
      .init(
        "max", "integer?",
        "bytes that are taken, \(Limits.Lua.fetch / 1_048_576) MiB by default, \(Limits.Files.bytes / 1_048_576) MiB at "
          + "most"),
      .init(
        "timeout", "number?",
        "seconds for all of it: \(Limits.Lua.fetchSeconds) by default, 3600 at most; a peer that stops sending is given "
          + "up after \(Limits.Files.stallSeconds)"),
    ])

  private static let listed = APIShape(
    "uc.ListedFile", "a file of `uc.file.list`",
    [
      .init("name", "string", "what it is called in the folder"), .init("size", "integer", "its bytes"),
      .init("id", "string?", "what others ask for it by, when this script offers it"),
    ])

  static let codes = APICodes("uc.FileCode", BotFileFailure.allCases.map { ($0.rawValue, why($0)) })

  private static func why(_ failure: BotFileFailure) -> String {
    switch failure {
    case .unavailable: "there is no folder: it is given with `--files FOLDER`"
    case .badName: "that is no name of a file in a folder"
    case .badID: "that is no id: it is empty, too long, or has control characters in it"
    case .notFound: "there is no such file, in the folder, on offer or at the peer"
    case .exists: "there is something of that name already; nothing is ever overwritten"
    case .empty: "the file has no bytes, which other programs take for an error"
    case .tooLarge: "the file has more bytes than `max`"
    case .full:
      "the folder holds \(Limits.Files.folder / 1_073_741_824) GiB or \(Limits.Files.folderFiles) files, and takes no more"
    case .notConnected: "there is no connection to the peer"
    case .unsupported: "the peer serves no files"
    case .timeout: "it took too long, or nothing came for too long"
    case .wrongLength: "the file was shorter or longer than the peer had said"
    case .lost: "the peer or the connection went away"
    case .forbidden: "the user does not allow it: see `--announce-files`"
    case .noPeers: "nobody in the room is connected"
    case .rateLimited: "too many announcements and texts to single peers; as many are allowed as texts in the room"
    case .busy: "too many transfers, or files on offer"
    case .stopping: "the bot is ending"
    case .failed: "anything else; the log says what"
    }
  }

  static let entries = [
    APIEntry(
      "uc.file.list", .asyncFunction, "uc.file.list() -> files | nil, code", "The files of the folder.",
      type: "async fun(): uc.ListedFile[]?, uc.FileCode?",
      details: """
        *Waits.* A list of tables in the order of their names, \(Limits.Lua.listedFiles) at most. Folders, and what \
        begins with a dot, are not in it.

        \(listed.page("field"))
        """,
      .function { core, call throws(Misuse) in try ask(core, call, "uc.file.list", .list) }),
    APIEntry(
      "uc.file.offer", .asyncFunction, "uc.file.offer(name) -> File | nil, code",
      "Lets others fetch a file of the folder: those who are told its id.",
      type: "async fun(name: string): uc.File?, uc.FileCode?",
      details: """
        *Waits.* The id is a random UUID that nobody can guess. A file that is on offer already keeps its id. The offer \
        ends with `file:withdraw` or the end of the bot; it outlives a reload of the script. What is sent is the file as \
        it is when it is fetched.
        """,
      .function { core, call throws(Misuse) in
        try ask(core, call, "uc.file.offer", .offer(name: try call.requireString(1, "name", of: "uc.file.offer")))
      }),
    APIEntry(
      "uc.file.fetch", .asyncFunction, "uc.file.fetch(peer, id, [options]) -> File | nil, code",
      "Gets a file from a connected peer into the folder.",
      type: "async fun(peer: uc.Peer|string, id: string, options?: uc.FetchOptions): uc.File?, uc.FileCode?",
      details: """
        *Waits* until all of it is there, and returns the new file. When something goes wrong, and when the task that \
        waits is cancelled, nothing of it is left behind.

        \(options.pageWithoutTypes())
        """,
      .function { core, call throws(Misuse) in
        guard let peer = core.peerID(call, 1) else {
          throw Misuse(
            "uc.file.fetch: argument 1 (peer) must be a Peer or the id of one, got \(call.type(1).name)")
        }
        let id = try call.requireString(2, "id", of: "uc.file.fetch")
        return try fetch(core, call, "uc.file.fetch", id: id, from: peer, options: 3)
      }),
    APIEntry(
      "File.id", .field, "file.id -> string or nil", "What others ask for it by.", type: "string?",
      details: "nil for a file of the folder that was not on offer.", .slot(FileSlot.id.rawValue)),
    APIEntry(
      "File.peer", .field, "file.peer -> Peer", "Who has it: `uc.me` for the files of the folder.", type: "uc.Peer",
      .function { _, call in
        call.results.peer(BotPeer(id: call.slotString(1, slot: FileSlot.peer.rawValue) ?? ""))
        return .values
      }),
    APIEntry(
      "File.name", .field, "file.name -> string or nil", "What it is called in the folder.", type: "string?",
      details: "nil for files of others, who tell no names.", .slot(FileSlot.name.rawValue)),
    APIEntry(
      "File.size", .field, "file.size -> integer or nil", "Its size in bytes.", type: "integer?",
      details: "nil for files of others, who tell it when they send them.", .slot(FileSlot.size.rawValue)),
    APIEntry(
      "File:fetch", .asyncMethod, "file:fetch([options]) -> File | nil, code",
      "Gets a file that a peer has announced into the folder.",
      type: "async fun(options?: uc.FetchOptions): uc.File?, uc.FileCode?", details: "*Waits.* As `uc.file.fetch`.",
      .function { core, call throws(Misuse) in
        let id = try id(call, "File:fetch")
        let peer = call.slotString(1, slot: FileSlot.peer.rawValue) ?? ""
        return try fetch(core, call, "File:fetch", id: id, from: peer, options: 2)
      }),
    APIEntry(
      "File:announce", .asyncMethod, "file:announce() -> receipt | nil, code",
      "Tells everybody in the room that the file can be fetched.", type: "async fun(): uc.Receipt?, uc.FileCode?",
      details: """
        *Waits.* It must be on offer, and the user must allow it with `--announce-files`: some peers of the room fetch \
        whatever is announced, and a go-peer that cannot get it ends. The receipt is that of `uc.say`.
        """,
      .function { core, call throws(Misuse) in
        let id = try id(call, "File:announce")
        try call.requireWait("File:announce")
        guard core.directTexts.take(now: core.now) else {
          call.results.failure(BotFileFailure.rateLimited.rawValue)
          return .values
        }
        return try ask(core, call, "File:announce", .announce(id: id))
      }),
    APIEntry(
      "File:withdraw", .asyncMethod, "file:withdraw() -> true | nil, code", "Takes the offer of a file back.",
      type: "async fun(): true?, uc.FileCode?", details: "*Waits.* What is being sent goes on.",
      .function { core, call throws(Misuse) in
        try ask(core, call, "File:withdraw", .withdraw(id: try id(call, "File:withdraw")))
      }),
  ]

  private static func ask(
    _ core: BotCore, _ call: LuaCall, _ function: String, _ action: BotFileRequest.Action
  ) throws(Misuse) -> LuaOutcome {
    try call.requireWait(function)
    return core.askFiles(action, timeout: Double(Limits.Lua.networkSeconds), call)
  }

  /// The id of the file before the colon; empty for one that has none, which nobody finds.
  private static func id(_ call: LuaCall, _ method: String) throws(Misuse) -> String {
    try call.requireSelf(.file, of: method)
    return call.slotString(1, slot: FileSlot.id.rawValue) ?? ""
  }

  private static func fetch(
    _ core: BotCore, _ call: LuaCall, _ function: String, id: String, from peer: String, options index: Int
  ) throws(Misuse) -> LuaOutcome {
    // Methods are written with a colon: their object is no argument to those who write scripts.
    let shown = function.contains(":") ? index - 1 : index
    guard [.none, .null, .table].contains(call.type(index)) else {
      throw Misuse("\(function): argument \(shown) (options) must be a table, got \(call.type(index).name)")
    }
    var name: String?
    var limit = UInt64(Limits.Lua.fetch)
    var timeout = Double(Limits.Lua.fetchSeconds)
    try call.readOptions(index, of: function, names: options.names, example: "{ max = 1000000 }") {
      option, value throws(Misuse) in
      switch option {
      case "name": name = try call.stringOption(option, value, of: function)
      case "max":
        limit = UInt64(
          try call.integerOption(option, value, in: 1...Int(clamping: Limits.Files.bytes), of: function))
      case "timeout": timeout = try NetworkFunctions.timeoutOption(call, option, value, of: function)
      default: return false
      }
      return true
    }
    try call.requireWait(function)
    return core.askFiles(.fetch(id: id, from: peer, name: name, limit: limit), timeout: timeout, call)
  }
}
