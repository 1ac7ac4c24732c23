import Limits
import Testing

@testable import BotKit

@Suite("uc.json reads and writes by the letter of RFC 8259")
struct JSONTests {
  /// A Lua function that shows a value in full.
  private static let show = """
    local function show(v)
      if v == uc.json.null then return "null" end
      if type(v) == "string" then return ("%q"):format(v) end
      if type(v) ~= "table" then return math.type(v) == "float" and ("%.17g:f"):format(v) or tostring(v) end
      local names, out = {}, {}
      for name in pairs(v) do names[#names + 1] = name end
      table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
      for _, name in ipairs(names) do out[#out + 1] = tostring(name) .. "=" .. show(v[name]) end
      return "{" .. table.concat(out, " ") .. "}"
    end

    """

  /// A text as Lua source: bytes in escapes.
  private static func literal(_ text: String) -> String {
    "\"" + text.utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\""
  }

  @Test(
    "what is JSON is read",
    arguments: [
      ("null", "null"), ("true", "true"), ("false", "false"), (" \t\r\n1 \n", "1"), ("0", "0"), ("-0", "-0:f"),
      ("-12", "-12"), ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
      ("9223372036854775808", "9.2233720368547758e+18:f"), ("1.0", "1:f"), ("1e2", "100:f"), ("1E+2", "100:f"),
      ("-1.5e-3", "-0.0015:f"), ("0.1", "0.10000000000000001:f"), ("1e-999", "0:f"), ("0e5", "0:f"),
      ("\"\"", "\"\""), ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"a\\\"\\\\/\\8\\12\\\n\\13\\9\""),
      ("\"\\u0041\\u00fC\\u20ac\"", "\"Aü€\""), ("\"\\ud83d\\uDE00\"", "\"😀\""), ("\"ü€😀\"", "\"ü€😀\""),
      ("\"\\u0000\"", "\"\\0\""), ("\"\\ud800\"", "\"\u{FFFD}\""), ("\"\\ude00x\"", "\"\u{FFFD}x\""),
      ("\"\\ud800\\u0041\"", "\"\u{FFFD}A\""), ("\"\\ud800\\ud800\"", "\"\u{FFFD}\u{FFFD}\""),
      ("\"\u{7F}\"", "\"\\127\""),
      ("[]", "{}"), ("{}", "{}"), ("[ 1 , [ ] ,null ]", "{1=1 2={} 3=null}"),
      ("{\"a\":1,\"b\":{\"c\":[true]}}", "{a=1 b={c={1=true}}}"), ("{\"a\":1,\"a\":2}", "{a=2}"), ("{\"\":0}", "{=0}"),
      ("{\"1\":\"x\"}", "{1=\"x\"}"), ("\u{FEFF}1", "1"),
    ])
  func accepted(text: String, value: String) throws {
    let bench = try BotBench(
      Self.show + "local v, code = uc.json.decode(\(Self.literal(text)))\nassert(not code)\nprint(show(v) .. '|')"
    ) {
      $0.memory = 4 << 20
    }
    #expect(bench.logged == [value.replacing("\n", with: "\\n") + "|"])
  }

  @Test(
    "what is not JSON is refused, and it says at which byte and why",
    arguments: [
      ("", 1, "ends too early"), ("  ", 3, "ends too early"), ("nul", 1, "unexpected character"),
      ("nulL", 1, "unexpected character"), ("True", 1, "unexpected character"), ("NaN", 1, "unexpected character"),
      ("Infinity", 1, "unexpected character"), ("-Infinity", 1, "unexpected character"),
      ("+1", 1, "unexpected character"),
      ("01", 2, "something follows the value"), ("-", 1, "unexpected character"),
      ("-01", 3, "unexpected character"),
      ("1.", 1, "a digit is wanted behind the point"), (".5", 1, "unexpected character"),
      ("1e", 1, "a digit is wanted in the exponent"), ("1e+", 1, "a digit is wanted in the exponent"),
      ("0x10", 2, "something follows the value"), ("0x1p3", 2, "something follows the value"),
      ("1e999", 1, "number out of range"),
      ("-1e999", 1, "number out of range"), ("1 2", 3, "something follows the value"),
      ("[1]]", 4, "something follows the value"),
      ("\"", 2, "string without an end"), ("\"a", 3, "string without an end"), ("\"\\", 2, "unknown escape"),
      ("\"\\x41\"", 2, "unknown escape"), ("\"\\u12\"", 2, "\\u wants four hexadecimal digits"),
      ("\"\\u12G4\"", 2, "\\u wants four hexadecimal digits"), ("\"a\nb\"", 3, "control character in a string"),
      ("\"\u{0}\"", 2, "control character in a string"), ("'a'", 1, "unexpected character"),
      ("[1,]", 4, "unexpected character"),
      ("[,1]", 2, "unexpected character"), ("[1 2]", 4, "',' or ']' wanted"), ("[1", 3, "',' or ']' wanted"),
      ("[", 2, "ends too early"), ("{\"a\":1,}", 8, "a name in quotes wanted"), ("{a:1}", 2, "a name in quotes wanted"),
      ("{1:1}", 2, "a name in quotes wanted"), ("{\"a\" 1}", 6, "':' wanted"), ("{\"a\":}", 6, "unexpected character"),
      ("{\"a\":1", 7, "',' or '}' wanted"), ("{\"a\":1 \"b\":2}", 8, "',' or '}' wanted"),
      ("{", 2, "a name in quotes wanted"),
      ("// x\n1", 1, "unexpected character"), ("[1]//", 4, "something follows the value"),
      ("\u{0}", 1, "unexpected character"),
      ("1\u{0}", 2, "something follows the value"), ("\u{A0}1", 1, "unexpected character"),
    ])
  func refused(text: String, byte: Int, why: String) throws {
    let bench = try BotBench("print(uc.json.decode(\(Self.literal(text))))")
    #expect(bench.logged == ["nil\tsyntax\tbyte \(byte): \(why)"])
  }

  @Test(
    "bytes that are not UTF-8 are refused in strings",
    arguments: [
      "\\xFF", "\\xC0\\x80", "\\xED\\xA0\\x80", "\\xE2\\x82", "\\xF5\\x80\\x80\\x80", "\\xF0\\x8F\\xBF\\xBF", "\\x80",
    ])
  func notUTF8(bytes: String) throws {
    let bench = try BotBench("print(uc.json.decode('\"\(bytes)\"'))")
    #expect(bench.logged == ["nil\tsyntax\tbyte 2: not UTF-8"])
  }

  @Test("a hundred levels and no more, both ways")
  func depth() throws {
    let bench = try BotBench(
      """
      print(uc.json.decode(("["):rep(100) .. ("]"):rep(100)) ~= nil)
      print(uc.json.decode(("["):rep(101) .. ("]"):rep(101)))
      print(uc.json.decode(('{"a":'):rep(100000)))
      local t = {}
      for _ = 1, 99 do t = { t } end
      print(#uc.json.encode(t))
      print((select(2, pcall(uc.json.encode, { t })):gsub("%[1%]", "i")))
      local loop = {}
      loop.x = { loop }
      print((select(2, pcall(uc.json.encode, loop)):gsub("%(at.*", "")))
      """)
    #expect(
      bench.logged == [
        "true", "nil\tsyntax\tbyte 101: nested too deeply", "nil\tsyntax\tbyte 501: nested too deeply", "200",
        "bots/test.lua:7: uc.json.encode: a table nested too deeply, perhaps in itself cannot be written as JSON (at "
          + String(repeating: "i", count: 53) + ")",
        "bots/test.lua:10: uc.json.encode: a table nested too deeply, perhaps in itself cannot be written as JSON ",
      ])
  }

  @Test(
    "values are written so that they read back as they were",
    arguments: [
      ("nil", "null"), ("uc.json.null", "null"), ("true", "true"), ("1", "1"), ("1.0", "1.0"), ("-0.0", "-0.0"),
      ("0.1", "0.1"), ("1/3", "0.3333333333333333"), ("1e100", "1e+100"), ("2^53", "9007199254740992.0"),
      ("math.mininteger", "-9223372036854775808"), ("math.maxinteger", "9223372036854775807"),
      ("5e-324", "4.9406564584125e-324"),
      ("'a\"b\\\\c/\\n\\r\\t\\0\\x1f ü'", "\"a\\\"b\\\\c/\\n\\r\\t\\u0000\\u001f ü\""),
      ("'\\xff\\xc3('", "\"\u{FFFD}\u{FFFD}(\""), ("{}", "{}"), ("uc.json.empty_list", "[]"),
      ("{1,{2},{}}", "[1,[2],{}]"),
      ("{b=1,a=2,['a b']=3,['']=4}", "{\"\":4,\"a b\":3,\"a\":2,\"b\":1}"), ("{uc.json.null,2}", "[null,2]"),
      ("setmetatable({1}, {__index=function() error('x') end, __pairs=error, __len=error})", "[1]"),
    ])
  func written(value: String, text: String) throws {
    let bench = try BotBench(
      """
      local text = uc.json.encode(\(value))
      uc.log.info("v", { text = text })
      assert(uc.json.encode(uc.json.decode(text)) == text or text == "[]" or text:find("[[{]"))
      """)
    #expect(bench.lines.events.last?.metadata["text"].map { "\($0)" } == text)
  }

  @Test(
    "what JSON has no form for is an error that says where",
    arguments: [
      ("print", "a function cannot be written as JSON"),
      ("0/0", "a number that is not one (nan) cannot be written as JSON"),
      ("1/0", "an infinite number cannot be written as JSON"),
      ("{1, nil, 3}", "a list with holes in it (uc.json.null stands for nothing) cannot be written as JSON"),
      ("{1, a = 2}", "a table with names and list items in it cannot be written as JSON"),
      ("{[0] = 1}", "a table with keys that are neither strings nor 1, 2 and so on cannot be written as JSON"),
      ("{[true] = 1}", "a table with keys that are neither strings nor 1, 2 and so on cannot be written as JSON"),
      ("{items = {1, {on_click = print}}}", "a function cannot be written as JSON (at .items[2].on_click)"),
      ("{me = uc.me}", "an object cannot be written as JSON (at .me)"),
      ("coroutine.create(print)", "a coroutine cannot be written as JSON"),
      ("('x'):rep(\(Limits.HTTP.json - 1))", "more than \(Limits.HTTP.json) bytes of JSON"),
    ])
  func unwritable(value: String, message: String) throws {
    let bench = try BotBench("print(select(2, pcall(function() return uc.json.encode(\(value)) end)))")
    #expect(bench.logged == ["bots/test.lua:1: uc.json.encode: " + message])
  }

  @Test("a table that holds itself a thousand ways does not take for ever")
  func explosion() throws {
    let bench = try BotBench(
      """
      local t = {}
      for _ = 1, 60 do t = { t, t } end
      print(select(2, pcall(uc.json.encode, t)))
      """)
    #expect(bench.logged == ["bots/test.lua:3: uc.json.encode: more than \(Limits.HTTP.json) bytes of JSON"])
  }

  @Test("a text that takes too long to read is stopped, and one that takes too much memory is refused")
  func bounds() throws {
    let slow = try BotBench(
      """
      uc.on("message", function()
        local text = "[" .. ("1,"):rep(2000000) .. "1]"
        while true do uc.json.decode(text) end
      end)
      """
    ) {
      $0.handlerMilliseconds = 100
      $0.memory = 512 << 20
    }
    slow.hear("x")
    #expect(slow.logged.count == 1 && slow.logged[0].contains("stopped"))
    let large = try BotBench(
      """
      print(pcall(uc.json.decode, "[" .. ("[],"):rep(100000) .. "1]"))
      collectgarbage("count")
      print(#uc.json.decode("[1,2]"))
      """
    ) { $0.memory = 2 << 20 }
    #expect(large.logged == ["false\tnot enough memory", "2"])
  }

  @Test("response:json() reads the body; a request's json is sent with its type")
  func overHTTP() throws {
    let web = FakeHTTP(
      .success(BotHTTPResponse(status: 200, body: Array("{\"n\":[1,2]}".utf8), url: "http://a/")))
    let bench = try BotBench(
      """
      local r = uc.http.post("http://a/", { json = { b = { 1 }, a = "x" } })
      print(r:json().n[2])
      print(select(2, pcall(uc.http.post, "x", { json = { f = print } })))
      print(select(2, pcall(uc.http.post, "x", { json = 1, body = "2" })))
      print(select(2, pcall(r.json)))
      """
    ) { $0.http = web }
    #expect(
      bench.logged == [
        "2", "bots/test.lua:3: uc.http.post: option 'json': a function cannot be written as JSON (at .f)",
        "bots/test.lua:4: uc.http.post: there is an option 'body' and an option 'json'",
        "bots/test.lua:5: Response:json: must be called on a Response, as in response:json(…), got nothing",
      ])
    #expect(web.requests.first?.body == Array("{\"a\":\"x\",\"b\":[1]}".utf8))
    #expect(web.requests.first?.headers == [BotHTTPHeader("Content-Type", "application/json")])
  }

  @Test("null and the empty list are values of their own")
  func constants() throws {
    let bench = try BotBench(
      """
      print(uc.json.null, uc.json.empty_list, uc.json.null == uc.json.null, uc.json.null == uc.json.empty_list)
      print(getmetatable(uc.json.null), select(2, pcall(function() return uc.json.null.x end)))
      print(uc.json.decode("null") == uc.json.null, uc.json.null and "true for if")
      """)
    #expect(
      bench.logged == [
        "null\t[]\ttrue\tfalse", "false\tbots/test.lua:2: attempt to index a userdata value (field 'null')",
        "true\ttrue for if",
      ])
  }
}
