import LuaVM
import Testing

@Suite("A script reaches what is on the list, and nothing else (bots.md §7.5)")
struct SandboxTests {
  @Test("the globals and the libraries are exactly these")
  func exactList() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      local function names(t)
        local list = {}
        for k in next, t do list[#list + 1] = k end
        table.sort(list)
        return table.concat(list, " ")
      end
      print(names(_G))
      for _, library in ipairs { "coroutine", "math", "os", "string", "table", "utf8" } do print(names(_G[library])) end
      """)
    #expect(status == .done)
    #expect(
      bench.printed == [
        "_G _VERSION assert collectgarbage coroutine error getmetatable ipairs load math next os pairs pcall print "
          + "rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type uc utf8 xpcall",
        "close create isyieldable resume running status wrap yield",
        "abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad random "
          + "randomseed sin sqrt tan tointeger type ult",
        "clock date difftime time",
        "byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
        "concat insert move pack remove sort unpack",
        "char charpattern codepoint codes len offset",
      ])
  }

  @Test("bytecode is refused, by the host and by load")
  func bytecode() throws {
    let bench = try LuaBench()
    #expect(throws: LuaError.syntax("test.lua: attempt to load a binary chunk (mode is 't')")) {
      _ = try bench.lua.load("\u{1B}Lua", name: "@test.lua")
    }
    let status = try bench.run(
      """
      print(load("\\27Lua", "x", "b"))
      print(load("\\27Lua", "x", "bt"))
      print(pcall(function() return string.dump end))
      """)
    #expect(status == .done)
    #expect(
      bench.printed == [
        "nil\tattempt to load a binary chunk (mode is 't')", "nil\tattempt to load a binary chunk (mode is 't')",
        "true\tnil",
      ])
  }

  @Test("load takes an environment, a name and pieces")
  func load() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      assert(load("x = 1; return x", "n", "t", {})() == 1)
      assert(not pcall(load("return y", "n", nil, nil)))
      local parts = { "return ", "1 ", "+ 1" }
      assert(load(function() return table.remove(parts, 1) end)() == 2)
      print(load("x x", "=name"))
      """)
    #expect(status == .done)
    #expect(bench.printed == ["nil\tname:1: syntax error near 'x'"])
  }

  @Test("reading a global that nobody has set names it, and the one that was meant")
  func strictGlobals() throws {
    let bench = try LuaBench()
    #expect(try bench.run("x = nil\nprnt(1)") == .failed("test.lua:2: undefined global 'prnt' (did you mean 'print'?)"))
    #expect(try bench.run("return io.open") == .failed("test.lua:1: undefined global 'io'"))
    #expect(try bench.run("counter = 1 counter = counter + 1 assert(rawget(_G, 'other') == nil)") == .done)
  }

  @Test("the API table is read-only, and reading what is not there names what was meant")
  func apiTable() throws {
    let bench = try LuaBench()
    #expect(try bench.run("uc.slep()") == .failed("test.lua:1: uc.slep does not exist (did you mean uc.sleep?)"))
    #expect(
      try bench.run("uc.log.inof()") == .failed("test.lua:1: uc.log.inof does not exist (did you mean uc.log.info?)"))
    #expect(try bench.run("uc.sleep = 1") == .failed("test.lua:1: uc.sleep is read-only"))
    #expect(try bench.run("uc.log.other = 1") == .failed("test.lua:1: uc.log.other is read-only"))
    #expect(
      try bench.run(
        """
        local names = {}
        for k in pairs(uc) do names[#names + 1] = k end
        table.sort(names)
        print(table.concat(names, " "))
        assert(getmetatable(uc) == false and getmetatable(_G) == false and require("uc") == uc)
        assert(not pcall(setmetatable, uc, {}) and not pcall(setmetatable, _G, {}) and not next(uc))
        """) == .done)
    #expect(bench.printed == ["double fail log sleep thing"])
  }

  @Test("finalizers are refused, also through load and rawset")
  func finalizers() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      print(pcall(setmetatable, {}, { __gc = function() end }))
      local mt = {}
      local t = setmetatable({}, mt)
      mt.__gc = function() ran = true end
      t = nil
      """)
    #expect(status == .done)
    bench.lua.collectGarbage()
    bench.lua.collectGarbage()
    #expect(try bench.run("assert(rawget(_G, 'ran') == nil)") == .done)
    #expect(bench.printed[0].contains("finalizers (__gc) are not available"))
  }

  @Test("collectgarbage only counts")
  func collect() throws {
    let bench = try LuaBench()
    #expect(try bench.run("assert(collectgarbage('count') > 5 and collectgarbage() > 5)") == .done)
    guard case .failed = try bench.run("collectgarbage('stop')") else {
      Issue.record("allowed")
      return
    }
  }

  @Test("modules: loaded once, errors with their file and line, circles named")
  func modules() throws {
    let bench = try LuaBench()
    let sources = [
      "lib.text": "count = (rawget(_G, 'count') or 0) + 1 return { name = ... }", "none": "local x = 1",
      "broken": "return (", "raises": "\nerror('oops')", "a": "require 'b'", "b": "require 'a'",
    ]
    bench.lua.moduleSource = { name in
      guard let source = sources[name] else { return .failure(LuaModuleError("module '\(name)' not found")) }
      return .success(LuaModuleSource(source: source, chunkName: "@\(name).lua"))
    }
    let status = try bench.run(
      """
      assert(require("lib.text") == require("lib.text") and count == 1 and require("lib.text").name == "lib.text")
      assert(require("none") == true)
      for _, name in ipairs { "broken", "raises", "a", "gone" } do print(select(2, pcall(require, name))) end
      print(select(2, pcall(require, nil)))
      """)
    #expect(status == .done)
    #expect(
      bench.printed == [
        "broken.lua:1: unexpected symbol near <eof>", "raises.lua:2: oops",
        "b.lua:1: require: module 'a' is still loading (modules in a circle?)",
        "test.lua:3: require: module 'gone' not found",
        "test.lua:4: require: argument 1 (name) must be a string, got nil",
      ])
  }

  @Test("xpcall gives its handler the error and passes results through")
  func xpcall() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))
      print(xpcall(error, function(e) return "handled " .. e end, "it"))
      """)
    #expect(status == .done)
    #expect(bench.printed == ["true\t3\t1\tnil\t3", "false\thandled it"])
  }

  @Test("a first line for the shell is skipped and counted")
  func shebang() throws {
    let bench = try LuaBench()
    #expect(try bench.run("#!/usr/bin/env uc-bot\nerror('x')") == .failed("test.lua:2: x"))
    #expect(try bench.run("") == .done)
    #expect(try bench.run("#only this") == .done)
  }
}
