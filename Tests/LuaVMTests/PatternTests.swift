import LuaVM
import Testing

@Suite("Patterns are those of the manual, in counted steps")
struct PatternTests {
  @Test(
    "string functions give what Lua's own give",
    arguments: [
      ("('hello world'):find('o w')", "5\t7"), ("('hello'):find('l+')", "3\t4"),
      ("('hello'):find('(l)(l)')", "3\t4\tl\tl"),
      ("('hello'):find('')", "1\t0"), ("('hello'):find('', 6)", "6\t5"), ("('hello'):find('', 7)", "nil"),
      ("('hello'):find('l', -2)", "4\t4"), ("('a.b'):find('.', 2, true)", "2\t2"),
      ("('a+b'):find('+', 1, true)", "2\t2"),
      ("('x=1, y=2'):match('(%w+)=(%w+)')", "x\t1"), ("('  trim  '):match('^%s*(.-)%s*$')", "trim"),
      ("('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key\tvalue"), ("('f(a(b)c)d'):match('%b()')", "(a(b)c)"),
      ("('THE (quick) fox'):find('%((%a+)%)')", "5\t11\tquick"), ("('hello'):match('()ll()')", "3\t5"),
      ("('aXb'):match('%u')", "X"), ("('aXb'):match('[^%l]')", "X"), ("('a]b'):match('[]]')", "]"),
      ("('a-b'):match('[a%-]+')", "a-"), ("('x^y'):match('[x^]+')", "x^"), ("('abc123'):match('%a-(%d+)')", "123"),
      ("('THE (quick) fox'):gsub('%f[%a]%a+', string.lower)", "the (quick) fox\t3"),
      ("('abcabc'):match('(abc)%1')", "abc"), ("('colour'):match('colou?r')", "colour"),
      ("('color'):match('colou?r')", "color"),
      ("('hello world'):gsub('o', '0')", "hell0 w0rld\t2"), ("('hello'):gsub('', '-')", "-h-e-l-l-o-\t6"),
      ("('hello'):gsub('l', '%0%0')", "hellllo\t2"), ("('a b'):gsub('(%w) (%w)', '%2 %1')", "b a\t1"),
      ("('abc'):gsub('%w', '%%%0')", "%a%b%c\t3"), ("('$x $y'):gsub('%$(%w+)', { x = 1 })", "1 $y\t2"),
      ("('abc'):gsub('b', function() return false end)", "abc\t1"), ("('aaa'):gsub('a', 'b', 2)", "bba\t2"),
      ("('abc'):gsub('^a', 'x')", "xbc\t1"), ("('aaa'):gsub('^a', 'x')", "xaa\t1"),
      ("('abc'):gsub('x*', '-')", "-a-b-c-\t4"),
      ("('\\0a\\0'):find('%z')", "1\t1"), ("#('a\\0b'):match('.+')", "3"), ("('äö'):len()", "4"),
      ("('x'):rep(3, ',')", "x,x,x"), ("('x'):rep(0)", ""), ("('x'):rep(-1)", ""), ("(''):rep(100)", ""),
      ("('abc'):match('((a)(b))')", "ab\ta\tb"), ("('a,b,,c'):gsub(',', ';')", "a;b;;c\t3"),
    ])
  func asInTheManual(expression: String, result: String) throws {
    let bench = try LuaBench()
    #expect(try bench.run("print(\(expression))") == .done)
    #expect(bench.printed == [result])
  }

  @Test(
    "malformed patterns are errors",
    arguments: [
      ("('a'):find('%')", "malformed pattern (ends with '%')"), ("('a'):find('[a')", "malformed pattern (missing ']')"),
      ("('a'):find('[')", "malformed pattern (missing ']')"), ("('a'):find('[%')", "malformed pattern (missing ']')"),
      ("('a'):match('(a')", "unfinished capture"), ("('a'):match('a)')", "invalid pattern capture"),
      ("('a'):match('%1')", "invalid capture index in pattern"), ("('a'):match('%b')", "missing arguments to '%b'"),
      ("('a'):match('%f')", "missing '[' after '%f'"), ("('a'):gsub('a', '%2')", "invalid capture index %2"),
      ("('a'):gsub('a', '%x')", "invalid use of '%'"),
      ("('a'):gsub('a', function() return {} end)", "invalid replacement"),
      ("('x'):rep(1000):match(('x-'):rep(300))", "pattern too complex"),
      ("('a'):match(('()'):rep(33))", "too many captures"),
    ])
  func malformed(expression: String, message: String) throws {
    let bench = try LuaBench()
    guard case .failed(let text) = try bench.run("return \(expression)") else {
      Issue.record("no error")
      return
    }
    #expect(text.contains(message), "\(text)")
  }

  @Test("gmatch iterates as in the manual")
  func gmatch() throws {
    let bench = try LuaBench()
    let status = try bench.run(
      """
      local function all(s, p, init)
        local list = {}
        for a, b in s:gmatch(p, init) do list[#list + 1] = a .. (b or "") end
        print(table.concat(list, "|"))
      end
      all("one two", "%a+") all("k=v, x=y", "(%w+)=(%w+)") all("abc", "") all("abc", "b*") all("one two", "%a+", 4) all("a", "a", 9)
      """)
    #expect(status == .done)
    #expect(bench.printed == ["one|two", "kv|xy", "|||", "|b|", "two", ""])
  }

  @Test("a host matches without a state, in at most so many steps")
  func hostMatch() {
    func match(_ pattern: String, _ subject: String, steps: UInt64 = 1_000) -> LuaPattern.Match {
      Array(subject.utf8).withUnsafeBytes { LuaPattern.match(Array(pattern.utf8), in: $0, steps: steps) }
    }
    #expect(match("^!echo%s", "!echo hi") == .found(0..<6))
    #expect(match("%d+", "abc 123") == .found(4..<7))
    #expect(match("^x", "y") == .none)
    #expect(match("", "") == .found(0..<0))
    #expect(match("%s-%s-%s-y", String(repeating: " ", count: 500)) == .exhausted)
    #expect(match("[a", "a") == .malformed("malformed pattern (missing ']')"))
    #expect(LuaPattern.problem(in: Array("[a".utf8)) != nil)
    #expect(LuaPattern.problem(in: Array("^!echo%s".utf8)) == nil)
  }

  @Test("near names are proposed, far ones not")
  func nearestName() {
    #expect(NearestName.of("slep", in: ["sleep", "say", "stop"]) == "sleep")
    #expect(NearestName.of("mesage", in: ["message", "ping"]) == "message")
    #expect(NearestName.of("tirm", in: ["trim", "time"]) == "trim")
    #expect(NearestName.of("io", in: ["os", "uc", "pairs"]) != "pairs")
    #expect(NearestName.of("frobnicate", in: ["sleep", "say"]) == nil)
    #expect(NearestName.of("", in: ["sleep"]) == nil)
  }
}
