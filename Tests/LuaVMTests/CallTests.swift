import LuaVM
import Testing

@Suite("A function of the host calls a function that it was given")
struct CallTests {
  private let bench: LuaBench

  /// `uc.twice(f, x)`: calls `f(x, 1)`, and returns how many values it then has, the second, and the last.
  init() throws {
    bench = try LuaBench()
    let then = bench.lua.hidden { call in
      call.results.integer(Int64(call.count))
      call.results.argument(2)
      call.results.argument(call.count)
      return .values
    }
    try bench.lua.register("through") { call in
      guard call.type(1) == .function else { return .raise("a function is wanted") }
      call.results.argument(2)
      call.results.integer(1)
      return .call(argument: 1, then: then)
    }
  }

  @Test("its result comes behind the arguments, nil when it has none, the first when it has many")
  func result() throws {
    let status = try bench.run(
      """
      local n, x, r = uc.through(function(a, b) return a .. b end, "x")
      assert(n == 3 and x == "x" and r == "x1")
      n, x, r = uc.through(function() end, "y")
      assert(n == 3 and x == "y" and r == nil)
      n, x, r = uc.through(function() return 5, 6 end, "y", "z")
      assert(n == 4 and r == 5)
      """)
    #expect(status == .done)
  }

  @Test("it may call functions of the host, this one too")
  func nested() throws {
    let status = try bench.run(
      """
      local _, _, r = uc.through(function(a)
        local _, _, inner = uc.through(function(b) return uc.double(b) end, a)
        return inner + 1
      end, 5)
      assert(r == 11)
      """)
    #expect(status == .done)
  }

  @Test("its errors go to the caller, and nothing is left behind")
  func errors() throws {
    let status = try bench.run(
      """
      local ok, why = pcall(uc.through, function() error("no", 0) end)
      assert(not ok and why == "no")
      local function deep() return uc.through(deep) end
      ok, why = pcall(deep)
      assert(not ok and why:find("overflow"), why)
      """)
    #expect(status == .done)
    #expect(try bench.run("assert(uc.double(1) == 2)") == .done)
  }

  @Test("it cannot wait")
  func waits() throws {
    let status = try bench.run(
      """
      local ok, why = pcall(uc.through, coroutine.yield)
      assert(not ok and why:find("attempt to yield across a C%-call boundary"), why)
      """)
    #expect(status == .done)
  }

  @Test("it is stopped when its time is over")
  func spins() throws {
    let status = try bench.run("uc.through(function() while true do end end)", milliseconds: 20)
    #expect(status == .killed(at: "test.lua:1"))
  }
}
