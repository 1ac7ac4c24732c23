import BotStore
import Limits
import Logging
import Testing

@testable import BotKit

@Suite("What scripts remember")
struct StoreFunctionTests {
  @Test("values come back as they were, by type and bytes, and as copies")
  func values() throws {
    try run(
      """
      local values = {
        true, false, 0, -1, math.maxinteger, math.mininteger, 1.0, -0.0, 0.1, math.huge, -math.huge, "", "a\\0\\xff",
        { 1, 2, nil, 4 }, { a = { b = { c = {} } }, [1.5] = true, [false] = "x" },
      }
      local function same(a, b)
        if type(a) ~= "table" then
          return a == b and math.type(a) == math.type(b) and (a ~= 0 or 1 / a == 1 / b)
        end
        for k, v in pairs(a) do if not same(v, b[k]) then return false end end
        for k in pairs(b) do if a[k] == nil then return false end end
        return true
      end
      for i = 1, 15 do
        assert(uc.store:set("k" .. i, values[i]) == true)
        assert(same(values[i], uc.store:get("k" .. i)), i)
      end
      uc.store:set("nan", 0 / 0)
      local nan = uc.store:get("nan")
      assert(nan ~= nan)
      local t = { n = 1 }
      uc.store:set("t", t)
      t.n = 2
      uc.store:get("t").n = 3
      assert(uc.store:get("t").n == 1)
      """)
  }

  @Test("get gives its default where there is nothing, and false is something")
  func defaults() throws {
    try run(
      """
      assert(uc.store:get("x") == nil and uc.store:get("x", 5) == 5)
      uc.store:set("x", false)
      assert(uc.store:get("x", 5) == false)
      assert(uc.store:set("x", nil) == true and uc.store:get("x", 5) == 5)
      uc.store:set("y", 1)
      assert(uc.store:delete("y") == true and uc.store:delete("y") == false and uc.store:get("y") == nil)
      """)
  }

  @Test("a time to live is that of the bot's clock")
  func timeToLive() throws {
    let bench = try BotBench(
      """
      uc.store:set("x", 1, { ttl = 60 })
      uc.store:set("n", 1, { ttl = 60 })
      uc.store:incr("n")
      uc.store:update("n", function(n) return n + 1 end)
      uc.on("message", function() print(uc.store:get("x"), uc.store:get("n"), #uc.store:keys()) end)
      """)
    bench.advance(59.9)
    bench.hear("")
    bench.advance(0.1)
    bench.hear("")
    #expect(bench.logged == ["1\t3\t2", "nil\tnil\t0"])
  }

  @Test("incr counts, keeps integers integers, and neither wraps nor guesses")
  func increase() throws {
    try run(
      """
      assert(uc.store:incr("n") == 1 and uc.store:incr("n") == 2 and uc.store:incr("n", 40) == 42)
      assert(math.type(uc.store:incr("n", -2)) == "integer" and uc.store:get("n") == 40)
      assert(uc.store:incr("f", 0.5) == 0.5 and uc.store:incr("f") == 1.5 and uc.store:incr("n", 0.5) == 40.5)
      uc.store:set("max", math.maxinteger)
      local ok, why = pcall(uc.store.incr, uc.store, "max")
      assert(not ok and why:find("Store:incr: 9223372036854775807 + 1 does not fit an integer", 1, true), why)
      assert(uc.store:get("max") == math.maxinteger)
      uc.store:set("text", "12")
      ok, why = pcall(uc.store.incr, uc.store, "text")
      assert(not ok and why:find("Store:incr: the value is no number", 1, true), why)
      assert(uc.store:get("text") == "12")
      """)
  }

  @Test("update replaces, makes and removes; what fails in it changes nothing, and it cannot wait")
  func update() throws {
    try run(
      """
      assert(uc.store:update("x", function(x) assert(x == nil) return { 1 } end)[1] == 1)
      assert(#uc.store:update("x", function(x) x[2] = 2 return x end) == 2 and uc.store:get("x")[2] == 2)
      local ok, why = pcall(uc.store.update, uc.store, "x", function(x) x[3] = 3 error("no", 0) end)
      assert(not ok and why == "no" and #uc.store:get("x") == 2)
      ok, why = pcall(uc.store.update, uc.store, "x", function() uc.sleep(1) end)
      assert(not ok and why:find("uc.sleep: cannot wait here"), why)
      ok, why = pcall(uc.store.update, uc.store, "x", coroutine.yield)
      assert(not ok and why:find("attempt to yield"), why)
      ok, why = pcall(uc.store.update, uc.store, "x", function() return print end)
      assert(not ok and why:find("Store:update: value is a function", 1, true), why)
      assert(#uc.store:get("x") == 2)
      local value, code = uc.store:update("x", function() return ("x"):rep(300 * 1024) end)
      assert(value == nil and code == "too_large" and #uc.store:get("x") == 2)
      assert(uc.store:update("x", function() end) == nil and uc.store:get("x") == nil and #uc.store:keys() == 0)
      -- More than its arguments, and one in another.
      assert(uc.store:update("a", function() return uc.store:incr("b") + 1 end, 7, 8, 9) == 2)
      assert(uc.store:update("a", function(a)
        uc.store:update("b", function(b) return b * 10 end)
        return a + uc.store:get("b")
      end) == 12)
      """)
  }

