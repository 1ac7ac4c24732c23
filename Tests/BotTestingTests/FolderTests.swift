import Testing

@testable import BotTesting

@Suite("Files in a bot test")
struct FolderTests {
  /// A bot that fetches what is announced, and says what came of it.
  private let script = """
    uc.on("file", function(file)
      local got, code = file:fetch { max = 5000, timeout = 60 }
      uc.say(got and ("%s %d %s"):format(got.name, got.size, got.peer == uc.me) or code)
    end)
    uc.command("list", function(msg)
      local list = uc.file.list()
      msg:reply(#list .. " " .. tostring(list[1] and list[1].name) .. " " .. tostring(list[1] and list[1].id))
    end)
    uc.command("offer", { args = { "name" } }, function(msg, args)
      local file, code = uc.file.offer(args.name)
      local told, why = nil, code
      if file then told, why = file:announce() end
      msg:reply(told and file.id or why)
    end)
    uc.command("back", { args = { "name" } }, function(msg, args) uc.file.offer(args.name):withdraw() end)
    """

  @Test(
    "files behave as the folder of --files does",
    arguments: [
      "alice:file 'a/b c.txt' t:expect 'a_b_c.txt 1000 true' t:expect_equal(t:folder()['a_b_c.txt'].size, 1000)",
      "alice:file '..' t:expect '_. 1000 true'",
      "alice:file('x', { delay = 3 }) t:expect_none() t:advance(3) t:expect 'x 1000 true'",
      "alice:file('x', { delay = 90 }) t:advance(60) t:expect 'timeout' t:advance(60) t:expect_equal(t:folder(), {})",
      "alice:file('x', { size = 5001 }) t:expect 'too_large'",
      "alice:file('x', { error = 'wrong_length' }) t:expect 'wrong_length' t:expect_equal(t:folder(), {})",
      "alice:file 'x' t:expect 'x 1000 true' t:advance(200) alice:file 'x' t:expect 'exists'",
      "alice:file('x', { announce = false }) t:expect_none()",
      "t:peer('bob'):file 'x' t:expect 'not_connected'",
      "t:file('tea', 5) alice:say '!offer tea' t:expect_match '^0+%-0000%-4000' t:expect_equal(t:folder().tea.announced, true)",
      "t:file('tea', 0) alice:say '!offer tea' t:expect 'empty'",
      "alice:say '!offer .tea' t:expect 'bad_name'", "alice:say '!offer a/tea' t:expect 'bad_name'",
      "alice:say '!offer tea' t:expect 'not_found'",
      "t:file 'tea' alice:say '!back tea' alice:say '!list' t:expect '1 tea nil'",
    ])
  func works(body: String) throws {
    let results = try Kit.results(
      """
      uc.test("it", function(t)
        local alice = t:peer "alice"
        alice:join()
        t:load "bot.lua"
        \(body)
      end)
      """, scripts: ["bot.lua": script])
    #expect(results.map(\.failures) == [[]])
  }

  @Test(
    "misuse names the function and what it takes",
    arguments: [
      ("t:file()", "t:file: argument 1 (name) must be a string"),
      ("t:file 'a/b'", "t:file: argument 1 (name) must be the name of a file in a folder, got \"a/b\""),
      ("t:file('a', 'b')", "t:file: argument 2 (size) must be a number of bytes, got a string"),
      ("t:peer('a'):file()", "peer:file: argument 1 (id) must be a string"),
      ("t:peer('a'):file('x', { error = 'oops' })", "peer:file: option 'error' must be \"unavailable\" or"),
      ("t:peer('a'):file('x', { sise = 1 })", "peer:file: unknown option 'sise' (did you mean 'size'?)"),
    ])
  func misuse(body: String, message: String) throws {
    let failure = try Kit.failure(body)
    #expect(failure?.contains(message) == true, "\(failure ?? "it passed")")
  }
}
