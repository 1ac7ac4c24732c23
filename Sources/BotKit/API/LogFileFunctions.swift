import Limits
import LuaVM

/// `uc.log.file`: files for what somebody wants to keep.
enum LogFileFunctions {
  static let codes = APICodes(
    "uc.LogFileCode",
    [
      ("unavailable", "there is no place for files: it is given with `--store DIR`"),
      ("failed", "the file cannot be written; the log says why"),
    ])

  static let options = APIShape(
    "uc.LogFileOptions", "options of `uc.log.file`",
    [
      .init("name", "string", "letters, digits, `_` and `-`, \(Limits.LogFile.name) at most"),
      .init("max", "integer?", "bytes of one file, 10 MiB by default, from 1 KiB to 1 GiB"),
      .init("keep", "integer?", "files that are kept, 30 by default, \(Limits.LogFile.keep) at most; the oldest go"),
    ])

  static let entries = [
    APIEntry(
      "uc.log.file", .function, "uc.log.file(options) -> LogFile",
      "A log file of the script's own, which is begun anew each day and when it is full.",
      type: "fun(options: uc.LogFileOptions): uc.LogFile",
      details: """
        Scripts have no other access to files. They lie in `logs/SCRIPT` below the directory of `--store`, and are \
        called `chat-2026-11-22.log`, `chat-2026-11-22-2.log` and so on, by the day in UTC.

        \(options.pageWithoutTypes())

        A script may have \(Limits.LogFile.logs) of them.
        """, .function(open)),
    APIEntry(
      "LogFile.name", .field, "file.name -> string", "The name that it was made with.", type: "string", .slot(0)),
    APIEntry(
      "LogFile:write", .method, "file:write(line) -> true | nil, code", "Writes a line.",
      type: "fun(line: string|number|table): true?, uc.LogFileCode?",
      details: """
        A table is written as JSON, as `uc.json.encode` does; in a text, control characters and line ends are made \
        visible. A line may have \(Limits.LogFile.line) bytes. It has been handed to the system when this returns.

        ```lua
        local file = uc.log.file { name = "chat" }
        uc.on("message", function(msg) file:write { at = msg.time, from = msg.from.id, text = msg.text } end)
        ```

        The codes:

        \(codes.page)
        """, .function(write)),
  ]

  private static func open(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard call.type(1) == .table else {
      throw Misuse("uc.log.file: argument 1 (options) must be a table, got \(call.type(1).name)")
    }
    var name = ""
    var limit = Limits.LogFile.bytes
    var keep = 30
    try call.readOptions(1, of: "uc.log.file", names: options.names, example: "{ name = \"chat\" }") {
      option, value throws(Misuse) in
      switch option {
      case "name": name = try call.stringOption(option, value, of: "uc.log.file")
      case "max": limit = try call.integerOption(option, value, in: 1_024...1_073_741_824, of: "uc.log.file")
      case "keep": keep = try call.integerOption(option, value, in: 1...Limits.LogFile.keep, of: "uc.log.file")
      default: return false
      }
      return true
    }
    let isName = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte == 45
    }
    guard isName, (1...Limits.LogFile.name).contains(name.utf8.count) else {
      throw Misuse("uc.log.file: option 'name' must be 1 to \(Limits.LogFile.name) letters, digits, _ or -")
    }
    guard core.logFiles[name] != nil || core.logFiles.count < Limits.LogFile.logs else {
      throw Misuse("uc.log.file: a script may have \(Limits.LogFile.logs) log files, not more")
    }
    core.logFiles[name] = RotatingLog(name: name, limit: limit, keep: keep)
    call.results.object(ClassID.logFile.rawValue, slots: 1) { $0.string(name) }
    return .values
  }

  private static func write(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.logFile, of: "LogFile:write")
    var line: [UInt8]
    if call.type(2) == .table {
      line = try call.requireJSON(2, "LogFile:write")
    } else {
      line = Array(LogText.line(try call.requireText(2, "line", of: "LogFile:write")).utf8)
    }
    guard line.count <= Limits.LogFile.line else {
      throw Misuse("LogFile:write: a line may have \(Limits.LogFile.line) bytes, got \(line.count)")
    }
    line.append(UInt8(ascii: "\n"))
    guard let name = call.slotString(1, slot: 0), let files = core.configuration.logFiles else {
      call.results.failure("unavailable")
      return .values
    }
    guard
      let (file, expired) = core.logFiles[name]?.place(
        line.count, at: core.configuration.clock.unixSeconds, names: files.names, size: files.size)
    else {
      call.results.failure("unavailable")
      return .values
    }
    do throws(BotLogFileError) {
      try files.append(line, to: file)
    } catch {
      core.noteLogFileFailure(error.message)
      call.results.failure("failed")
      return .values
    }
    for old in expired { files.remove(old) }
    call.results.boolean(true)
    return .values
  }
}

extension BotCore {
  /// At most once a minute: a full disk stays full.
  fileprivate func noteLogFileFailure(_ message: String) {
    guard lastLogFileNotice.map({ now - $0 >= 60_000_000_000 }) ?? true else { return }
    lastLogFileNotice = now
    log.log(.error, "a log file cannot be written: \(message)")
  }
}
