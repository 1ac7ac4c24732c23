import Limits
import Synchronization
import Testing

@testable import BotKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Log files of a script")
struct LogFileTests {
  /// Files in memory.
  final class Files: BotLogFiles {
    let all = Mutex<[String: String]>([:])
    let isFull = Mutex(false)
    func names() -> [String] { all.withLock { Array($0.keys) } }
    func size(of name: String) -> Int { all.withLock { $0[name]?.utf8.count ?? 0 } }
    func append(_ bytes: [UInt8], to name: String) throws(BotLogFileError) {
      guard !isFull.withLock({ $0 }) else { throw BotLogFileError("no space left") }
      all.withLock { $0[name, default: ""] += String(decoding: bytes, as: UTF8.self) }
    }
    func remove(_ name: String) { all.withLock { $0[name] = nil } }
  }

  private func bench(_ source: String, _ files: Files?) throws -> BotBench {
    try BotBench(source) { $0.logFiles = files }
  }

  @Test("tables are JSON, texts are as they are, with nothing in them that a terminal obeys")
  func lines() throws {
    let files = Files()
    _ = try bench(
      """
      local file = uc.log.file { name = "chat" }
      assert(file:write { b = 1, a = "x\\ny" } == true)
      assert(file:write("one\\ntwo\\27[31m") == true)
      assert(file.name == "chat")
      """, files)
    // The bench's clock begins at 2023-11-14.
    #expect(files.all.withLock { $0 } == ["chat-2023-11-14.log": "{\"a\":\"x\\ny\",\"b\":1}\none\\ntwo\\x1b[31m\n"])
  }

  @Test("a new file begins each day and when one is full, and the oldest go")
  func rotation() throws {
    let files = Files()
    let bench = try bench(
      """
      local file = uc.log.file { name = "chat", max = 1024, keep = 3 }
      uc.on("message", function(msg) file:write(msg.text) end)
      """, files)
    let line = String(repeating: "x", count: 511)
    for _ in 1...2 { bench.hear(line) }
    #expect(files.names() == ["chat-2023-11-14.log"])
    for _ in 1...3 { bench.hear(line) }
    #expect(files.names().sorted() == ["chat-2023-11-14-2.log", "chat-2023-11-14-3.log", "chat-2023-11-14.log"])
    bench.advance(86_400)
    bench.hear("next day")
    #expect(files.names().sorted() == ["chat-2023-11-14-2.log", "chat-2023-11-14-3.log", "chat-2023-11-15.log"])
    #expect(files.all.withLock { $0["chat-2023-11-15.log"] } == "next day\n")
  }

  @Test("a restart goes on in the file that is there, and leaves other files alone")
  func restart() throws {
    let files = Files()
    files.all.withLock {
      $0 = [
        "chat-2023-11-14-2.log": "before\n", "chatter-2023-11-14.log": "y", "chat-x.log": "z",
        "chat-2023-13-01.log": "",
      ]
    }
    _ = try bench("uc.log.file { name = 'chat', keep = 1 }:write('after')", files)
    #expect(
      files.all.withLock { $0 } == [
        "chat-2023-11-14-2.log": "before\nafter\n", "chatter-2023-11-14.log": "y", "chat-x.log": "z",
        "chat-2023-13-01.log": "",
      ])
  }

  @Test("where nothing can be written the script is told, and the log once a minute")
  func failures() throws {
    let source = """
      local file = uc.log.file { name = "chat" }
      uc.on("message", function() print(select(2, file:write("x"))) end)
      """
    let nowhere = try bench(source, nil)
    nowhere.hear("a")
    #expect(nowhere.logged == ["unavailable"])
    let files = Files()
    files.isFull.withLock { $0 = true }
    let full = try bench(source, files)
    full.hear("a")
    full.hear("b")
    #expect(full.logged == ["a log file cannot be written: no space left", "failed", "failed"])
  }

  @Test(
    "misuse names the option and what it takes",
    arguments: [
      ("uc.log.file()", "uc.log.file: argument 1 (options) must be a table, got nothing"),
      ("uc.log.file {}", "uc.log.file: option 'name' must be 1 to 40 letters, digits, _ or -"),
      ("uc.log.file { name = '../x' }", "uc.log.file: option 'name' must be 1 to 40 letters, digits, _ or -"),
      (
        "uc.log.file { name = 'x', max = 1 }",
        "uc.log.file: option 'max' must be an integer from 1024 to 1073741824, got 1.0"
      ),
      ("uc.log.file { name = 'x', keep = 0 }", "uc.log.file: option 'keep' must be an integer from 1 to 1000, got 0.0"),
      ("for i = 1, 9 do uc.log.file { name = 'x' .. i } end", "uc.log.file: a script may have 8 log files, not more"),
      ("uc.log.file { name = 'x' }:write()", "LogFile:write: argument 2 (line) must be a string, got nothing"),
      (
        "uc.log.file { name = 'x' }:write { ('x'):rep(65536) }",
        "LogFile:write: a line may have 65536 bytes, got 65540"
      ),
      ("uc.log.file { name = 'x' }:write { print }", "LogFile:write: a function cannot be written as JSON (at [1])"),
    ])
  func misuse(source: String, message: String) throws {
    #expect {
      _ = try bench(source, Files())
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test("in a directory: made when it is needed, for the user alone, through no symbolic link")
  func directory() throws {
    var template = Array("/tmp/uc-bot-log-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw BotLogFileError("no directory") }
    let root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { for path in ["/a/b/x.log", "/a/b/link.log", "/a/b", "/a", ""] { _ = Glibc.remove(root + path) } }
    let files = LogFileDirectory(path: root + "/a/b")
    #expect(files.names().isEmpty)
    #expect(files.size(of: "x.log") == 0)
    try files.append(Array("one\n".utf8), to: "x.log")
    try files.append(Array("two\n".utf8), to: "x.log")
    #expect(files.size(of: "x.log") == 8)
    var status = stat()
    #expect(stat(root + "/a/b/x.log", &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(stat(root + "/a/b", &status) == 0 && status.st_mode & 0o777 == 0o700)
    #expect(symlink(root + "/elsewhere", root + "/a/b/link.log") == 0)
    #expect(throws: BotLogFileError.self) { try files.append([1], to: "link.log") }
    files.remove("x.log")
    #expect(files.names().filter { $0.hasSuffix(".log") } == ["link.log"])
  }
}
