import Dispatch
import Foundation
import LuaVM
import TestSupport
import Testing

@Suite("A script that does not end is ended (bots.md §6)", .serialized)
struct KillTests {
  /// Name and source. Each would run for ever, or for minutes.
  static let probes: [(name: String, source: String)] = [
    ("plain loop", "while true do end"),
    ("loop in pcall in a loop", "while true do pcall(function() while true do end end) end"),
    ("xpcall with a handler that loops", "while true do xpcall(error, function() while true do end end) end"),
    (
      "xpcall around a loop, with a handler that loops",
      "while true do xpcall(function() while true do end end, function() while true do end end) end"
    ),
    ("coroutine that loops", "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"),
    (
      "coroutines three deep",
      """
      local function deep(n)
        if n == 0 then while true do end end
        while true do local co = coroutine.create(deep) coroutine.resume(co, n - 1) end
      end
      deep(3)
      """
    ),
    ("wrapped coroutine that loops", "while true do pcall(coroutine.wrap(function() while true do end end)) end"),
    (
      "sort comparator that loops",
      "while true do pcall(table.sort, {3, 1, 2}, function() while true do end end) end"
    ),
    (
      "coroutine inside a sort comparator",
      """
      while true do
        pcall(table.sort, {3, 1, 2}, function()
          while true do coroutine.resume(coroutine.create(function() while true do end end)) end
        end)
      end
      """
    ),
    ("gsub callback that loops", "while true do pcall(string.gsub, 'x', 'x', function() while true do end end) end"),
    (
      "closing variable that loops",
      """
      while true do
        pcall(function()
          local v <close> = setmetatable({}, { __close = function() while true do end end })
          error("x")
        end)
      end
      """
    ),
    (
      "coroutine.close with a closing variable that loops",
      """
      while true do
        local co = coroutine.create(function()
          local v <close> = setmetatable({}, { __close = function() while true do pcall(error) end end })
          coroutine.yield()
        end)
        coroutine.resume(co)
        pcall(coroutine.close, co)
      end
      """
    ),
    (
      "closing variable left by a kill",
      "local v <close> = setmetatable({}, { __close = function() while true do pcall(error) end end }) while true do end"
    ),
    ("__index that loops", "local t = setmetatable({}, { __index = function() while true do end end }) local _ = t.x"),
    ("__tostring that loops", "print(setmetatable({}, { __tostring = function() while true do end end }))"),
    ("load reader that never ends", "while true do pcall(load, function() return ' ' end) end"),
    ("pattern over spaces", "local s = ('!c' .. (' '):rep(65536) .. 'x') s:match('^%s*(.-)%s*$')"),
    ("pattern over spaces, unanchored", "while true do pcall(string.match, (' '):rep(65536) .. 'x', '%s*%s*%s*y') end"),
    ("gsub over spaces", "((' '):rep(65536)):gsub('%s-%s-%s-y', '')"),
    ("gmatch over spaces", "for _ in ((' '):rep(65536)):gmatch('%s-%s-%s-y') do end"),
    ("find with captures", "((' '):rep(65536)):find('(.-)(.-)(.-)y')"),
    ("nothing, repeated", "while true do (''):rep(1e15) end"),
    ("long strings", "local s = ('x'):rep(4000000) while true do s:upper() end"),
    ("table.move over nothing", "while true do pcall(table.move, {}, 1, 1e15, 2) end"),
    (
      "table.insert with an invented length",
      "while true do pcall(table.insert, setmetatable({}, { __len = function() return 1e15 end }), 1, 1) end"
    ),
    ("recursion without end", "local function f() return pcall(f) or f() end while true do pcall(f) end"),
  ]

