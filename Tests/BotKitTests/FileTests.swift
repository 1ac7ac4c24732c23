import Limits
import Testing

@testable import BotKit

@Suite("What scripts do with files")
struct FileTests {
  private let alice = FakeNetwork.alice
  private let me = BotPeer(id: FakeNetwork.me)
  private let files = FakeFiles()

  private func bench(_ source: String, answer: Result<BotFileAnswer, BotFileFailure>? = .success(.done)) throws
    -> BotBench
  {
    files.state.withLock { $0.answer = answer }
    let bench = try BotBench(source) { $0.files = files }
    bench.ready()
    return bench
  }

  @Test("requests reach the folder as they were made")
  func requests() throws {
    let bench = try bench(
      """
      uc.on("file", function(file)
        print(file.peer == uc.peer("\(alice.id)"), file.id, file.name, file.size, file)
        file:fetch()
        file:fetch { name = "a.txt", max = 5, timeout = 7 }
        uc.file.fetch(file.peer, "other", { timeout = 9 })
        uc.file.fetch("\(alice.id)", "../../etc/passwd")
        uc.file.list()
        uc.file.offer("tea.txt")
        print(file:announce(), file:withdraw())
      end)
      """)
    bench.send(.file(BotFile(id: "f-1", from: alice)))
    #expect(bench.logged == ["true\tf-1\tnil\tnil\tFile f-1", "true\ttrue"])
    let limit = UInt64(Limits.Lua.fetch)
    #expect(
      files.actions == [
        .fetch(id: "f-1", from: alice.id, name: nil, limit: limit),
        .fetch(id: "f-1", from: alice.id, name: "a.txt", limit: 5),
        .fetch(id: "other", from: alice.id, name: nil, limit: limit),
        .fetch(id: "../../etc/passwd", from: alice.id, name: nil, limit: limit), .list, .offer(name: "tea.txt"),
        .announce(id: "f-1"), .withdraw(id: "f-1"),
      ])
    let seconds = files.state.withLock { $0.requests.map(\.timeoutSeconds) }
    #expect(seconds == [300, 7, 9, 300, 30, 30, 30, 30])
    #expect(Set(files.state.withLock { $0.requests.map(\.number) }).count == 8)
  }

  @Test("each kind of answer is what the page says")
  func answers() throws {
    let own = BotFile(id: nil, from: me, name: "tea.txt", size: 12)
    var bench = try bench(
      """
      uc.on("message", function()
        local file = uc.file.offer("tea.txt")
        print(file.peer == uc.me, file.id, file.name, file.size)
      end)
      """, answer: .success(.file(own)))
    bench.hear("x")
    #expect(bench.logged == ["true\tnil\ttea.txt\t12"])

    let many = (0..<Limits.Lua.listedFiles + 1).map { BotFile(id: "\($0)", from: me, name: "n", size: .max) }
    bench = try self.bench(
      "uc.on('message', function() local l = uc.file.list() print(#l, l[2].id, l[2].name, math.type(l[2].size)) end)",
      answer: .success(.files(many)))
    bench.hear("x")
    #expect(bench.logged == ["\(Limits.Lua.listedFiles)\t1\tn\tinteger"])

    bench = try self.bench(
      "uc.on('file', function(file) local r = file:announce() print(r.id, r.peers) end)",
      answer: .success(.published(BotReceipt(id: "0a", peers: 3))))
    bench.send(.file(BotFile(id: "1", from: alice)))
    #expect(bench.logged == ["0a\t3"])
  }

  @Test("what fails comes back as nil and its code", arguments: BotFileFailure.allCases)
  func failures(failure: BotFileFailure) throws {
    let bench = try bench(
      "uc.on('message', function(msg) print(uc.file.fetch(msg.from, 'x')) end)", answer: .failure(failure))
    bench.hear("x")
    #expect(bench.logged == ["nil\t\(failure.rawValue)"])
  }

  @Test("without a folder, everything answers unavailable")
  func unavailable() throws {
    let bench = try BotBench(
      """
      uc.on("file", function(file)
        print(select(2, uc.file.list()), select(2, uc.file.offer("x")), select(2, file:fetch()))
      end)
      """)
    bench.send(.file(BotFile(id: "1", from: alice)))
    #expect(bench.logged == ["unavailable\tunavailable\tunavailable"])
  }

  @Test("a file that does not come is waited for as long as was said, and then given up")
  func silence() throws {
    let bench = try bench(
      "uc.on('message', function(msg) print(uc.file.fetch(msg.from, 'x', { timeout = 5 })) end)", answer: nil)
    bench.hear("x")
    bench.advance(4.9)
    #expect(bench.logged.isEmpty)
    bench.advance(0.2)
    #expect(bench.logged == ["nil\ttimeout"])
    let (numbers, cancelled) = files.state.withLock { ($0.requests.map(\.number), $0.cancelled) }
    #expect(cancelled == numbers && bench.core.fileCalls.isEmpty)
  }

  @Test("who is cancelled, and a bot that ends, give up their files")
  func cancelled() throws {
    let bench = try bench(
      """
      local task = uc.spawn(function() uc.file.fetch(uc.me, "1") end)
      uc.on("message", function() task:cancel() end)
      uc.on("file", function(file) file:fetch() end)
      """, answer: nil)
    bench.hear("x")
    #expect(files.state.withLock { $0.cancelled.count } == 1)
    bench.send(.file(BotFile(id: "2", from: alice)))
    bench.stop()
    let (numbers, cancelled) = files.state.withLock { ($0.requests.map(\.number), $0.cancelled) }
    #expect(cancelled == numbers && numbers.count == 2)
  }

  @Test("no more calls are under way than the limit")
  func busy() throws {
    let bench = try bench(
      """
      uc.on("message", function()
        for i = 1, \(Limits.Lua.fileCalls) do uc.spawn(function() uc.file.list() end) end
        uc.sleep(0.1)
        print(uc.file.list())
      end)
      """, answer: nil)
    bench.hear("x")
    bench.advance(1)
    #expect(bench.logged == ["nil\tbusy"])
    #expect(files.actions.count == Limits.Lua.fileCalls)
  }

  @Test("a script announces no more often than it talks")
  func rate() throws {
    let bench = try bench(
      """
      uc.on("file", function(file)
        local sent, code = 0
        for i = 1, 100 do
          local ok, why = file:announce()
          if ok then sent = sent + 1 else code = why end
        end
        print(sent, code)
      end)
      """)
    bench.send(.file(BotFile(id: "1", from: alice)))
    #expect(bench.logged == ["\(Int(Limits.Lua.sayBurst))\trate_limited"])
  }

  @Test("a file event goes to those who want it from that peer, and can be waited for")
  func filters() throws {
    let bench = try bench(
      """
      uc.on("file", { from = "\(alice.id)" }, function(file) print("alice", file.id) end)
      uc.on("message", function() print("waited", uc.wait("file").id) end)
      """)
    bench.hear("x")
    bench.send(.file(BotFile(id: "1", from: FakeNetwork.bob)))
    bench.send(.file(BotFile(id: "2", from: alice)))
    #expect(bench.logged == ["waited\t1", "alice\t2"])
  }

  @Test(
    "misuse",
    arguments: [
      ("uc.file.offer()", "uc.file.offer: argument 1 (name) must be a string, got nothing"),
      ("uc.file.fetch(1, 'x')", "uc.file.fetch: argument 1 (peer) must be a Peer or the id of one, got a number"),
      ("uc.file.fetch(uc.me)", "uc.file.fetch: argument 2 (id) must be a string, got nothing"),
      ("uc.file.fetch(uc.me, 'x', 5)", "uc.file.fetch: argument 3 (options) must be a table, got a number"),
      (
        "uc.file.fetch(uc.me, 'x', { maxx = 5 })", "uc.file.fetch: unknown option 'maxx' (did you mean 'max'?)"
      ),
      (
        "uc.file.fetch(uc.me, 'x', { max = 0 })",
        "uc.file.fetch: option 'max' must be an integer from 1 to \(Limits.Files.bytes), got 0.0"
      ),
      (
        "uc.file.fetch(uc.me, 'x', { timeout = 0 })",
        "uc.file.fetch: option 'timeout' must be a number of seconds up to 3600, got 0.0"
      ),
    ])
  func misuse(call: String, message: String) throws {
    let bench = try bench("print((select(2, pcall(function() \(call) end))))")
    #expect(bench.logged == ["bots/test.lua:1: \(message)"])
  }
}
