import Testing

@testable import BotKit

@Suite("Lua is read as the compiler reads it")
struct LuaSyntaxTests {
  private func tokens(_ text: String) -> [String] {
    LuaLexer.tokens(of: text).dropLast().map(\.text)
  }

  @Test("comments, strings and numbers of every kind")
  func tokens() {
    #expect(tokens("#!/usr/bin/lua\na --[[ b\n c]] d --e\nf") == ["a", "d", "f"])
    #expect(tokens("--[==[ ]] \n ]==] x") == ["x"])
    #expect(tokens("--[ not long\nx") == ["x"])
    #expect(tokens(#"'a\'b' "c\"d" "\65\x41\u{41}\z   e\n""#) == ["a'b", "c\"d", "AAAe\n"])
    #expect(tokens("[[\na\n]] [=[]]]=] a[b[c]]") == ["a\n", "]]", "a", "[", "b", "[", "c", "]", "]"])
    #expect(
      tokens("0x1p-3 1e+5 .5 3..2 5//2 a.b a..b") == [
        "0x1p-3", "1e+5", ".5", "3..2", "5", "//", "2", "a", ".", "b", "a", "..", "b",
      ])
    #expect(tokens("a<b<<c>=d~=e::f::") == ["a", "<", "b", "<<", "c", ">=", "d", "~=", "e", "::", "f", "::"])
  }

  @Test("lines are counted through everything that spans several")
  func lines() {
    let text = "a\n--[[\n\n]]b\n[[\n\n]]c 'd\\\n e' \"f\\z\n\n g\" h"
    let lines = LuaLexer.tokens(of: text).map { "\($0.text.filter { $0 != "\n" })\($0.line)" }
    #expect(lines == ["a1", "b4", "5", "c7", "d e7", "fg8", "h10", "10"])
  }

  @Test(
    "what ends in the middle is no endless loop",
    arguments: ["'", "\"a\\", "[[", "[==", "--[[", "\"\\x", "\"\\u{", "\"\\", "0x", "é\u{0}"])
  func ends(text: String) {
    #expect(LuaLexer.tokens(of: text).last?.kind == .end)
    _ = LuaParser.parse(text)
  }

  @Test(
    "every form of statement and expression is read",
    arguments: [
      "", ";;", "return", "return;", "return 1, 2;", "local a <const>, b <close> = 1", "local a", "a, b.c, d[1] = 1, 2",
      "goto x; ::x::", "do local a end", "while true do break end", "repeat local a until a",
      "if a then elseif b then else end", "for i = 1, 2, 3 do end", "for k, v in pairs(t) do end",
      "function a.b.c:d(...) end", "function f(a, b, ...) return ... end", "local function f() return f end",
      "f 'a' [[b]] {1}", "f{a = 1, [2] = 3; 4}", "a:b'c':d{}(e)", "(f or g)(1)", "('x'):rep(3)",
      "x = not -#~a ^ 2 // 3 >> 1 .. 'a' == b", "x = function() end", "x = {function() end, f = {}, ...}",
      "x = a.b['c'].d:e(1)(2)[3]", "x = - - 1", "x = #'a' + (2)", "x = {\n  end_ = 1,\n}",
      "local t = {f()}; (t)[1] = 2",
    ])
  func forms(text: String) throws {
    #expect(ScriptCheck.problems(source: "local a,b,c,d,e,f,g,t,v,x,k\n" + text, path: "t.lua").isEmpty)
    #expect(LuaParser.parse(text) != nil)
  }

  @Test("what nests too deeply is no program", arguments: ["(", "{", "not ", "a(", "a.", "function() return ", "do "])
  func deep(part: String) {
    _ = LuaParser.parse("x = " + String(repeating: part, count: 100_000))
  }
}
