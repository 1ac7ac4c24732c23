import LuaVM
import Testing

@Suite("Plain values leave a state and enter another")
struct PlainTests {
  /// Copies what an expression gives from one state into the value of `copy` in another.
  private func copy(_ expression: String, limit: Int = 1 << 20, into target: LuaBench) throws {
    let source = try LuaBench()
    nonisolated(unsafe) var result: Result<LuaPlain, LuaPlainError>?
    try source.lua.register("keep") { call in
      do throws(LuaPlainError) { result = .success(try call.plain(1, limit: limit)) } catch { result = .failure(error) }
      return .values
    }
    #expect(try source.run("uc.keep(\(expression))") == .done)
    let plain = try #require(result).get()
    try target.lua.setConstant("copy") { $0.plain(plain) }
  }

  @Test(
    "types and bytes are kept",
    arguments: [
      ("true", "uc.copy == true"), ("false", "uc.copy == false"),
      ("42", "uc.copy == 42 and math.type(uc.copy) == 'integer'"),
      ("math.mininteger", "uc.copy == math.mininteger"), ("math.maxinteger", "uc.copy == math.maxinteger"),
      ("-1", "uc.copy == -1"), ("{ [64] = -65 }", "uc.copy[64] == -65"), ("1e308", "uc.copy == 1e308"),
      ("1.0", "uc.copy == 1 and math.type(uc.copy) == 'float'"), ("0/0", "uc.copy ~= uc.copy"),
      ("-0.0", "1 / uc.copy == -math.huge"), ("'a\\0b\\xff'", "uc.copy == 'a\\0b\\xff'"), ("''", "uc.copy == ''"),
      ("{}", "next(uc.copy) == nil"),
      ("{ 'a', nil, 'c' }", "uc.copy[1] == 'a' and uc.copy[3] == 'c' and #uc.copy == 3"),
      (
        "{ a = { b = { c = 1 } }, [1.5] = 'x', [true] = 'y', [-3] = 'z' }",
        "uc.copy.a.b.c == 1 and uc.copy[1.5] == 'x' and uc.copy[true] == 'y' and uc.copy[-3] == 'z'"
      ),
      ("setmetatable({ 1 }, { __index = error, __pairs = error })", "uc.copy[1] == 1 and getmetatable(uc.copy) == nil"),
    ])
  func kinds(expression: String, check: String) throws {
    let target = try LuaBench()
    try copy(expression, into: target)
    #expect(try target.run("assert(\(check))") == .done)
  }

  @Test("many values make the way")
  func many() throws {
    let target = try LuaBench()
    try copy(
      "(function() local t = {} for i = 1, 20000 do t[i] = { n = i, s = 'x' .. i } end return t end)()", into: target)
    #expect(try target.run("for i = 1, 20000 do assert(uc.copy[i].n == i and uc.copy[i].s == 'x' .. i) end") == .done)
  }

  @Test(
    "what is no data is refused, with the way to it",
    arguments: [
      ("print", "value is a function"), ("{ jobs = { 1, print } }", "value.jobs[2] is a function"),
      ("coroutine.create(print)", "value is a coroutine"), ("{ who = uc.thing('a') }", "value.who is an object"),
      ("{ [uc.thing('a')] = 1 }", "value has a key that is no number, string or boolean"),
      ("{ a = { [{}] = 1 } }", "value.a has a key that is no number, string or boolean"),
      ("(function() local t = {} t.t = t return t end)()", "value.t is a table that it lies in"),
      ("('x'):rep(2000)", "value is too large"), ("{ ('x'):rep(600), ('x'):rep(600) }", "value is too large"),
    ])
  func refused(expression: String, message: String) throws {
    let target = try LuaBench()
    #expect(throws: LuaPlainError(message: message)) { try copy(expression, limit: 1_000, into: target) }
  }

  @Test("32 tables inside of each other make the way, 33 do not")
  func depth() throws {
    func nested(_ depth: Int) -> String { String(repeating: "{ ", count: depth) + String(repeating: "}", count: depth) }
    let target = try LuaBench()
    try copy(nested(32), into: target)
    #expect(throws: LuaPlainError.self) { try copy(nested(33), into: target) }
  }

  @Test("the limit is exact")
  func limit() throws {
    let target = try LuaBench()
    try copy("('x'):rep(98)", limit: 100, into: target)
    #expect(throws: LuaPlainError.self) { try copy("('x'):rep(99)", limit: 100, into: target) }
  }

