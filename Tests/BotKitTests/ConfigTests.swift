import Limits
import LuaVM
import Testing

@testable import BotKit

@Suite("What a script lets its user choose")
struct ConfigTests {
  private static let script = """
    local o = uc.config {
      text = "hi", every = 60, ratio = 0.5, quiet = false, langs = { "en" }, ports = { 1, 2 }, none = {},
    }
    local function show()
      print(o.text, o.every, o.ratio, o.quiet, table.concat(o.langs, "+"), table.concat(o.ports, "+"), #o.none,
        math.type(o.every), math.type(o.ratio))
    end
    show()
    uc.on("config", function(ev)
      local names = {}
      for name in pairs(ev.changed) do names[#names + 1] = name end
      table.sort(names)
      print(table.concat(names, " "), ev.changed.text)
      show()
    end)
    """

  private func bench(_ source: String = script, _ set: (inout BotOptions) -> Void) throws -> BotBench {
    var options = BotOptions(bot: "test")
    set(&options)
    return try BotBench(source) { $0.options = options }
  }

  @Test("without a wish it is the defaults")
  func defaults() throws {
    #expect(try bench { _ in }.logged == ["hi\t60\t0.5\tfalse\ten\t1+2\t0\tinteger\tfloat"])
  }

  @Test("the command line wins over the environment, which wins over the file")
  func layers() throws {
    let bench = try bench { options in
      options.file = [
        "text": given(.string("file")), "every": given(.integer(1)), "ratio": given(.integer(2)),
        "langs": given(.list([.string("a"), .string("b")])), "none": given(.list([.string("x")])),
      ]
      options.environment = [
        "UC_BOT_TEST_EVERY": "2", "UC_BOT_TEST_QUIET": "yes", "UC_BOT_TEST_PORTS": "7, -8", "UC_BOT_OTHER_TEXT": "no",
        "HOME": "/",
      ]
      options.commandLine = ["every": .init(.text("3"), place: "--set test.every")]
    }
    #expect(bench.logged == ["file\t3\t2.0\ttrue\ta+b\t7+-8\t1\tinteger\tfloat"])
  }

  @Test("text is read as the default's type", arguments: [("on", true), ("OFF", false), ("1", true), ("no", false)])
  func booleans(text: String, truth: Bool) {
    #expect(BotValue.boolean(true).value(of: .text(text)) == .boolean(truth))
  }

  @Test("an empty text is an empty string and an empty list")
  func empty() {
    #expect(BotValue.string("x").value(of: .text("")) == .string(""))
    #expect(BotValue.list([.integer(1)]).value(of: .text("")) == .list([]))
  }

  @Test("names of variables are in capitals, with _ for what is no letter or digit")
  func variables() {
    #expect(BotOptions(bot: "my-bot.2").variablePrefix == "UC_BOT_MY_BOT_2_")
    #expect(BotOptions.variable("againAfter_3") == "AGAINAFTER_3")
  }

