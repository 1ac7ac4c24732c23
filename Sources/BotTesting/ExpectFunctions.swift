import BotKit
import Limits
import LuaVM

/// What a test wants to see. Texts, errors and log lines are each taken once, in their order.
enum ExpectFunctions {
  static let members: [TestAPI.Member] = [
    expectation(
      "expect", "t:expect(text, ...)", "Wants the next text that the bot said to be exactly this.",
      "fun(text: string, ...: string)", details: "Several texts are wanted one after the other."
    ) { world, call throws(Misuse) in
      for index in 2...max(2, call.count) {
        let wanted = try call.requireText(index, "text", of: "t:expect")
        if let problem = world.expect(wanted: TestWorld.quoted(wanted), { $0 == wanted }) { return problem }
      }
      return nil
    },
    .init(
      "Test:expect_match", .method, "t:expect_match(pattern) -> captures",
      "Wants the next text that the bot said to match a Lua pattern, and returns what that captured.",
      type: "fun(pattern: string): string ...",
      details: "Without captures in the pattern it returns what matched.",
      .function(expectMatch)),
    expectation("expect_none", "t:expect_none()", "Wants the bot to have said nothing more.", "fun()") {
      world, _ throws(Misuse) in
      guard world.saidRead < world.said.count else { return nil }
      return "expected nothing more, but the bot said \(TestWorld.quoted(world.said[world.saidRead].text))"
    },
    .init(
      "Test:said", .method, "t:said() -> string[]",
      "What the bot has said and no expectation has taken; it is taken by this.", type: "fun(): string[]",
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:said")
        let world = try file.currentWorld(for: "t:said")
        call.results.table { list in
          for text in world.said.dropFirst(world.saidRead) { list.item { $0.string(text.text) } }
        }
        world.saidRead = world.said.count
        return .values
      }),
    expectation(
      "expect_help", "t:expect_help(command)", "Wants `!help` to know the command.", "fun(command: string)",
      details: "Somebody asks for it, and the bot's next text must be the usage."
    ) { world, call throws(Misuse) in
      let name = try call.requireString(2, "command", of: "t:expect_help")
      let asker = world.peer("asks for help")
      let prefix = world.prefix
      let before = world.saidRead
      world.saidRead = world.said.count
      world.say(Array("\(prefix)help \(name)".utf8), by: asker, room: nil)
      defer { if before < world.saidRead - 1 { world.saidRead = world.said.count } }
      let usage = prefix + name
      return world.expect(wanted: "a text that begins with \(TestWorld.quoted(usage))") { $0.hasPrefix(usage) }
    },
    expectation(
      "expect_error", "t:expect_error(pattern)", "Wants an error in the bot, with a text that matches a Lua pattern.",
      "fun(pattern: string)", details: "Errors that no expectation takes make the test fail."
    ) { world, call throws(Misuse) in
      let pattern = try call.requirePattern(2, "pattern", of: "t:expect_error")
      let errors = world.errors.all
      guard world.errorsRead < errors.count else { return "expected an error, but there was none" }
      let text = errors[world.errorsRead]
      world.errorsRead += 1
      guard TestWorld.range(of: pattern, in: text) == nil else { return nil }
      return "expected an error that matches \(call.quoted(2)), but it was: \(text)"
    },
    expectation(
      "expect_log", "t:expect_log(pattern)", "Wants a line of the log that matches a Lua pattern.",
      "fun(pattern: string)",
      details: "A line is `info chat from=… text=…`: the level, the message, and the fields by the alphabet."
    ) { world, call throws(Misuse) in
      let pattern = try call.requirePattern(2, "pattern", of: "t:expect_log")
      for (index, line) in world.log.all.enumerated() where !world.logRead.contains(index) {
        guard TestWorld.range(of: pattern, in: line) != nil else { continue }
        world.logRead.insert(index)
        return nil
      }
      return "expected a line of the log that matches \(call.quoted(2)), but there is none"
    },
    expectation(
      "expect_connected", "t:expect_connected()", "Wants the bot to live, and its connections to stand.", "fun()"
    ) { world, _ throws(Misuse) in
      if !world.hasBots { return "expected a bot that is connected, but none is loaded" }
      if !world.isAlive { return "expected a bot that is connected, but it has ended" }
      return world.room.isConnected ? nil : "expected the bot to be connected, but it is not"
    },
    expectation(
      "expect_equal", "t:expect_equal(got, wanted)", "Wants two values to be equal; tables by what is in them.",
      "fun(got: any, wanted: any)"
    ) { _, call throws(Misuse) in
      guard call.count >= 3 else { throw Misuse("t:expect_equal: takes two arguments, got \(call.count - 1)") }
      let (got, wanted) = (call.written(2), call.written(3))
      return got == wanted ? nil : "expected \(wanted), got \(got)"
    },
  ]

  /// A method that says what is wrong, or nil.
  private static func expectation(
    _ name: String, _ signature: String, _ summary: String, _ type: String, details: String = "",
    _ body: @escaping @Sendable (TestWorld, LuaCall) throws(Misuse) -> String?
  ) -> TestAPI.Member {
    TestAPI.Member(
      "Test:\(name)", .method, signature, summary, type: type, details: details,
      .function { file, call throws(Misuse) in
        try call.requireSelf(.test, of: "t:\(name)")
        let world = try file.currentWorld(for: "t:\(name)")
        world.noteExpectation()
        guard let problem = try body(world, call) else { return .values }
        return world.failed(problem, call)
      })
  }

  private static func expectMatch(_ file: TestFile, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.test, of: "t:expect_match")
    let world = try file.currentWorld(for: "t:expect_match")
    world.noteExpectation()
    let pattern = try call.requirePattern(2, "pattern", of: "t:expect_match")
    var found: (text: String, range: Range<Int>, captures: [LuaPattern.Capture])?
    let problem = world.expect(wanted: "a text that matches \(call.quoted(2))") { text in
      found = TestWorld.range(of: pattern, in: text).map { (text, $0.range, $0.captures) }
      return found != nil
    }
    if let problem { return world.failed(problem, call) }
    if let found {
      let whole = [LuaPattern.Capture.text(found.range)]
      for capture in found.captures.isEmpty ? whole : found.captures {
        switch capture {
        case .text(let range): call.results.bytes(Array(Array(found.text.utf8)[range]))
        case .position(let offset): call.results.integer(Int64(offset + 1))
        }
      }
    }
    return .values
  }
}

