import Testing

@testable import BotKit

@Suite("Misuse is told by function, argument, what was wanted and got, file and line")
struct MisuseTests {
  @Test(
    "at the top level",
    arguments: [
      ("uc.on()", "uc.on: argument 1 (event) must be a string, got nothing"),
      ("uc.on('mesage', print)", "uc.on: unknown event 'mesage' (did you mean 'message'?)"),
      ("uc.on('message')", "uc.on: argument 2 must be a table of options or a function, got nothing"),
      ("uc.on('message', {})", "uc.on: argument 3 (function) must be a function, got nothing"),
      ("uc.on('message', { mach = 'x' }, print)", "uc.on: unknown option 'mach' (did you mean 'match'?)"),
      ("uc.on('message', { frobnicate = 'x' }, print)", "uc.on: unknown option 'frobnicate'"),
      (
        "uc.on('message', { match = 1 }, print)", "uc.on: option 'match' must be a string (a Lua pattern), got a number"
      ),
      ("uc.on('message', { match = '[a' }, print)", "uc.on: option 'match': malformed pattern (missing ']')"),
      ("uc.on('ping', { match = 'x' }, print)", "uc.on: option 'match' is not for event 'ping'"),
      ("uc.on('start', { from = 'x' }, print)", "uc.on: option 'from' is not for event 'start'"),
      ("uc.on('message', { from = {} }, print)", "uc.on: option 'from' must be a Peer or the id of one, got a table"),
      ("uc.on('message', { room = 1 }, print)", "uc.on: option 'room' must be a string, got a number"),
      ("uc.on('message', { priority = 'x' }, print)", "uc.on: option 'priority' must be a number, got a string"),
      ("uc.on('message', { once = 1 }, print)", "uc.on: option 'once' must be a boolean, got a number"),
      (
        "uc.on('message', { 'x' }, print)",
        "uc.on: options have names, as in { match = \"^!echo%s\" }; got a number as a name"
      ),
      (
        "uc.on('message', { serial = 'peers' }, print)",
        "uc.on: option 'serial' must be \"peer\" or \"all\" or \"none\", got \"peers\""
      ),
      (
        "uc.on('ready', { serial = 'peer' }, print)",
        "uc.on: option 'serial' cannot be \"peer\" for event 'ready', which has none"
      ),
      ("uc.on('ping', { bots = true }, print)", "uc.on: option 'bots' is not for event 'ping'"),
      ("uc.once('message', {}, 1)", "uc.once: argument 3 (function) must be a function, got a number"),
      ("uc.hear('[a', print)", "uc.hear: argument 1 (pattern): malformed pattern (missing ']')"),
      ("uc.hear('a', { match = 'b' }, print)", "uc.hear: option 'match' is argument 1 here"),
      ("uc.wait('stop')", "uc.wait: event 'stop' cannot be waited for; use uc.on"),
      ("uc.wait('message', 5)", "uc.wait: argument 2 (options) must be a table, got a number"),
      ("uc.wait('message', { tiemout = 5 })", "uc.wait: unknown option 'tiemout' (did you mean 'timeout'?)"),
      ("uc.wait('message', { once = true })", "uc.wait: unknown option 'once'"),
      (
        "uc.wait('message', { timeout = -1 })",
        "uc.wait: option 'timeout' must be a number of seconds from 0.0 to 1e9, got -1.0"
      ),
      ("uc.command(1, print)", "uc.command: argument 1 (name) must be a string, got a number"),
      (
        "uc.command('!ping', print)",
        "uc.command: argument 1 (name) is written without the prefix '!', got '!ping'"
      ),
      (
        "uc.command('a  b', print)",
        "uc.command: argument 1 (name) must be words with one space between, 64 bytes at most, got 'a  b'"
      ),
      ("uc.command('a')", "uc.command: argument 2 must be a table (the spec) or a function, got nothing"),
      ("uc.command('a', { hlep = 'x' }, print)", "uc.command: unknown option 'hlep' (did you mean 'help'?)"),
      (
        "uc.command('a', print) uc.command('b', { aliases = { 'A' } }, print)",
        "uc.command: there is a command 'a' already, made at bots/test.lua:2"
      ),
      (
        "uc.command('a', { args = { { 'x', type = 'pear' } } }, print)",
        "uc.command: unknown type 'pear' of an argument (did you mean 'peer'?)"
      ),
      (
        "uc.command('a', { args = { { 'x', typ = 'peer' } } }, print)",
        "uc.command: an argument has no field 'typ' (did you mean 'type'?)"
      ),
      (
        "uc.command('a', { args = { { 'x', type = 'rest' }, 'y' } }, print)",
        "uc.command: argument 'x' takes the rest of the line and must be the last"
      ),
      (
        "uc.command('a', { args = { { 'x', optional = true }, 'y' } }, print)",
        "uc.command: argument 'y' must be optional, since 'x' before it is"
      ),
      (
        "uc.command('a', { args = { { 'x', type = 'enum' } } }, print)",
        "uc.command: argument 'x' is an enum and needs 'choices', as in { \"on\", \"off\" }"
      ),
      (
        "uc.command('a', { args = { { 'x', type = 'integer', default = 'z' } } }, print)",
        "uc.command: the default of argument 'x' must be a whole number, got 'z'"
      ),
      (
        "uc.command('a', { args = { { type = 'integer' } } }, print)",
        "uc.command: argument 1 has no name, as in { \"when\", type = \"duration\" }"
      ),
      (
        "uc.command('a', { cooldown = { peer = -1 } }, print)",
        "uc.command: option 'cooldown.peer' must be a number of seconds from 0.0 to 1e9, got -1.0"
      ),
      (
        "uc.command('a', { allow = 'x' }, print)",
        "uc.command: option 'allow' must be a list of peers or ids, got a string"
      ),
      (
        "uc.command('a', { where = 'here' }, print)",
        "uc.command: option 'where' must be \"any\" or \"room\" or \"dm\", got \"here\""
      ),
      ("uc.spawn(1)", "uc.spawn: argument 1 (function) must be a function, got a number"),
      ("uc.defer()", "uc.defer: argument 1 (function) must be a function, got nothing"),
      ("uc.timeout(print)", "uc.timeout: argument 1 (seconds) must be a number, got a function"),
      ("uc.timeout(1)", "uc.timeout: argument 2 (function) must be a function, got nothing"),
      ("uc.all(print)", "uc.all: argument 1 (functions) must be a list of functions, got a function"),
      ("uc.all { 1 }", "uc.all: argument 1 (functions) must be a list of functions, got a number in it"),
      ("uc.all { x = print }", "uc.all: argument 1 (functions) must be a list of functions, got a function in it"),
      ("uc.spawn(print):join('x')", "Task:join: argument 2 (seconds) must be a number, got a string"),
      ("uc.spawn(print).cancel(1)", "Task:cancel: must be called on a Task, as in task:cancel(…), got a number"),
      (
        "uc.cron('* * * *', print)",
        "uc.cron: argument 1 (fields): five fields wanted (minute hour day month weekday), got 4"
      ),
      ("uc.cron('60 * * * *', print)", "uc.cron: argument 1 (fields): minute must be from 0 to 59, got '60'"),
      ("uc.cron('* * * foo *', print)", "uc.cron: argument 1 (fields): month must be from 1 to 12, got 'foo'"),
      (
        "uc.cron('*/0 * * * *', print)",
        "uc.cron: argument 1 (fields): the step of minute must be from 1 to 60, got '0'"
      ),
      ("uc.cron('* 9-8 * * *', print)", "uc.cron: argument 1 (fields): hour: '9-8' runs backwards"),
      ("uc.cron('0 0 30 2 *', print)", "uc.cron: '0 0 30 2 *' never comes"),
      (
        "uc.cron('* * * * *', { tz = '../../etc/passwd' }, print)",
        "uc.cron: option 'tz' must be the name of a time zone, as Europe/Berlin, UTC or local, got '../../etc/passwd'"
      ),
      ("uc.cron('* * * * *', { days = 'mon' }, print)", "uc.cron: unknown option 'days'"),
      ("uc.at('24:00', print)", "uc.at: argument 1 (time) must be a time from 00:00 to 23:59, got '24:00'"),
      ("uc.at('9', print)", "uc.at: argument 1 (time) must be a time from 00:00 to 23:59, got '9'"),
      ("uc.at('09:00', { days = 'man' }, print)", "uc.at: option 'days': weekday must be from 0 to 7, got 'man'"),
      (
        "uc.every(1, { overlap = 'both' }, print)",
        "uc.every: option 'overlap' must be \"skip\" or \"queue\", got \"both\""
      ),
      ("uc.after(1, { overlap = 'skip' }, print)", "uc.after: unknown option 'overlap'"),
      ("uc.say()", "uc.say: argument 1 (text) must be a string, got nothing"),
      ("uc.say({})", "uc.say: argument 1 (text) must be a string, got a table"),
      ("uc.sleep('1')", "uc.sleep: argument 1 (seconds) must be a number, got a string"),
      ("uc.sleep(-1)", "uc.sleep: argument 1 (seconds) must be a number from 0.0 to 1e9, got -1.0"),
      ("uc.sleep(0/0)", "uc.sleep: argument 1 (seconds) must be a number from 0.0 to 1e9, got -nan"),
      ("uc.every(0, print)", "uc.every: argument 1 (seconds) must be a number from 0.001 to 1e9, got 0.0"),
      ("uc.after(1)", "uc.after: argument 2 (function) must be a function, got nothing"),
      ("uc.peer(1)", "uc.peer: argument 1 (id) must be a string, got a number"),
      ("uc.me.ping()", "Peer:ping: must be called on a Peer, as in peer:ping(…), got nothing"),
      ("uc.me:ping(1)", "Peer:ping: argument 1 (options) must be a table, got a number"),
      ("uc.me:ping { timeuot = 1 }", "Peer:ping: unknown option 'timeuot' (did you mean 'timeout'?)"),
      ("uc.me:ping { timeout = -1 }", "Peer:ping: option 'timeout' must be a number of seconds up to 3600, got -1.0"),
      ("uc.after(1, print).stop()", "Timer:stop: must be called on a Timer, as in timer:stop(…), got nothing"),
      (
        "uc.on('start', print).off({})",
        "Subscription:off: must be called on a Subscription, as in subscription:off(…), got a table"
      ),
      ("uc.log.info()", "uc.log.info: argument 1 (message) must be a string, got nothing"),
      ("uc.log.warn('x', 1)", "uc.log.warn: argument 2 (fields) must be a table, got a number"),
      ("uc.trim(nil)", "uc.trim: argument 1 (text) must be a string, got nil"),
      ("uc.use()", "uc.use: argument 1 (function) must be a function, got nothing"),
      ("uc.catch(1)", "uc.catch: argument 1 (function) must be a function, got a number"),
      ("uc.wait('unload')", "uc.wait: event 'unload' cannot be waited for; use uc.on"),
      ("uc.connect(1)", "uc.connect: argument 1 (address) must be a string, got a number"),
      ("uc.connect('/x', 1)", "uc.connect: argument 2 (options) must be a table, got a number"),
      ("uc.connect('/x', { tmeout = 1 })", "uc.connect: unknown option 'tmeout' (did you mean 'timeout'?)"),
      (
        "uc.connect('/x', { timeout = 0 })",
        "uc.connect: option 'timeout' must be a number of seconds up to 3600, got 0.0"
      ),
      ("uc.find_peer({})", "uc.find_peer: argument 1 (peer) must be a Peer or the id of one, got a table"),
      ("uc.provide('')", "uc.provide: argument 1 (key) must be a string of 1 to 80 bytes, got 0 bytes"),
      ("uc.find_providers()", "uc.find_providers: argument 1 (key) must be a string of 1 to 80 bytes, got nothing"),
      ("uc.me:connect(5)", "Peer:connect: argument 1 (options) must be a table, got a number"),
      ("uc.me.disconnect()", "Peer:disconnect: must be called on a Peer, as in peer:disconnect(…), got nothing"),
      ("uc.me.identify({})", "Peer:identify: must be called on a Peer, as in peer:identify(…), got a table"),
      ("uc.me:send()", "Peer:send: argument 2 (text) must be a string, got nothing"),
      ("uc.me:mute()", "Peer:mute: argument 2 (seconds) must be a number, got nothing"),
      ("uc.me:mute(-1)", "Peer:mute: argument 2 (seconds) must be a number from 0.0 to 1e9, got -1.0"),
      ("uc.me:ping { count = 0 }", "Peer:ping: option 'count' must be a whole number from 1 to 20, got 0.0"),
      ("uc.peers(1)", "uc.peers: argument 1 (options) must be a table, got a number"),
      ("uc.peers { conected = true }", "uc.peers: unknown option 'conected' (did you mean 'connected'?)"),
      ("uc.peers { connected = 1 }", "uc.peers: option 'connected' must be a boolean, got 1.0"),
      ("uc.publish()", "uc.publish: argument 1 (topic) must be a string, got nothing"),
      ("uc.publish('t', 1)", "uc.publish: argument 2 (bytes) must be a string, got a number"),
      ("uc.say('x', 1)", "uc.say: argument 2 (options) must be a table, got a number"),
      ("uc.say('x', { rom = 'y' })", "uc.say: unknown option 'rom' (did you mean 'room'?)"),
      ("uc.say('x', { vary = 1 })", "uc.say: option 'vary' must be a boolean, got 1.0"),
      ("uc.after(1, print).start()", "Timer:start: must be called on a Timer, as in timer:start(…), got nothing"),
      ("uc.after(1, print):reset('x')", "Timer:reset: argument 2 (seconds) must be a number, got a string"),
      (
        "uc.every(1, print):reset(0)",
        "Timer:reset: argument 2 (seconds) must be a number from 0.001 to 1e9, got 0.0"
      ),
      ("uc.rate()", "uc.rate: argument 1 (options) must be a table, got nothing"),
      ("uc.rate {}", "uc.rate: option 'per' is missing, as in { per = 10, burst = 3 }"),
      ("uc.rate { pre = 1 }", "uc.rate: unknown option 'pre' (did you mean 'per'?)"),
      ("uc.rate { per = 0 }", "uc.rate: option 'per' must be a number of seconds from 0.001 to 1e9, got 0.0"),
      (
        "uc.rate { per = 1, burst = 0.5 }",
        "uc.rate: option 'burst' must be a whole number from 1 to 1000000, got 0.5"
      ),
      ("uc.rate { per = 1 }:take({})", "Rate:take: argument 1 (key) must be a Peer, a string or a number, got a table"),
      ("uc.clip('x')", "uc.clip: argument 2 (bytes) must be a whole number from 0 on, got nothing"),
      ("uc.clip('x', -1)", "uc.clip: argument 2 (bytes) must be a whole number from 0 on, got -1.0"),
      ("uc.clip('x', 1, 2)", "uc.clip: argument 3 (ending) must be a string, got a number"),
      ("uc.split()", "uc.split: argument 1 (text) must be a string, got nothing"),
      (
        "uc.split('x', '')",
        "uc.split: argument 2 (separator) must have 1 to 64 bytes; without one the text is parted by white space"
      ),
      ("uc.split('x', ',', 0)", "uc.split: argument 3 (pieces) must be a whole number from 1 on, got 0.0"),
      ("uc.manifest()", "uc.manifest: argument 1 (manifest) must be a table, got nothing"),
      ("uc.manifest { nmae = 'x' }", "uc.manifest: unknown option 'nmae' (did you mean 'name'?)"),
      ("uc.manifest { version = 1 }", "uc.manifest: option 'version' must be a string, got 1.0"),
      ("uc.manifest { name = '' }", "uc.manifest: option 'name' must have 1 to 1000 bytes"),
      (
        "uc.manifest { permissions = { 'write:x' } }",
        "uc.manifest: a permission is net:HOST or read:PATH, got 'write:x'"
      ),
      (
        "uc.manifest { permissions = 'net:x' }",
        "uc.manifest: option 'permissions' must be a list of permissions, as in { \"net:api.example.org\" }, got a string"
      ),
      ("uc.manifest {} uc.manifest {}", "uc.manifest: called a second time"),
      ("uc.nik()", "uc.nik does not exist (did you mean uc.nick?)"),
      ("uc.script.nam()", "uc.script.nam does not exist (did you mean uc.script.name?)"),
      ("return uc.me.agnet", "a Peer has no field 'agnet' (did you mean 'agent'?)"),
      ("uc.me.id = 1", "the fields of a Peer are read-only"),
      (
        "table.sort({ 2, 1 }, function() uc.sleep(1) end)",
        "uc.sleep: cannot wait here: inside a table.sort comparator, a string.gsub callback, the function of "
          + "Store:update, a metamethod called from C, or a variable that is being closed"
      ),
    ])
  func topLevel(source: String, message: String) {
    #expect {
      _ = try BotBench("-- line 1\n\(source)")
    } throws: { error in
      guard case .failed(let text, let traceback) = error as? BotError else { return false }
      // Which sign "not a number" has is the processor's choice.
      let expected = "bots/test.lua:2: " + message
      return (text == expected || text.replacing("got nan", with: "got -nan") == expected)
        && traceback.contains("stack")
    }
  }

  @Test("methods of messages")
  func messages() throws {
    let bench = try BotBench(
      """
      uc.on("message", function(msg)
        print(select(2, pcall(msg.reply, "x")))
        print(select(2, pcall(msg.reply, msg)))
        print(select(2, pcall(function() msg.text = "x" end)))
        print(select(2, pcall(msg.reply, msg, "x", 1)))
        print(select(2, pcall(msg.reply, msg, "x", { room = "y" })))
        print(select(2, pcall(msg.reply_private, msg)))
      end)
      """)
    bench.hear("x")
    #expect(
      bench.logged == [
        "bots/test.lua:2: Message:reply: must be called on a Message, as in message:reply(…), got a string",
        "bots/test.lua:3: Message:reply: argument 2 (text) must be a string, got nothing",
        "bots/test.lua:4: the fields of a Message are read-only",
        "bots/test.lua:5: Message:reply: argument 2 (options) must be a table, got a number",
        "bots/test.lua:6: Message:reply: unknown option 'room'",
        "bots/test.lua:7: Message:reply_private: argument 2 (text) must be a string, got nothing",
      ])
  }

  @Test("too many handlers")
  func tooManyHandlers() throws {
    let bench = try BotBench(
      "for i = 1, 256 do uc.on('start', function() end) end print(select(2, pcall(uc.on, 'start', print)))")
    #expect(bench.logged == ["bots/test.lua:1: uc.on: a script may have 256 handlers, not more"])
  }

  @Test("scripts that do not start are errors with file and line")
  func badScripts() {
    func error(_ source: String) -> String? {
      do {
        _ = try BotBench(source) {
          $0.handlerMilliseconds = 100
          $0.memory = 1 << 20
        }
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(error("x = = 1") == "bots/test.lua:1: unexpected symbol near '='")
    #expect(error("\n\nerror('no')") == "bots/test.lua:3: no")
    #expect(
      error("\nwhile true do end")
        == "bots/test.lua:2: stopped: the script's top level ran for more than 100 ms (an endless loop?)")
    #expect(error("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e5) end") == "bots/test.lua: not enough memory")
    #expect(error("\u{1B}Lua") == "bots/test.lua: attempt to load a binary chunk (mode is 't')")
    #expect(
      error("coroutine.yield()")
        == "coroutine.yield outside of a coroutine made by coroutine.create or wrap")
    #expect(error("uc.sleep(1) error('later')") == nil)
  }
}