  @Test("stops within its budget and a little", arguments: probes.map(\.name))
  func stops(name: String) throws {
    let source = try #require(Self.probes.first { $0.name == name }?.source)
    let bench = try LuaBench()
    var status = LuaTask.Status.waiting
    let spent = try processorTime { status = try bench.run(source, milliseconds: 50) }
    guard case .killed(let place) = status else {
      Issue.record("not stopped: \(status)")
      return
    }
    #expect(place.hasPrefix("test.lua:"))
    #expect(spent > .milliseconds(48))
    // A check may be some way off, in a debug build and under a sanitizer; for ever is longer than this.
    #expect(spent < .seconds(10), "took \(spent)")
    // The state is as good as before.
    #expect(try bench.run("assert(uc.double(21) == 42)") == .done)
  }

  @Test("tells the line where it was")
  func tellsTheLine() throws {
    let bench = try LuaBench()
    #expect(
      try bench.run("local x = 1\nwhile true do\n  x = x + 1\nend", milliseconds: 20) == .killed(at: "test.lua:3")
        || bench.run("local x = 1\nwhile true do x = x + 1\nend", milliseconds: 20) == .killed(at: "test.lua:2"))
  }

  @Test("may run for ever in short runs with waits between")
  func budgetIsForOneRun() throws {
    let bench = try LuaBench()
    #expect(try bench.run("while true do for i = 1, 1000 do end uc.sleep() end", milliseconds: 50) == .waiting)
    for _ in 0..<200 { #expect(bench.resume() == .waiting) }
  }

  @Test("a run that waits for a processor or a disk is not one that loops, however long it takes")
  func budgetIsProcessorTime() throws {
    let lua = try LuaState(apiName: "uc", memoryLimit: 1 << 20, control: LuaControl())
    try lua.register("block") { _ in
      // Another thread lets time go by, and this one rests meanwhile.
      let isOver = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        let (clock, start) = (ContinuousClock(), ContinuousClock.now)
        while clock.now - start < .milliseconds(30) {}
        isOver.signal()
      }
      isOver.wait()
      return .values
    }
    let waits = try lua.load("for i = 1, 5 do uc.block() for j = 1, 1000 do end end", name: "@test.lua")
    #expect(lua.run(try #require(lua.makeTask(waits)), nanoseconds: 20_000_000) == .done)
    let loops = try lua.load("for i = 1, 5 do uc.block() end while true do end", name: "@test.lua")
    #expect(lua.run(try #require(lua.makeTask(loops)), nanoseconds: 20_000_000) == .killed(at: "test.lua:1"))
  }

  @Test("a coroutine that was stopped can be thrown away or resumed, and hurts nothing")
  func stoppedCoroutineIsHarmless() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      co = coroutine.create(function() (' '):rep(65536):match('%s-%s-%s-y') end)
      loop = coroutine.create(function() while true do end end)
      coroutine.resume(loop)
      """, milliseconds: 30)
    #expect(status == .killed(at: "test.lua:2"))
    #expect(try bench.run("coroutine.resume(co)", milliseconds: 30) == .killed(at: "test.lua:1"))
    #expect(
      try bench.run("print(coroutine.resume(co)) print(coroutine.close(loop))", milliseconds: 500) == .done)
    #expect(bench.printed.count == 2)
  }

  @Test("hurrying shortens every run")
  func hurry() throws {
    let bench = try LuaBench()
    bench.lua.control.hurry(nanoseconds: 30_000_000)
    var status = LuaTask.Status.waiting
    let spent = try processorTime { status = try bench.run("while true do end", milliseconds: 60_000) }
    #expect(status == .killed(at: "test.lua:1"))
    #expect(spent < .seconds(10))
  }

  @Test("a host can see for how long Lua has been running")
  func runningSince() throws {
    let lua = try LuaState(apiName: "uc", memoryLimit: 1 << 20, control: LuaControl())
    let control = lua.control
    nonisolated(unsafe) var seen: Int64?
    try lua.register("look") { _ in
      seen = control.runningNanoseconds
      return .values
    }
    let task = try #require(lua.makeTask(try lua.load("for i = 1, 1e5 do end uc.look()", name: "@test.lua")))
    #expect(control.runningNanoseconds == nil)
    #expect(lua.run(task, nanoseconds: 1_000_000_000) == .done)
    #expect(seen.map { $0 > 0 } == true)
    #expect(control.runningNanoseconds == nil)
  }
}