extension TestWorld {
  /// Takes the next text; returns what is wrong with it.
  func expect(wanted: String, _ isWanted: (String) -> Bool) -> String? {
    let said = said
    guard saidRead < said.count else {
      return "expected \(wanted), but the bot said nothing\(saidRead > 0 ? " more" : "")"
    }
    let text = said[saidRead].text
    guard isWanted(text) else { return "expected \(wanted), but the bot said \(Self.quoted(text))" }
    saidRead += 1
    return nil
  }

  /// An expectation was not met: the test ends with this.
  func failed(_ problem: String, _ call: LuaCall) -> LuaOutcome {
    fail(problem, at: call.caller)
    return .raise(problem)
  }

  /// Where a pattern matches in a text; nil: nowhere, or only after too long a time.
  static func range(of pattern: [UInt8], in text: String) -> (range: Range<Int>, captures: [LuaPattern.Capture])? {
    Array(text.utf8).withUnsafeBytes { bytes in
      guard case .found(let range, let captures) = LuaPattern.match(pattern, in: bytes, steps: Limits.Testing.steps)
      else { return nil }
      return (range, captures)
    }
  }
}

extension LuaCall {
  func quoted(_ index: Int) -> String { TestWorld.quoted(string(index) ?? "") }

  /// A value as Lua source, tables with their keys in the order of the alphabet: equal values are written equally.
  func written(_ index: Int, depth: Int = 0) -> String {
    switch type(index) {
    case .none, .null: return "nil"
    case .boolean: return boolean(index) ? "true" : "false"
    case .number: return integer(index).map { "\($0)" } ?? number(index).map { "\($0)" } ?? "?"
    case .string: return quoted(index)
    case .object: return slotString(index, slot: 0) ?? "an object"
    case .function, .thread: return type(index).name
    case .table:
      guard depth < Limits.Testing.depth else { return "{…}" }
      var items: [(number: Int64, name: String, text: String)] = []
      forEachField(index) { key, value in
        let number = type(key) == .number ? integer(key) : nil
        let name = number == nil ? (string(key) ?? written(key, depth: depth + 1)) : ""
        items.append((number ?? .max, name, written(value, depth: depth + 1)))
        return true
      }
      items.sort { ($0.number, $0.name) < ($1.number, $1.name) }
      let isList = items.enumerated().allSatisfy { $0.element.number == Int64($0.offset) + 1 }
      let parts = items.map { item in
        isList ? item.text : (item.number == .max ? item.name : "[\(item.number)]") + " = " + item.text
      }
      return parts.isEmpty ? "{}" : "{ " + parts.joined(separator: ", ") + " }"
    }
  }
}
