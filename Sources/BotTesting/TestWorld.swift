import BotKit
import BotStore
import Limits
import Logging

/// Where one test happens: a clock that stands still, a room without a network, and the bots in it.
package final class TestWorld {
  /// What a bot has said.
  struct Said {
    var text: String
    var room: String
    /// Seconds since the test began.
    var seconds: Double
  }

  /// Why a test has failed.
  package struct Failure: Sendable, Equatable {
    /// What was expected, and what came.
    package var message: String
    /// `file:line` of the test.
    package var place: String?
    /// How many of the texts had been looked at.
    var looked = 0

    /// What is printed of it.
    package var text: String { (place.map { "\($0): " } ?? "") + message }
  }

  /// A bot, and what it takes to load it again.
  private struct Loaded {
    var driver: BotDriver
    /// As the test calls it.
    var name: String
    var source: ScriptSource
    var options: LoadOptions
  }

  package let room = FakeRoom()
  package let clock: ManualClock
  package let web: FakeWeb
  let folder: FakeFolder
  package let logFiles = FakeLogFiles()
  package let webhooks = BotWebhooks()
  let log = Recorder<String>(limit: Limits.Testing.lines)
  let errors = Recorder<String>(limit: Limits.Testing.lines)
  private let publications = Recorder<Said>(limit: Limits.Testing.lines)

  private var bots: [Loaded] = []
  /// What each script remembers, by its name.
  private var stores: [String: BotStore] = [:]
  private var peers: [String: FakePeer] = [:]
  /// Those that have been connected, in the order in which they came.
  private var present: [FakePeer] = []
  private var messages = 0
  private var later: [(due: Int64, action: () -> Void)] = []
  private var seed: UInt64 = 1
  /// When the test, which has one thread, has used up its processor time.
  private let deadline: Int64

  /// Texts, errors and lines of the log that expectations have taken.
  var saidRead = 0
  var errorsRead = 0
  var logRead: Set<Int> = []
  private(set) var expectations = 0
  package private(set) var failures: [Failure] = []

  /// - Parameters:
  ///   - start: seconds since 1970 at which the clock stands.
  ///   - seconds: of processor time, after which whatever is under way is stopped.
  package init(start: Double = TestWorld.start, seconds: Double) {
    let clock = ManualClock(start: start)
    self.clock = clock
    web = FakeWeb(clock: clock)
    folder = FakeFolder(clock: clock, room: room)
    deadline = SystemClock.threadNanoseconds &+ Int64(seconds * 1e9)
    let publications = publications
    room.onPublish { publication in
      publications.add(
        Said(text: publication.text, room: publication.room, seconds: Double(clock.monotonicNanoseconds) / 1e9))
    }
  }

  /// 2026-01-01 00:00 UTC, a Thursday.
  package static let start = 1_767_225_600.0

  var said: [Said] { publications.all }
  var now: Int64 { clock.monotonicNanoseconds }
  var isOver: Bool { SystemClock.threadNanoseconds >= deadline }
  var hasBots: Bool { !bots.isEmpty }
  var isAlive: Bool { bots.allSatisfy { !$0.driver.isStopped } }

  // MARK: Judging

  func noteExpectation() { expectations += 1 }

  func fail(_ message: String, at place: String? = nil) {
    failures.append(Failure(message: message, place: place, looked: saidRead))
  }

  /// The test has ended with this error, which may be a failure that is known already: then it tells where it was.
  func noteEnd(_ mistake: String) {
    guard let last = failures.last, mistake.contains(last.message) else { return fail(mistake) }
    failures[failures.count - 1].message = mistake
    failures[failures.count - 1].place = nil
  }

  /// What commands of the bot begin with.
  var prefix: String { bots.last?.options.prefix ?? "!" }

  // MARK: Bots

  /// Starts a bot. It hears who is connected already.
  func load(_ name: String, _ source: ScriptSource, _ options: LoadOptions) throws(BotError) {
    let driver = try makeDriver(source, options)
    bots.append(Loaded(driver: driver, name: name, source: source, options: options))
    begin(driver, options)
  }

  private func makeDriver(_ source: ScriptSource, _ options: LoadOptions) throws(BotError) -> BotDriver {
    let lines = log
    let errors = errors
    var configuration = BotConfiguration(logger: Logger(label: "bot", factory: { _ in FakeLog(lines: lines) }))
    configuration.clock = clock
    configuration.localZone = "UTC"
    configuration.nick = options.nick
    configuration.prefix = options.prefix
    configuration.admins = admins
    configuration.http = web
    configuration.files = options.hasFolder ? folder : nil
    configuration.options = self.options(of: source, options)
    configuration.logFiles = logFiles
    configuration.webhooks = webhooks
    configuration.store = store(of: source)
    configuration.onFailure = { errors.add($0) }
    return try BotDriver(
      source: source.text, path: source.path, seed: seed, configuration: configuration, network: room)
  }

  private func options(of source: ScriptSource, _ options: LoadOptions) -> BotOptions {
    var given = BotOptions(bot: ScriptFile(path: source.path).name)
    given.commandLine = options.config
    return given
  }

  /// A number that a bot measures, with exactly these labels; nil: it has not measured it.
  func metric(_ name: String, labels: [String: String]) -> Double? {
    for family in bots.flatMap(\.driver.metrics) where family.name == name {
      for sample in family.samples {
        let own = sample.labels.filter { $0.name != "script" }
        if own.count == labels.count, own.allSatisfy({ labels[$0.name] == $0.value }) { return sample.value }
      }
    }
    return nil
  }

  /// Asks the bots from outside; nil: the answer takes time.
  func request(_ request: BotWebhookRequest) -> BotWebhookResponse? {
    let answers = Recorder<BotWebhookResponse>(limit: 1)
    webhooks.answer(request) { answers.add($0) }
    settle()
    return answers.all.first
  }

  /// Sets an option of all bots while they run.
  func setOption(_ name: String, _ value: BotOptions.Given) {
    for index in bots.indices {
      bots[index].options.config[name] = value
      bots[index].driver.setOptions(options(of: bots[index].source, bots[index].options))
    }
    settle()
  }

  private func store(of source: ScriptSource) -> BotStore {
    if let store = stores[source.path] { return store }
    let store = BotStore.inMemory()
    stores[source.path] = store
    return store
  }

  private func begin(_ driver: BotDriver, _ options: LoadOptions) {
    driver.start()
    for peer in present where peer.isConnected { introduce(peer, to: driver) }
    if options.isReady { driver.post(.ready(peers: 1)) }
    settle()
  }

  private var admins: Set<String> = []

  /// Ends all bots as at the end of the program.
  func stop() {
    for bot in bots { bot.driver.stop() }
    while bots.contains(where: { !$0.driver.isStopped }), let due = nextDue, !isOver { advance(to: due) }
  }

  /// Ends all bots, and starts them anew.
  func restart() throws(BotError) {
    stop()
    let previous = bots
    bots = []
    for bot in previous { try load(bot.name, bot.source, bot.options) }
  }

  /// Puts the scripts, read anew, into the place of the ones that run.
  func reload(_ find: (String) throws(BotError) -> ScriptSource) throws(BotError) {
    for index in bots.indices {
      let source = try find(bots[index].name)
      try bots[index].driver.reload(source.text)
      bots[index].source = source
    }
  }

  /// Lets the first peer of the room be there.
  func becomeReady() { post(.ready(peers: 1)) }

  /// Begins chance anew.
  func reseed(_ seed: UInt64) {
    self.seed = seed
    for bot in bots { bot.driver.seed(seed) }
  }

  // MARK: Peers

  func peer(_ name: String) -> FakePeer {
    if let peer = peers[name] { return peer }
    let peer = FakePeer(name: name)
    peers[name] = peer
    return peer
  }

  func makeAdmin(_ peer: FakePeer) {
    admins.insert(peer.peer.id)
    for bot in bots { bot.driver.addAdmin(peer.peer.id) }
  }

  func say(_ bytes: [UInt8], by peer: FakePeer, room: String?, isDirect: Bool = false) {
    messages += 1
    let text = String(validating: bytes, as: UTF8.self)
    let message = BotMessage(
      id: "m\(messages)", from: peer.peer, text: text ?? String(decoding: bytes, as: UTF8.self),
      raw: text == nil ? bytes : nil, room: room ?? BotConfiguration.defaultRoom, time: clock.unixSeconds,
      isDirect: isDirect)
    post(.message(message))
  }

  /// A peer tells the room of a file that it has.
  func announce(_ id: String, by peer: FakePeer) { post(.file(BotFile(id: id, from: peer.peer))) }

  func ping(_ peer: FakePeer, seconds: Double) { post(.ping(peer.peer, seconds: seconds)) }

  func connect(_ peer: FakePeer) {
    guard !peer.isConnected else { return }
    peer.isConnected = true
    room.setConnected(peer.peer.id, true)
    if !present.contains(where: { $0 === peer }) { present.append(peer) }
    for bot in bots { introduce(peer, to: bot.driver) }
    settle()
  }

  func disconnect(_ peer: FakePeer, reason: String?) {
    guard peer.isConnected else { return }
    leave(peer)
    peer.isConnected = false
    room.setConnected(peer.peer.id, false)
    post(.peerDisconnect(peer.peer, reason: reason))
  }

  func join(_ peer: FakePeer) {
    connect(peer)
    guard !peer.isInRoom else { return }
    peer.isInRoom = true
    post(.peerSubscribe(peer.peer, room: BotConfiguration.defaultRoom))
  }

  func leave(_ peer: FakePeer) {
    guard peer.isInRoom else { return }
    peer.isInRoom = false
    post(.peerUnsubscribe(peer.peer, room: BotConfiguration.defaultRoom))
  }

  private func introduce(_ peer: FakePeer, to driver: BotDriver) {
    driver.post(.peerConnect(peer.peer, address: "/ip4/192.0.2.1/tcp/4001/p2p/\(peer.peer.id)"))
    if let agent = peer.agent { driver.post(.peerIdentify(peer.peer, agent: agent, protocols: [], addresses: [])) }
    if peer.isInRoom { driver.post(.peerSubscribe(peer.peer, room: BotConfiguration.defaultRoom)) }
  }

  /// Cuts all connections; they are back after so many seconds.
  func dropConnection(seconds: Double) {
    room.isConnected = false
    let lost = present.filter(\.isConnected)
    let inRoom = lost.filter(\.isInRoom)
    for peer in lost { disconnect(peer, reason: "connection lost") }
    later.append(
      (
        now &+ Int64(seconds * 1e9),
        { [unowned self] in
          room.isConnected = true
          for peer in lost { connect(peer) }
          for peer in inRoom { join(peer) }
        }
      ))
  }

  // MARK: Time

  private func post(_ event: BotEvent) {
    for bot in bots { bot.driver.post(event) }
    settle()
  }

  private var nextDue: Int64? {
    let due = bots.map(\.driver.nextDue) + later.map(\.due) + [web.nextDue, folder.nextDue]
    return due.compactMap(\.self).min()
  }

  /// Lets everything happen that happens at this moment.
  func settle() {
    for _ in 0..<Limits.Testing.rounds {
      while let index = later.indices.filter({ later[$0].due <= now }).min(by: { later[$0].due < later[$1].due }) {
        later.remove(at: index).action()
      }
      web.settle()
      folder.settle()
      for bot in bots { bot.driver.settle() }
      for request in web.takeUnexpected() {
        let expected = web.expected.map { "\n    \(LogText.line($0))" }.joined()
        fail("an unexpected request: \(LogText.line(request))" + (expected.isEmpty ? "" : "; expected are\(expected)"))
      }
      guard let due = nextDue, due <= now else { return }
      if isOver { return }
    }
    fail("the bot never comes to rest: it goes on and on without letting time pass, with uc.sleep(0) or uc.spawn")
  }

  /// Lets time pass, from one due time to the next.
  func advance(to target: Int64) {
    while let due = nextDue, due <= target, !isOver {
      clock.move(to: due)
      let failed = failures.count
      settle()
      if failures.count > failed { return }
    }
    clock.move(to: target)
    settle()
  }
}
