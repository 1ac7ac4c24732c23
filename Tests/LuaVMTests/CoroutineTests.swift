import LuaVM
import Testing

@Suite("Waiting works at any depth of a script's own coroutines (bots.md §0.5)")
struct CoroutineTests {
  @Test("three coroutines deep, with values both ways")
  func nested() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      local function level(n, v)
        if n == 0 then
          local a, b = uc.sleep()
          return v .. a .. b
        end
        local co = coroutine.create(level)
        local ok, result = coroutine.resume(co, n - 1, v .. n)
        assert(ok, result)
        assert(coroutine.status(co) == "dead")
        return result
      end
      print(level(3, "v"))
      """)
    #expect(status == .waiting)
    let ended = bench.resume {
      $0.string("A")
      $0.string("B")
    }
    #expect(ended == .done)
    #expect(bench.printed == ["v321AB"])
  }

  @Test("in a wrapped iterator, between yields of the script's own")
  func iterator() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      local function items() return coroutine.wrap(function()
        for i = 1, 3 do coroutine.yield(i, uc.sleep()) end
      end) end
      for i, v in items() do print(i, v) end
      """)
    #expect(status == .waiting)
    #expect(bench.resume { $0.string("x") } == .waiting)
    #expect(bench.resume { $0.string("y") } == .waiting)
    #expect(bench.resume { $0.string("z") } == .done)
    #expect(bench.printed == ["1\tx", "2\ty", "3\tz"])
  }

  @Test(
    "through pcall, xpcall, metamethods, iterators, closing variables and require",
    arguments: [
      "assert(pcall(uc.sleep))", "assert(xpcall(uc.sleep, print))",
      "local t = setmetatable({}, { __index = function() return uc.sleep() end }) assert(t.x == 7)",
      "for v in function(_, c) if not c then return uc.sleep() end end do assert(v == 7) end",
      "do local v <close> = setmetatable({}, { __close = function() uc.sleep() end }) end",
      "assert(require('module') == 7)",
    ])
  func through(source: String) throws {
    let bench = try LuaBench()
    bench.lua.moduleSource = { _ in .success(LuaModuleSource(source: "return uc.sleep()", chunkName: "@module.lua")) }
    #expect(try bench.run(source) == .waiting)
    #expect(bench.resume { $0.integer(7) } == .done)
  }

  @Test(
    "where Lua cannot wait, the error says so",
    arguments: [
      "table.sort({ 2, 1 }, function() uc.sleep() end)",
      "('x'):gsub('x', function() uc.sleep() end)",
      "table.sort({ 2, 1 }, function() assert(coroutine.resume(coroutine.create(uc.sleep))) end)",
      "tostring(setmetatable({}, { __tostring = uc.sleep }))",
    ])
  func cannotWait(source: String) throws {
    let bench = try LuaBench()
    guard case .failed(let message) = try bench.run(source) else {
      Issue.record("no error")
      return
    }
    #expect(message.contains("cannot wait here"))
  }

  @Test("a coroutine that is being closed can neither wait nor yield")
  func closing() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      for _, f in ipairs { uc.sleep, coroutine.yield } do
        local co = coroutine.create(function()
          local v <close> = setmetatable({}, { __close = function() f() end })
          coroutine.yield()
        end)
        coroutine.resume(co)
        print(coroutine.close(co))
        print(coroutine.status(co), coroutine.resume(co))
      end
      """)
    #expect(status == .done)
    #expect(bench.printed.count == 4)
    #expect(bench.printed[0].hasPrefix("false\t"))
    #expect(bench.printed[1] == "dead\tfalse\tcannot resume dead coroutine")
  }

  @Test("the library is otherwise as in the manual")
  func asInTheManual() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      local co = coroutine.create(function(a, b)
        local c = coroutine.yield(a + b)
        local d, e = coroutine.yield(c * 2)
        return d .. e
      end)
      assert(select(2, coroutine.resume(co, 1, 2)) == 3)
      assert(select(2, coroutine.resume(co, 4)) == 8)
      assert(select(2, coroutine.resume(co, "x", "y")) == "xy")
      print(coroutine.resume(co))
      local bad = coroutine.create(function() error("oops") end)
      print(coroutine.resume(bad))
      print(pcall(coroutine.wrap(function() error("oops") end)))
      print(pcall(coroutine.wrap(function() error({}, 0) end)) == false)
      print(coroutine.resume(coroutine.running()))
      print(pcall(coroutine.resume, 1))
      local closed = coroutine.create(function() local v <close> = setmetatable({}, { __close = print }) coroutine.yield() end)
      coroutine.resume(closed)
      print(coroutine.close(closed))
      assert(coroutine.isyieldable() and not select(2, coroutine.running()))
      """)
    #expect(status == .done)
    #expect(bench.printed[0] == "false\tcannot resume dead coroutine")
    #expect(bench.printed[1] == "false\ttest.lua:10: oops")
    #expect(bench.printed[2] == "false\ttest.lua:12: oops")
    #expect(bench.printed[4] == "false\tcannot resume a handler")
    #expect(bench.printed[5].hasPrefix("false\tbad argument #1 to"))
    #expect(bench.printed[6].hasPrefix("table: "))
    #expect(bench.printed[7] == "true")
  }

  @Test("a yield that nobody catches ends the run with an error")
  func strayYield() throws {
    let bench = try LuaBench()
    #expect(
      try bench.run("coroutine.yield(1)")
        == .failed("coroutine.yield outside of a coroutine made by coroutine.create or wrap"))
    #expect(try bench.run("assert(uc.double(1) == 2)") == .done)
  }
}
