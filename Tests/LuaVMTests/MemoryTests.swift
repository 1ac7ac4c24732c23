import LuaVM
import Testing

@Suite("A script that eats memory is refused more, and nothing breaks")
struct MemoryTests {
  static let bombs = [
    "local t = {} while true do t[#t + 1] = {} end",
    "local s = 'x' while true do s = s .. s end",
    "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) end",
    "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    "(('x'):rep(1e6)):gsub('x', ('y'):rep(1e3))",
  ]

  @Test("raises an error in the script", arguments: bombs)
  func bomb(source: String) throws {
    let bench = try LuaBench(memory: 8 << 20)
    guard case .failed(let message) = try bench.run(source, milliseconds: 5_000) else {
      Issue.record("not refused")
      return
    }
    #expect(message.contains("not enough memory") || message.contains("stack overflow"))
    #expect(bench.lua.memoryUsed <= 8 << 20)
    bench.lua.collectGarbage()
    #expect(bench.lua.memoryUsed < 200_000)
    #expect(try bench.run("assert(uc.double(21) == 42)") == .done)
  }

  @Test("much garbage is collected at rest, and what lives is left in peace")
  func rest() throws {
    let bench = try LuaBench(memory: 64 << 20)
    #expect(try bench.run("local t = {} for i = 1, 2e5 do t[i] = { i } end", milliseconds: 5_000) == .done)
    let before = bench.lua.memoryUsed
    #expect(before > 10 << 20)
    bench.lua.rest()
    #expect(bench.lua.memoryUsed < 1 << 20)

    #expect(try bench.run("t = {} for i = 1, 3e5 do t[i] = { i } end", milliseconds: 5_000) == .done)
    bench.lua.rest()
    let living = bench.lua.memoryUsed
    #expect(living > 10 << 20)
    #expect(try bench.run("local t = {} for i = 1, 1e4 do t[i] = { i } end", milliseconds: 5_000) == .done)
    let used = bench.lua.memoryUsed
    bench.lua.rest()
    // It has not doubled since.
    #expect(bench.lua.memoryUsed == used)
  }

  @Test("string.rep says what is wrong before it allocates")
  func rep() throws {
    let bench = try LuaBench()
    guard case .failed(let message) = try bench.run("return ('x'):rep(1e12)") else {
      Issue.record("not refused")
      return
    }
    #expect(message.hasPrefix("test.lua:1: string.rep: the result would be larger"))
  }

  @Test("a state that does not fit its limit is an error")
  func tooSmall() {
    #expect(throws: LuaError.outOfMemory) {
      _ = try LuaState(apiName: "uc", memoryLimit: 4_096, control: LuaControl())
    }
  }

  /// Everything that a handler may do, in one run.
  static let busy = """
    local t = { uc.double(2), uc.thing("a").loud, uc.thing("b"):twice("x"), tostring(uc.thing("c")) }
    for word in ("one two three"):gmatch("%a+") do t[#t + 1] = word:gsub("o", { o = "0" }):rep(3) end
    local co = coroutine.wrap(function(...) local v = select("#", ...) + uc.sleep() coroutine.yield(v) end)
    t[#t + 1] = co(1, 2, 3)
    t[#t + 1] = select(2, pcall(uc.fail, "reason"))
    t[#t + 1] = select(2, xpcall(uc.fail, function(e) return "caught " .. e end, "again"))
    t[#t + 1] = select(2, coroutine.resume(coroutine.create(function() error({}) end)))
    t[#t + 1] = load("return 1 + 1")()
    table.sort(t, function(a, b) return tostring(a) < tostring(b) end)
    print(#t, uc.sleep())
    """

  @Test("any allocation may fail, alone or with all behind it, and nothing crashes", arguments: [1, 2, UInt64.max])
  func everyAllocationFails(count: UInt64) throws {
    let bench = try LuaBench()
    func handler() -> LuaTask.Status? {
      guard var status = try? bench.run(Self.busy) else { return nil }
      while status == .waiting, !bench.waiting.isEmpty { status = bench.resume { $0.integer(7) } }
      return status
    }
    #expect(handler() == .done)
    #expect(handler() == .done)
    bench.lua.collectGarbage()
    let before = bench.lua.allocationCount
    #expect(handler() == .done)
    let allocations = bench.lua.allocationCount - before
    #expect(allocations > 50)
    bench.lua.collectGarbage()
    let used = bench.lua.memoryUsed

    var failures = 0
    for number in 1...allocations + 10 {
      bench.lua.failAllocations(first: number, count: count)
      if handler() != .done { failures += 1 }
      bench.lua.failAllocations(first: 0, count: 0)
    }
    // Lua collects garbage and tries once more, so that one failure alone is often healed.
    if count > 1 { #expect(failures > 20) }
    bench.printed = []
    #expect(handler() == .done)
    #expect(bench.printed == ["12\t7"])
    bench.lua.collectGarbage()
    // Idle coroutines are kept for reuse; beyond them nothing has leaked.
    #expect(bench.lua.memoryUsed < used + 20_000)
  }

  @Test("making a state survives each failing allocation")
  func stateCreation() {
    for limit in stride(from: 1_000, to: 40_000, by: 97) {
      _ = try? LuaState(apiName: "uc", memoryLimit: limit, control: LuaControl())
    }
  }
}