  @Test(
    "a wrong type is told with its place, what is wanted and what is there",
    arguments: [
      ("text", .value(.integer(5)), "must be a string, got 5"),
      ("every", .value(.number(1.5)), "must be an integer, got 1.5"),
      ("every", .text("soon"), "must be an integer, got \"soon\""),
      ("every", .text("99999999999999999999"), "must be an integer, got \"99999999999999999999\""),
      ("ratio", .text("x"), "must be a number, got \"x\""),
      ("quiet", .value(.string("true")), "must be true or false, got \"true\""),
      ("quiet", .text("maybe\u{1B}"), "must be true or false, got \"maybe"),
      ("langs", .value(.string("en")), "must be a list of strings, got \"en\""),
      ("ports", .value(.list([.integer(1), .string("x")])), "must be a list of integers, got a list"),
      ("ports", .text("1,,2"), "must be a list of integers, got \"1,,2\""),
      ("text", .other("a table"), "must be a string, got a table"),
      (
        "none", .value(.list((0...Limits.Lua.optionItems).map { .string("\($0)") })),
        "must be a list of strings, got a list"
      ),
    ] as [(String, BotOptions.Given.Content, String)])
  func wrongType(name: String, content: BotOptions.Given.Content, message: String) {
    let told = failure { try bench { $0.file = [name: .init(content, place: "bots.toml:3: test.\(name)")] } }
    #expect(
      told?.hasPrefix("bots/test.lua:1: uc.config: bots.toml:3: test.\(name) \(message)") == true, "\(told ?? "")")
    #expect(told?.contains("\u{1B}") == false)
  }

  @Test("an unknown name is told with its place and the nearest that there is")
  func unknown() {
    #expect(
      failure { try bench { $0.commandLine = ["evry": .init(.text("5"), place: "--set test.evry")] } }
        == "bots/test.lua:1: uc.config: --set test.evry: the bot has no option 'evry' (did you mean 'every'?)")
    #expect(
      failure { try bench { $0.file = ["frobnicate": .init(.text("5"), place: "x.toml:1: test.frobnicate")] } }
        == "bots/test.lua:1: uc.config: x.toml:1: test.frobnicate: the bot has no option 'frobnicate'")
  }

  @Test("what it returns can only be read, and only what there is")
  func object() throws {
    try #expect(
      self.bench(
        """
        local o = uc.config { text = "x", langs = { "a" } }
        print(select(2, pcall(function() return o.txet end)))
        print(select(2, pcall(function() o.text = 1 end)))
        o.langs[1] = "b"
        print(o.langs[1], tostring(o))
        """
      ) { _ in }.logged == [
        "bots/test.lua:2: a Config has no field 'txet' (did you mean 'text'?)",
        "bots/test.lua:3: the fields of a Config are read-only", "a\tConfig",
      ])
  }

  @Test(
    "misuse is told",
    arguments: [
      ("uc.config()", "uc.config: argument 1 (defaults) must be a table, got nothing"),
      (
        "uc.config { 'x' }",
        "uc.config: names of options are letters, digits and _, and begin with a letter; got a number"
      ),
      (
        "uc.config { ['a b'] = 1 }",
        "uc.config: names of options are letters, digits and _, and begin with a letter; got 'a b'"
      ),
      (
        "uc.config { f = print }",
        "uc.config: the default of 'f' must be a boolean, a number, a string or a list of these, got a function"
      ),
      (
        "uc.config { l = { 1, 'x' } }",
        "uc.config: the default of 'l' must be a list of at most 200 items of one type: booleans, integers, floats or "
          + "strings"
      ),
      (
        "uc.config { l = { x = 1 } }",
        "uc.config: the default of 'l' must be a list of at most 200 items of one type: booleans, integers, floats or "
          + "strings"
      ),
      ("uc.config {} uc.config {}", "uc.config: a script calls it once"),
      (
        "local t = {} for i = 1, 65 do t['o' .. i] = i end uc.config(t)",
        "uc.config: a script may have 64 options, not more"
      ),
    ])
  func misuse(source: String, message: String) {
    #expect(failure { try bench(source) { _ in } } == "bots/test.lua:1: " + message)
  }

  @Test("as many options and items as there may be are read and told whole")
  func full() throws {
    let source = """
      local t, list = {}, {}
      for i = 1, 200 do list[i] = i end
      for i = 1, 64 do t["o" .. i] = list end
      local o = uc.config(t)
      uc.on("config", function(ev)
        for i = 1, 64 do assert(#ev.changed["o" .. i] == 2 and #o["o" .. i] == 2) end
        print("all")
      end)
      for i = 1, 64 do assert(#o["o" .. i] == 200) end
      """
    let bench = try bench(source) { _ in }
    var options = BotOptions(bot: "test")
    for index in 1...64 { options.file["o\(index)"] = given(.list([.integer(1), .integer(2)])) }
    bench.core.handle(.options(options))
    #expect(bench.logged == ["all"])
  }

  @Test("options that change are told by name, once, and those that are wrong change nothing")
  func changes() throws {
    let bench = try bench { $0.file = ["text": given(.string("a")), "every": given(.integer(1))] }
    var options = BotOptions(bot: "test")
    options.file = ["text": given(.string("b")), "every": given(.integer(1)), "quiet": given(.boolean(true))]
    bench.core.handle(.options(options))
    bench.core.handle(.options(options))
    options.file["quiet"] = .init(.value(.integer(1)), place: "x.toml:3: test.quiet")
    options.file["text"] = given(.string("c"))
    bench.core.handle(.options(options))
    #expect(
      bench.logged == [
        "a\t1\t0.5\tfalse\ten\t1+2\t0\tinteger\tfloat", "quiet text\tb",
        "b\t1\t0.5\ttrue\ten\t1+2\t0\tinteger\tfloat",
        "the options have changed, and are wrong: x.toml:3: test.quiet must be true or false, got 1; the old ones stay",
      ])
    bench.core.handle(.options(BotOptions(bot: "test")))
    #expect(bench.logged.last == "hi\t60\t0.5\tfalse\ten\t1+2\t0\tinteger\tfloat")
  }

  @Test("a script that asks for nothing is told nothing")
  func indifferent() throws {
    let bench = try bench("uc.on('config', function() print('changed') end)") { _ in }
    var options = BotOptions(bot: "test")
    options.file = ["text": given(.string("b"))]
    bench.core.handle(.options(options))
    #expect(bench.logged == [])
  }

  private func given(_ value: BotValue) -> BotOptions.Given { .init(.value(value), place: "test") }

  private func failure(_ body: () throws -> BotBench) -> String? {
    do {
      _ = try body()
      return nil
    } catch BotError.failed(let text, _) {
      return text
    } catch {
      return "\(error)"
    }
  }
}