  @Test("damaged bytes are an error in the script, and never more")
  func damaged() throws {
    let whole: [UInt8] = [0x7B, 0, 0x73, 1, 0x61, 0x69, 2, 0x7D]
    let bench = try LuaBench()
    nonisolated(unsafe) var bytes = whole
    try bench.lua.register("value") { call in
      call.results.plain(LuaPlain(bytes: bytes))
      return .values
    }
    #expect(try bench.run("assert(uc.value().a == 1)") == .done)
    for length in 0..<whole.count {
      bytes = Array(whole.prefix(length))
      #expect(try bench.run("uc.value()") != .done)
    }
    for position in whole.indices {
      for byte in UInt8.min...UInt8.max {
        bytes = whole
        bytes[position] = byte
        _ = try bench.run("pcall(uc.value)")
      }
    }
    bytes = [UInt8](repeating: 0x7B, count: 100_000)
    #expect(try bench.run("uc.value()") != .done)
    bytes = whole + [0x6E]
    #expect(try bench.run("uc.value()") != .done)
  }

  @Test("a table may lie in two places of another, which makes two of it")
  func shared() throws {
    let target = try LuaBench()
    try copy("(function() local t = { 1 } return { a = t, b = t } end)()", into: target)
    #expect(try target.run("assert(uc.copy.a[1] == 1 and uc.copy.b[1] == 1 and uc.copy.a ~= uc.copy.b)") == .done)
  }

  @Test(
    "numbers are read and written outside of Lua as inside",
    arguments: [
      ("0", .integer(0)), ("-1", .integer(-1)), ("63", .integer(63)), ("64", .integer(64)), ("-65", .integer(-65)),
      ("math.maxinteger", .integer(.max)), ("math.mininteger", .integer(.min)), ("0.0", .float(0)),
      ("1.5", .float(1.5)), ("-1/0", .float(-.infinity)), ("2^53", .float(0x1p53)),
    ] as [(String, LuaNumber)])
  func numbers(expression: String, number: LuaNumber) throws {
    let bench = try LuaBench()
    try bench.lua.setConstant("made") { $0.plain(LuaPlain(number)) }
    nonisolated(unsafe) var read: LuaNumber?
    try bench.lua.register("read") { call in
      read = (try? call.plain(1, limit: 100))?.number
      return .values
    }
    #expect(
      try bench.run("assert(uc.made == \(expression) and math.type(uc.made) == math.type(\(expression)))") == .done)
    #expect(try bench.run("uc.read(\(expression))") == .done)
    #expect(read == number)
  }

  @Test("a list of strings is one in Lua")
  func list() throws {
    let bench = try LuaBench()
    let items = (0..<200).map { [UInt8](repeating: UInt8($0), count: $0) }
    try bench.lua.setConstant("made") { $0.plain(LuaPlain(list: items.map { LuaPlain(string: $0) })) }
    #expect(
      try bench.run("assert(#uc.made == 200) for i = 1, 200 do assert(uc.made[i] == string.char(i - 1):rep(i - 1)) end")
        == .done)
  }

  @Test("a table with names is one in Lua, also inside a list")
  func record() throws {
    let bench = try LuaBench()
    let record = LuaPlain(record: [("name", LuaPlain(string: [0xFF])), ("size", LuaPlain(.integer(-3)))])
    try bench.lua.setConstant("made") { $0.plain(LuaPlain(list: [record, LuaPlain(record: [])])) }
    #expect(
      try bench.run(
        "local a, b = table.unpack(uc.made) assert(a.name == '\\xFF' and a.size == -3 and next(b) == nil)") == .done)
  }

  @Test("what is no number has none", arguments: [[], [0x69], [0x69, 0x80], [0x69, 1, 1], [0x64, 1], [0x73, 0]])
  func noNumber(bytes: [UInt8]) { #expect(LuaPlain(bytes: bytes).number == nil) }

  @Test("what does not fit the other state is an error there")
  func tooLargeForTarget() throws {
    let target = try LuaBench(memory: 1 << 20)
    #expect(throws: LuaError.outOfMemory) { try copy("('x'):rep(4e6)", limit: 1 << 23, into: target) }
    #expect(try target.run("assert(uc.double(1) == 2)") == .done)
  }
}
