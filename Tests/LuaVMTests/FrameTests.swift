import LuaVM
import Testing

@Suite("Errors and waits never jump over a Swift frame", .serialized)
struct FrameTests {
  @Test("ten thousand functions that raise leave nothing behind")
  func raisingLeaksNothing() throws {
    let bench = try LuaBench()
    let before = LuaBench.Canary.alive
    #expect(try bench.run("for i = 1, 10000 do assert(not pcall(uc.fail, i)) end") == .done)
    #expect(LuaBench.Canary.alive == before)
  }

  @Test("an error of a Swift function has the script's file and line")
  func errorsHavePlaces() throws {
    let bench = try LuaBench()
    #expect(
      try bench.run("local x = 1\nuc.double('x')") == .failed("test.lua:2: argument 1 must be a number, got a string"))
    #expect(try bench.run("print(select(2, pcall(uc.double, {})))") == .done)
    #expect(bench.printed == ["test.lua:1: argument 1 must be a number, got a table"])
  }

  @Test("a traceback names the lines")
  func traceback() throws {
    let bench = try LuaBench()
    let function = try bench.lua.load("local function f() uc.fail('x') end\nf()\nprint()", name: "@test.lua")
    let task = try #require(bench.lua.makeTask(function))
    #expect(bench.lua.run(task, nanoseconds: 1_000_000_000) == .failed("test.lua:1: failed: x"))
    let traceback = try #require(bench.lua.traceback(of: task))
    #expect(traceback.hasPrefix("stack traceback:\n"))
    #expect(traceback.contains("test.lua:1: in upvalue 'f'") || traceback.contains("test.lua:1: in local 'f'"))
    #expect(traceback.contains("test.lua:2: in"))
    bench.lua.end(task)
  }

  @Test("error values that are no text are described")
  func errorValues() throws {
    let bench = try LuaBench()
    #expect(try bench.run("error(setmetatable({}, { __tostring = function() return 'mine' end }))") == .failed("mine"))
    #expect(try bench.run("error(12)") == .failed("12"))
    guard case .failed(let text) = try bench.run("error({})") else { throw LuaError.outOfMemory }
    #expect(text.hasPrefix("table: "))
    #expect(
      try bench.run("error(setmetatable({}, { __tostring = function() while true do end end }))")
        == .failed("(an error value without a text)"))
  }

  @Test("objects: slots, computed fields, methods, identity, and no field that is not there")
  func objects() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      local a = uc.thing("alice")
      assert(a.name == "alice" and a.loud == "ALICE" and a:twice("!") == "alice!")
      assert(a == uc.thing("alice") and a ~= uc.thing("bob") and tostring(a) == "Thing alice")
      assert(getmetatable(a) == false)
      print(select(2, pcall(function() return a.nam end)))
      print(select(2, pcall(function() a.name = 1 end)))
      """)
    #expect(status == .done)
    #expect(
      bench.printed == [
        "test.lua:5: a Thing has no field 'nam' (did you mean 'name'?)",
        "test.lua:6: the fields of a Thing are read-only",
      ])
  }
}