  @Test("scopes and sessions are stores of their own")
  func scopes() throws {
    let bench = try BotBench(
      """
      local a, b = uc.store:scope("a"), uc.store:scope("b")
      uc.store:set("x", 0) a:set("x", 1) b:set("x", 2) a:scope("b"):set("x", 3)
      assert(uc.store:get("x") == 0 and a:get("x") == 1 and b:get("x") == 2 and uc.store:scope("a"):get("x") == 1)
      assert(a:scope("b"):get("x") == 3 and #a:keys() == 1)
      print(tostring(uc.store), tostring(a:scope("b\\n\\27[1m")))
      uc.on("message", function(msg)
        msg.session:set("said", msg.session:get("said", "") .. msg.text)
        assert(uc.store:scope(msg.from.id):get("said") == nil)
        print(msg.session:get("said"), tostring(msg.session))
      end)
      """)
    #expect(bench.logged.first?.contains("\u{1B}") == false)
    bench.hear("a")
    bench.hear("b", from: FakeNetwork.bob)
    bench.hear("c")
    #expect(
      bench.logged.dropFirst() == [
        "a\tStore session of \(FakeNetwork.alice.id)", "b\tStore session of \(FakeNetwork.bob.id)",
        "ac\tStore session of \(FakeNetwork.alice.id)",
      ])
  }

  @Test("keys are listed sorted, by prefix, and in parts that follow each other")
  func keys() throws {
    try run(
      """
      for i = 1, 2500 do uc.store:set(("k%04d"):format(i), i) end
      uc.store:set("other\\0\\xff", 1)
      local all, parts, last = {}, 0, nil
      repeat
        local keys, more = uc.store:keys("k", { after = last })
        for _, key in ipairs(keys) do all[#all + 1] = key end
        parts, last = parts + 1, keys[#keys]
      until not more
      assert(#all == 2500 and parts == 3 and all[1] == "k0001" and all[2500] == "k2500")
      local keys, more = uc.store:keys("k25", { limit = 1 })
      assert(#keys == 1 and more == false and keys[1] == "k2500")
      keys, more = uc.store:keys("k24", { limit = 99 })
      assert(#keys == 99 and more == true and keys[99] == "k2498")
      assert(uc.store:keys("other")[1] == "other\\0\\xff")
      keys, more = uc.store:keys("nothing")
      assert(#keys == 0 and more == false)
      """)
  }

  @Test("what the store cannot take is told by a code, and what is no value by an error with the way to it")
  func refused() throws {
    try run(
      """
      local function fails(wanted, ...)
        local value, code = ...
        assert(value == nil and code == wanted, code)
      end
      fails("too_large", uc.store:set("x", ("x"):rep(300 * 1024)))
      fails("too_large", uc.store:set(("x"):rep(1025), 1))
      local wide, text = {}, ("x"):rep(1000)
      for i = 1, 400 do wide[i] = text end
      fails("too_large", uc.store:set("x", wide))
      local deep = {}
      for i = 1, 31 do deep = { deep } end
      assert(uc.store:set("x", deep))
      for value, wanted in pairs {
        [{ jobs = { 1, print } }] = "value.jobs[2] is a function",
        [{ who = uc.me }] = "value.who is an object",
        [{ [uc.me] = 1 }] = "value has a key that is no number, string or boolean",
        [{ deep }] = "value is nested too deeply",
      } do
        local ok, why = pcall(uc.store.set, uc.store, "x", value)
        assert(not ok and why:find("Store:set: " .. wanted, 1, true), why)
      end
      local circle = { a = {} }
      circle.a.b = circle
      local ok, why = pcall(uc.store.set, uc.store, "x", circle)
      assert(not ok and why:find("Store:set: value.a.b is a table that it lies in; only nil, ", 1, true), why)
      """)
  }

  @Test("a store that cannot be opened is told by a code, also where a default was given")
  func broken() throws {
    let store = BotStore(path: "/dev/null/x.sqlite", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try run(
      """
      local function fails(value, code) assert(value == nil and code == "io", code) end
      fails(uc.store:get("x", 5)) fails(uc.store:set("x", 5)) fails(uc.store:incr("x")) fails(uc.store:delete("x"))
      fails(uc.store:update("x", error)) fails(uc.store:keys()) fails(uc.store:flush())
      """, store: store)
  }

  @Test("any allocation of a run that uses the store and options may fail, and the next run finds all in order")
  func allocationFailures() throws {
    let bench = try BotBench(
      """
      local o = uc.config { list = { "a", "b" }, text = "x" }
      local s = uc.store:scope("s")
      uc.on("message", function(msg)
        s:set("t", { list = o.list, text = o.text, { 1, 2.5, true } })
        s:update("t", function(t) t.text = s:get("t").text .. "y" return t end)
        msg.session:incr("n")
        local keys = s:keys()
        print(msg.text .. " " .. s:get("t").text .. " " .. keys[1] .. " " .. #s:get("t").list)
      end)
      """)
    bench.hear("warm")
    let before = bench.core.lua.allocationCount
    bench.hear("measured")
    let allocations = bench.core.lua.allocationCount - before
    for number in 1...allocations + 5 {
      bench.core.lua.failAllocations(first: number, count: 1)
      bench.hear("failing")
      bench.core.lua.failAllocations(first: 0, count: 0)
      // Out of the breaker's minute.
      bench.advance(5)
      bench.hear("after \(number)")
      #expect(bench.logged.last == "after \(number) xy t 2")
    }
  }

  @Test("tasks that wait in between lose no counts")
  func tasks() throws {
    let bench = try BotBench(
      """
      for i = 1, 100 do
        uc.spawn(function()
          uc.sleep(i % 3)
          uc.store:update("n", function(n) return (n or 0) + 1 end)
          uc.sleep(1)
          uc.store:incr("n")
        end)
      end
      uc.after(10, function() print(uc.store:get("n")) end)
      """)
    bench.advance(10)
    #expect(bench.logged == ["200"])
  }

  @Test(
    "misuse names the method, the argument, what it takes and what it got",
    arguments: [
      ("uc.store.get('x')", "Store:get: must be called on a Store, as in store:get(…), got a string"),
      ("uc.store:get()", "Store:get: argument 2 (key) must be a string, got nothing"),
      ("uc.store:get(5)", "Store:get: argument 2 (key) must be a string, got a number"),
      ("uc.store:set('x')", "Store:set: argument 3 (value) is missing; nil removes the key"),
      ("uc.store:set('x', 1, 5)", "Store:set: argument 4 (options) must be a table, got a number"),
      ("uc.store:set('x', 1, { tll = 5 })", "Store:set: unknown option 'tll' (did you mean 'ttl'?)"),
      (
        "uc.store:set('x', 1, { ttl = -5 })",
        "Store:set: option 'ttl' must be a number of seconds from 0.0 to 1e9, got -5.0"
      ),
      ("uc.store:incr('x', 'y')", "Store:incr: argument 3 (n) must be a number, got a string"),
      ("uc.store:update('x')", "Store:update: argument 3 (function) must be a function, got nothing"),
      ("uc.store:keys(5)", "Store:keys: argument 2 (prefix) must be a string, got a number"),
      (
        "uc.store:keys('', { limit = 5000 })",
        "Store:keys: option 'limit' must be an integer from 1 to 1000, got 5000.0"
      ),
      ("uc.store:keys('', { after = 5 })", "Store:keys: option 'after' must be a string, got 5.0"),
      ("uc.store:scope()", "Store:scope: argument 2 (name) must be a string, got nothing"),
      (
        "uc.store:scope(('x'):rep(2000))",
        "Store:scope: argument 2 (name) makes the way to the store longer than 1024 bytes"
      ),
      ("uc.store:gte('x')", "a Store has no field 'gte' (did you mean 'get'?)"),
    ])
  func misuse(source: String, message: String) {
    #expect {
      _ = try BotBench(source)
    } throws: { error in
      guard case .failed(let text, _) = error as? BotError else { return false }
      #expect(text == "bots/test.lua:1: " + message)
      return true
    }
  }

  private func run(_ source: String, store: BotStore? = nil) throws {
    _ = try BotBench(source) { $0.store = store }
  }
}
