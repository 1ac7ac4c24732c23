import Testing

@testable import BotKit

@Suite("uc-bot check says what is wrong with a script, and nothing else")
struct ScriptCheckTests {
  private func check(_ source: String) -> [String] {
    ScriptCheck.problems(source: source, path: "t.lua").map { "\($0.line): \($0.message)" }
  }

  @Test("what does not compile, with the line")
  func syntax() {
    #expect(check("x =\n= 1") == ["2: unexpected symbol near '='"])
    #expect(check("local s = 'a\n") == ["1: unfinished string near ''a'"])
  }

  @Test("globals that are never set, and those set in functions; locals, parameters and upvalues are none")
  func globals() {
    #expect(check("print(conut)") == ["1: undefined global 'conut'"])
    #expect(check("local count = 1\nprint(conut)") == ["2: undefined global 'conut' (did you mean count?)"])
    #expect(check("print(io, debug)").count == 2)
    #expect(check("total = 0 uc.on('message', function() total = total + 1 end)") == [])
    #expect(
      check("uc.on('message', function()\n  total = 1\nend)")
        == ["2: sets the global 'total' in a function; write local total"])
    #expect(check("function helper() end uc.on('start', function() helper() end)") == [])
    #expect(check("uc.on('start', function() later() end) function later() end") == [])
    #expect(check("local function f(a, ...) local b = a return function() return a, b, f end, ... end f()") == [])
    #expect(check("for i, v in pairs({}) do print(i, v) end print(i)") == ["1: undefined global 'i'"])
    #expect(check("do local x = 1 end print(x)") == ["1: undefined global 'x'"])
    #expect(check("local x = x") == ["1: undefined global 'x'"])
    #expect(check("repeat local done = true until done") == [])
    #expect(check("local t = {} function t:m() return self end") == [])
    #expect(check("_G.made = 1 rawset(_G, 'other', 2) print(made, other, rawget(_G, 'third'))") == [])
    #expect(check("local _ENV = { a = 1 } b = a") == [])
    #expect(check("print = 1")[0].contains("sets the global 'print'"))
    #expect(check("string = 1").count == 1)
    #expect(check("local print = print print('x')") == [])
  }

  @Test("names that the API does not have, with what was meant")
  func names() {
    #expect(check("uc.slep(1)") == ["1: uc.slep does not exist (did you mean uc.sleep?)"])
    #expect(check("uc.log.inf('x')") == ["1: uc.log.inf does not exist (did you mean uc.log.info?)"])
    #expect(check("local say = uc.sya") == ["1: uc.sya does not exist (did you mean uc.say?)"])
    #expect(check("local u = require 'uc' u.slep(1)").count == 1)
    #expect(check("print(string.fromat('x'))") == ["1: string.fromat does not exist (did you mean string.format?)"])
    #expect(check("os.execute('x')").count == 1)
    #expect(check("uc.say = 1") == ["1: uc.say cannot be set"])
    #expect(check("local uc = {} uc.anything()") == [])
    #expect(check("uc[name()]() function name() return 'say' end") == [])
    #expect(check("uc:say('x')") == ["1: uc.say is called with a dot, not with a colon"])
  }

  @Test("events, options and words that are written down")
  func literals() {
    #expect(check("uc.on('mesage', print)") == ["1: uc.on: unknown event 'mesage' (did you mean 'message'?)"])
    #expect(check("uc.wait('stop')") == ["1: uc.wait: event 'stop' cannot be waited for"])
    #expect(check("local e = 'x' uc.on(e, print)") == [])
    #expect(
      check("uc.on('message', { mach = 'x' }, print)") == ["1: uc.on: unknown option 'mach' (did you mean 'match'?)"])
    #expect(check("uc.on('ping', { match = 'x' }, print)") == ["1: uc.on: unknown option 'match'"])
    #expect(
      check("uc.on('message', { serial = 'peers' }, print)")
        == ["1: uc.on: option 'serial': 'peers' is none of peer, all, none (did you mean 'peer'?)"])
    #expect(
      check("uc.command('x', { cooldwn = 1, args = { 'a', { 'b', type = 'durations', mim = 1 } } }, print)") == [
        "1: uc.command: unknown option 'cooldwn' (did you mean 'cooldown'?)",
        "1: uc.command: option 'args': option 'type': 'durations' is none of string, number, integer, bool, enum, "
          + "peer, duration, rest (did you mean 'duration'?)",
        "1: uc.command: option 'args': unknown option 'mim' (did you mean 'min'?)",
      ])
    #expect(check("uc.command('x', { cooldown = { peer = 1 }, where = 'room' }, print)") == [])
    #expect(check("uc.every(1, { overlap = 'queue', jitter = 2 }, print)") == [])
    #expect(check("uc.after(1, { overlap = 'queue' }, print)") == ["1: uc.after: unknown option 'overlap'"])
    #expect(check("uc.log.info('x', { anything = 1 })") == [])
  }

  @Test("members of what handlers get and functions return")
  func members() {
    #expect(
      check("uc.on('message', function(msg)\n  msg:repl(msg.txt)\nend)") == [
        "2: a Message has no field 'repl' (did you mean 'reply'?)",
        "2: a Message has no field 'txt' (did you mean 'text'?)",
      ])
    #expect(check("uc.on('message', function(m) print(m.from.shrt) end)").count == 1)
    #expect(check("uc.on('message', function(m) m.reply('x') end)")[0].contains("called with a colon"))
    #expect(check("uc.on('message', function(m) m.text = 'x' end)") == ["1: a field of a Message cannot be set"])
    #expect(check("uc.on('ping', function(e) print(e.rrt) end)")[0].contains("did you mean 'rtt'?"))
    #expect(check("uc.on('ping', function(e) e.mine = 1 print(e.mine) end)") == [])
    #expect(check("local m = uc.wait('message', { timeout = 1 }) print(m.txt)").count == 1)
    #expect(check("local a, code = uc.say('x') print(a.peers, code.what)") == [])
    #expect(check("local t = uc.every(1, print) t:stpo()").count == 1)
    #expect(check("uc.command('x', function(msg, args) print(args.anything, msg.text) end)") == [])
    #expect(check("local p = uc.me p = {} print(p.anything)") == [])
    #expect(check("uc.hear('x', function(m, a) a:anything() m:anything() end)").count == 1)
    #expect(check("local x = nil x:anything()") == [])
  }

  @Test("too few arguments and too many, where their number is plain")
  func counts() {
    #expect(check("uc.sleep()") == ["1: uc.sleep: argument 1 (seconds) is missing"])
    #expect(check("uc.on('message')") == ["1: uc.on: argument 2 (function) is missing"])
    #expect(check("uc.every(1)") == ["1: uc.every: argument 2 (function) is missing"])
    #expect(check("uc.sleep(1, 2)") == ["1: uc.sleep takes 1 argument, got 2"])
    #expect(check("uc.sleep(f()) uc.say(f(), f()) function f() end") == [])
    #expect(check("uc.spawn(print, 1, 2, 3) uc.all { print }") == [])
    #expect(check("uc.on('message', nil, print)") == [])
  }

  @Test("modules: one that is missing, what is wrong in one, and the globals that one sets")
  func modules() throws {
    let folder = try TemporaryFolder()
    try folder.write("main.lua", "local text = require 'lib.text'\nrequire 'gone'\nprint(text.x, from_module)")
    try folder.write("lib/text.lua", "from_module = 1\nlocal other = require 'main_helper'\nreturn { x = othr }")
    try folder.write("main_helper.lua", "require 'lib.text'\nuc.slep()")
    let problems = try ScriptCheck.problems(path: folder.path("main.lua"))
    #expect(
      problems.map { "\($0)".replacing(folder.path(""), with: "") } == [
        "main.lua:2: module 'gone' not found (no file \(folder.path("gone.lua")))".replacing(folder.path(""), with: ""),
        "lib/text.lua:3: undefined global 'othr' (did you mean other?)",
        "main_helper.lua:2: uc.slep does not exist (did you mean uc.sleep?)",
      ])
  }

  // Tests have another `uc`.
  @Test(
    "every bot of ours passes",
    arguments: (try? Repository.luaFiles("bots").filter { !$0.hasSuffix("_test.lua") }) ?? ["bots/missing"])
  func bots(name: String) throws {
    #expect(try ScriptCheck.problems(path: Repository.path(name)) == [])
  }

  @Test("every example of the reference page passes")
  func examples() {
    let examples = API.entries.flatMap { entry in
      entry.details.matches(of: /(?s)```lua\n(.*?)```/).map { String($0.output.1) }
    }
    #expect(examples.count > 5)
    for example in examples { #expect(check(example) == [], "\(example)") }
  }
}
