import Identity
import Limits
import Multiformats
import NIOCore
import Swarm
import Testing

@testable import UniversalConnectivity
@testable import uc_bot

/// A session with what it has done so far.
struct SessionOnTrial {
  static let me = PeerID.made(of: 1)
  static let bob = PeerID.made(of: 2)
  static let carol = PeerID.made(of: 3)

  var session: ChatSession
  var now = 0.0
  var actions: [ChatSession.Action] = []

  init(_ typist: ChatSession.Typist = .person, intro: String? = nil, wanted: Bool = false, verbose: Bool = false) {
    var setup = ChatSession.Setup(nick: "alice", peer: Self.me)
    setup.typist = typist
    setup.intro = intro
    setup.hasWantedPeers = wanted
    setup.isVerbose = verbose
    session = ChatSession(setup)
  }

  /// What follows from an event, and nothing else.
  @discardableResult
  mutating func on(_ event: ChatSession.Event, at time: Double? = nil) -> [ChatSession.Action] {
    now = time ?? now
    let new = session.handle(event, at: now)
    actions += new
    return new.filter { if case .tell = $0 { false } else { true } }
  }

  @discardableResult
  mutating func type(_ line: String) -> [ChatSession.Action] { on(.input(.line(line))) }

  /// What is shown when a line is typed.
  mutating func answers(to line: String) -> [ChatEntry.Content] {
    type(line).compactMap { if case .show(let content) = $0 { content } else { nil } }
  }

  /// In the room, with somebody there.
  mutating func meet(_ peers: PeerID...) throws {
    on(.joined([]))
    for peer in peers {
      on(.node(.connected(peer, try Multiaddr("/ip4/127.0.0.1/tcp/1"), .inbound)))
      on(.node(.subscribed(peer, topic: "universal-connectivity")))
    }
    on(.node(.ready(meshPeers: peers.count)))
  }

  static func message(_ text: String, from peer: PeerID = bob) -> ChatSession.Event {
    .node(
      .message(
        ChatMessage(
          id: [1], from: peer, data: ByteBuffer(string: text), room: "universal-connectivity", receivedNanos: 0)))
  }

  static func direct(_ text: String, from peer: PeerID = bob) -> ChatSession.Event {
    let request = DirectRequest(content: text, milliseconds: 0)
    return .node(.direct(DirectMessage(request, from: peer, receivedNanos: 0)))
  }
}

@Suite("A person's chat")
struct ChatSessionTests {
  typealias Trial = SessionOnTrial
  private let bob = ChatEntry.Speaker(id: Trial.bob.description, name: Trial.bob.short)

  @Test("begins with the seed's lines")
  func beginning() throws {
    var trial = Trial()
    #expect(
      trial.session.start() == [
        .show(.system("Starting Universal Connectivity Application...")),
        .show(.system("Local peer id: \(Trial.me)")),
      ])
    let actions = trial.on(.joined([try Multiaddr("/ip4/127.0.0.1/tcp/4001")]))
    #expect(
      actions == [
        .show(.answer("")), .show(.answer("=== Universal Connectivity Chat ===")), .show(.answer("Nickname: alice")),
        .show(.answer("Peer ID: \(Trial.me)")),
        .show(.answer("Type messages and press Enter to send. Type 'quit' to exit.")),
        .show(.answer("Commands: /peers, /status, /multiaddr, /dm, /file; /help lists them all")), .show(.answer("")),
        .requestLine,
      ])
  }

  @Test("begins with the notes of the system log where there is a screen for them")
  func screen() throws {
    var setup = ChatSession.Setup(nick: "alice", peer: Trial.me)
    setup.hasScreen = true
    var session = ChatSession(setup)
    let actions = session.handle(.joined([try Multiaddr("/ip4/127.0.0.1/tcp/4001")]), at: 0)
    #expect(
      actions.dropFirst() == [
        .show(.system("Universal Connectivity Chat Started")), .show(.system("Nickname: alice")),
        .show(.system("Multiaddr: /ip4/127.0.0.1/tcp/4001")),
        .show(.system("Commands: /quit, /peers, /status, /multiaddr")),
        .show(.system("Joined chat room as 'alice'")), .requestLine,
      ])
  }

  @Test("says what is typed, and to how many it went")
  func says() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.type("hello") == [.publish(.typed("hello"))])
    // A text that is pasted goes line by line, each when the one before is out.
    #expect(
      trial.on(.published(.typed("hello"), .success(2))) == [
        .show(.saidByUs(text: "hello", peers: 2)), .requestLine,
      ])
    #expect(trial.type("  ") == [.requestLine])
  }

  @Test("says what could not be said, and why")
  func notSaid() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    trial.type("hi")
    #expect(
      trial.on(.published(.typed("hi"), .failure(.noPeers))) == [
        .show(.failure("No peers connected: nobody has heard \"hi\"")), .requestLine,
      ])
    trial.type("hi")
    #expect(
      trial.on(.published(.typed("hi"), .failure(.refused("full")))) == [
        .show(.failure("Error sending message: full")), .requestLine,
      ])
    #expect(
      trial.on(.input(.tooLong(bytes: 20_000))) == [
        .show(.failure("The line has 20000 bytes, more than the 16384 that may be sent; it is left out")), .requestLine,
      ])
  }

  @Test("introduces itself once, when the room can hear it")
  func intro() throws {
    var trial = Trial(intro: "Hello from alice!")
    try trial.meet(Trial.bob)
    #expect(trial.actions.filter { $0 == .publish(.intro("Hello from alice!")) }.count == 1)
    #expect(
      trial.on(.published(.intro("Hello from alice!"), .success(1))) == [
        .show(.system("Said hello: Hello from alice!"))
      ])
    var early = Trial(intro: "hi")
    #expect(early.on(.node(.ready(meshPeers: 1))) == [])
    #expect(early.on(.joined([])).last == .publish(.intro("hi")))
  }

  @Test("shows what others say by the end of their ids, harmless whatever is in it")
  func hears() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.on(Trial.message("hi\u{1b}[2J")) == [.show(.said(bob, text: "hi␛[2J"))])
    #expect(trial.on(Trial.direct("psst\nx")) == [.show(.directFrom(bob, text: "psst␊x"))])
    // Somebody who is not connected to us is heard through others.
    let far = ChatEntry.Speaker(id: Trial.carol.description, name: Trial.carol.short)
    #expect(trial.on(Trial.message("far", from: Trial.carol)) == [.show(.said(far, text: "far"))])
  }

  @Test("knows peers by the names that they give, with the end of the id beside them")
  func names() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    let json = #"{"message":"hi","sender_id":"x","sender_nick":" bob\u0007 ","timestamp":1}"#
    let named = ChatEntry.Speaker(id: Trial.bob.description, name: "bob␇ (\(Trial.bob.short))")
    #expect(trial.on(Trial.message(json)) == [.show(.said(named, text: "hi"))])
    #expect(trial.on(Trial.direct("x")) == [.show(.directFrom(named, text: "x"))])
    #expect(trial.type("/dm bob␇ psst") == [.sendDirect("psst", to: Trial.bob), .requestLine])
  }

  @Test(
    "leaves by /quit, quit, the end of the input or Ctrl-C, and says goodbye",
    arguments: [
      ChatInput.line("/quit"), .line("Exit"), .line("q"), .ended, .interrupted,
    ])
  func leaves(input: ChatInput) throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.on(.input(input)) == [.show(.answer("Goodbye!")), .end(failure: nil)])
    #expect(trial.type("more") == [])
    #expect(trial.session.deadline == nil)
  }

  @Test("goes on for a person however long it is quiet")
  func patient() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    trial.on(.tick, at: 2)
    #expect(trial.session.deadline == nil)
    #expect(trial.on(.tick, at: 1e6) == [])
  }

  @Test("lists who is connected")
  func peers() throws {
    var trial = Trial()
    trial.on(.joined([]))
    #expect(trial.answers(to: "/peers") == [.answer("No peers connected")])
    try trial.meet(Trial.bob)
    var info = IdentifyInfo()
    info.agent = "kubo/0.22.0"
    trial.on(.node(.identified(Trial.bob, info)))
    trial.on(.node(.pinged(Trial.bob, seconds: 0.0123)))
    trial.on(.node(.connected(Trial.carol, try Multiaddr("/ip4/127.0.0.1/tcp/1"), .inbound)))
    #expect(
      trial.answers(to: "/peers") == [
        .answer("Connected peers (2):"),
        .answer("  - 12D3KooW... \(Trial.bob.short), 12.3 ms, in the room, kubo/0.22.0"),
        .answer("  - 12D3KooW... \(Trial.carol.short), no ping yet, not in the room"),
      ])
  }

  @Test("tells who and where it is")
  func status() throws {
    var trial = Trial()
    #expect(trial.answers(to: "/multiaddr") == [.answer("Copy this multiaddress:"), .answer("unknown/\(Trial.me)")])
    trial.on(.joined([try Multiaddr("/ip4/127.0.0.1/tcp/4001"), try Multiaddr("/ip4/192.0.2.7/tcp/4001")]))
    let lines = trial.answers(to: "/status")
    for line in [
      "Status:", "  - Multiaddr: /ip4/192.0.2.7/tcp/4001", "  - Nickname: alice", "  - Connected peers: 0",
      "  - Subscribed topics: chat",
    ] {
      #expect(lines.contains(.answer(line)))
    }
    #expect(
      trial.answers(to: "/multiaddr") == [
        .answer("Copy this multiaddress:"), .answer("/ip4/192.0.2.7/tcp/4001"), .answer("/ip4/127.0.0.1/tcp/4001"),
      ])
  }

  @Test("puts addresses that friends elsewhere can use first")
  func addresses() throws {
    let order = [
      "/ip4/192.0.2.7/tcp/1", "/dns4/example.org/tcp/1", "/ip6/2001:db8::1/tcp/1", "/ip4/127.0.0.1/tcp/1",
      "/ip6/::1/tcp/1",
    ]
    let shuffled = try [order[4], order[3], order[0], order[2], order[1]].map { try Multiaddr($0) }
    #expect(ChatSession.bestFirst(shuffled).map(\.description) == order)
  }

  @Test("lists its commands, names the nearest of one that it does not have, and says how one is written")
  func help() throws {
    var trial = Trial()
    let help = trial.answers(to: "/help")
    for name in ["/peers", "/status", "/multiaddr", "/dm", "/file", "/get", "/quit", "/help"] {
      #expect(help.contains { if case .answer(let line) = $0 { line.contains(name) } else { false } }, "\(name)")
    }
    #expect(trial.answers(to: "/stauts") == [.failure("Unknown command: /stauts (did you mean /status?)")])
    #expect(trial.answers(to: "/\u{1b}[2Jxyz") == [.failure("Unknown command: /␛[2Jxyz (/help lists the commands)")])
    #expect(trial.answers(to: "/dm") == [.failure("It is written so: /dm PEER TEXT")])
  }

  @Test("says something to one peer alone, and only when it is clear to whom")
  func direct() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.type("/dm \(Trial.bob.short) psst") == [.sendDirect("psst", to: Trial.bob), .requestLine])
    #expect(
      trial.on(.sentDirect("psst", to: Trial.bob, failure: nil)) == [.show(.directTo(bob, text: "psst"))])
    #expect(
      trial.on(.sentDirect("psst", to: Trial.bob, failure: "the peer is gone")) == [
        .show(.failure("Not sent to \(Trial.bob.short): the peer is gone"))
      ])
    #expect(
      trial.answers(to: "/dm nobody psst") == [.failure("No connected peer is called nobody; /peers lists them")])
  }

  @Test("tells of connections, of the first round trip, and of who comes into the room")
  func system() throws {
    var trial = Trial()
    trial.on(.joined([]))
    let address = try Multiaddr("/ip4/127.0.0.1/tcp/1")
    func shown(_ event: ChatEvent) -> Bool { !trial.on(.node(event)).isEmpty }
    #expect(shown(.connected(Trial.bob, address, .inbound)))
    #expect(shown(.identified(Trial.bob, IdentifyInfo())))
    #expect(!shown(.identified(Trial.bob, IdentifyInfo())))
    #expect(shown(.pinged(Trial.bob, seconds: 0.1)))
    #expect(!shown(.pinged(Trial.bob, seconds: 0.1)))
    #expect(shown(.subscribed(Trial.bob, topic: "universal-connectivity")))
    #expect(!shown(.subscribed(Trial.bob, topic: "other")))
    #expect(!shown(.mesh(peers: 1)))
    #expect(shown(.unsubscribed(Trial.bob, topic: "universal-connectivity")))
    #expect(shown(.disconnected(Trial.bob, reason: nil)))
    #expect(shown(.dialFailed(address, reason: "refused", retryIn: .seconds(1))))
    trial = Trial(verbose: true)
    #expect(shown(.mesh(peers: 1)))
    #expect(shown(.pingFailed(Trial.bob, reason: "late")))
  }

  @Test("tells the roster when it changes, once in a second at most, with the newest of it")
  func roster() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    for step in 0...300 { trial.on(.node(.pinged(Trial.bob, seconds: Double(step))), at: Double(step) / 100) }
    trial.on(.tick, at: trial.session.deadline)
    let told = trial.actions.compactMap { if case .tell(let roster) = $0 { roster } else { nil } }
    #expect((4...5).contains(told.count))
    #expect(told.last?.peers.first?.roundTrip == 300)
    #expect(told.last?.inRoom == 1)
    #expect(trial.session.deadline == nil)
  }
}

@Suite("Files in a person's chat")
struct ChatSessionFileTests {
  typealias Trial = SessionOnTrial

  @Test("are offered by a path, and can be taken back by the name")
  func offers() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.type("/file a/talk.pdf") == [.offer(path: "a/talk.pdf"), .requestLine])
    let file = OfferedFile(id: "id-1", path: "a/talk.pdf", size: 12_345)
    #expect(
      trial.on(.offered(path: "a/talk.pdf", .success(file), told: 2)) == [
        .show(.answer("Offering talk.pdf (12.3 kB), 2 peer(s) told")),
        .show(.answer("  /get \(Trial.me.short) id-1 fetches it from you")),
      ])
    #expect(trial.answers(to: "/files") == [.answer("Yours:"), .answer("  talk.pdf, 12.3 kB, id-1")])
    #expect(trial.type("/withdraw talk.pdf").first == .withdraw(id: "id-1"))
    #expect(trial.answers(to: "/files") == [.answer("No files on offer")])
    #expect(
      trial.on(.offered(path: "x", .failure(.notAFile("x")), told: 0)) == [
        .show(.failure("Not offered: x is not a file"))
      ])
  }

  @Test("of others are told of once, and fetched by their number into names that stay in the folder")
  func fetches() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    let announced = ChatSession.Event.node(
      .fileAnnounced(FileAnnouncement(from: Trial.bob, id: "../../etc/passwd", receivedNanos: 0)))
    #expect(
      trial.on(announced) == [
        .show(.system("[\(Trial.bob.short)] offers the file ../../etc/passwd: /get 1 fetches it"))
      ])
    #expect(trial.on(announced) == [])
    let name = "_._.._etc_passwd"
    #expect(
      trial.type("/get 1") == [
        .fetch(id: "../../etc/passwd", from: Trial.bob, name: name),
        .tellTransfer(ChatTransfer(name: name, received: 0, total: 0, bytesPerSecond: 0)), .requestLine,
      ])
    #expect(trial.answers(to: "/get 1") == [.failure("A file is being fetched; /cancel stops it")])
    #expect(
      trial.on(.progress(FileProgress(received: 5, total: 10)), at: 1) == [
        .tellTransfer(ChatTransfer(name: name, received: 5, total: 10, bytesPerSecond: 5))
      ])
    #expect(trial.on(.progress(FileProgress(received: 6, total: 10)), at: 1.05) == [])
    #expect(
      trial.on(.fetched(.success(FetchedFile(path: "/d/\(name)", bytes: 10))), at: 2) == [
        .tellTransfer(nil), .show(.answer("Fetched /d/\(name), 10 B in 2 s")),
      ])
    #expect(
      trial.type("/get 1 as ../talk.pdf").first == .fetch(id: "../../etc/passwd", from: Trial.bob, name: "talk.pdf"))
  }

  @Test("that are fetched can be cancelled, and are when the person leaves")
  func cancelled() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.answers(to: "/cancel") == [.failure("Nothing is being fetched")])
    trial.type("/get \(Trial.bob.short) id-1")
    #expect(trial.type("/cancel") == [.cancelFetch, .requestLine])
    var other = trial
    #expect(
      trial.on(.fetched(.failure(.cancelled))) == [.tellTransfer(nil), .show(.failure("Not fetched: cancelled"))])
    #expect(
      other.type("/quit") == [.cancelFetch, .tellTransfer(nil), .show(.answer("Goodbye!")), .end(failure: nil)])
  }

  @Test("that nobody has are refused with a word")
  func missing() throws {
    var trial = Trial()
    try trial.meet(Trial.bob)
    #expect(trial.answers(to: "/get 7") == [.failure("There is no file 7; /files lists them")])
    #expect(trial.answers(to: "/get zoe x") == [.failure("No connected peer is called zoe; /peers lists them")])
    #expect(trial.answers(to: "/withdraw x") == [.failure("You offer no file x; /files lists them")])
  }
}

@Suite("A chat with piped input")
struct PipedChatTests {
  typealias Trial = SessionOnTrial

  @Test("waits for the room, says line after line, and ends when it is quiet")
  func piped() throws {
    var trial = Trial(.pipe, wanted: true)
    #expect(trial.on(.joined([]), at: 0) == [.requestLine])
    #expect(trial.on(.input(.line("one")), at: 0.1) == [])
    #expect(trial.on(.node(.ready(meshPeers: 1)), at: 3) == [.publish(.typed("one"))])
    #expect(
      trial.on(.published(.typed("one"), .success(1)), at: 3.1) == [
        .show(.saidByUs(text: "one", peers: 1)), .requestLine,
      ])
    #expect(trial.on(.input(.line("two")), at: 3.2) == [.publish(.typed("two"))])
    trial.on(.published(.typed("two"), .success(1)), at: 3.2)
    #expect(trial.on(.input(.ended), at: 3.3) == [])
    trial.on(.tick, at: 3.4)
    #expect(trial.session.deadline == 3.3 + AnswerWait.silence)
    trial.on(Trial.message("answer"), at: 4)
    #expect(trial.session.deadline == 4 + AnswerWait.quiet)
    #expect(trial.on(.tick, at: 5) == [.show(.answer("Goodbye!")), .end(failure: nil)])
  }

  @Test("reads the next line only when what the one before asked for is done")
  func paced() throws {
    var trial = Trial(.pipe)
    try trial.meet(Trial.bob)
    #expect(trial.type("/get \(Trial.bob.short) id").contains(.requestLine) == false)
    #expect(trial.on(.fetched(.failure(.notFound))).last == .requestLine)
    #expect(trial.type("/peers").last == .requestLine)
    #expect(trial.type("").last == .requestLine)
    #expect(trial.type("/quit") == [.show(.answer("Goodbye!")), .end(failure: nil)])
  }

  @Test("ends only when what its last line asked for is done")
  func lastThing() throws {
    var trial = Trial(.pipe)
    try trial.meet(Trial.bob)
    trial.type("/get \(Trial.bob.short) id")
    trial.on(.input(.ended), at: 1)
    trial.on(.tick, at: 2)
    #expect(trial.session.deadline == nil)
    trial.on(.fetched(.failure(.notFound)), at: 100)
    #expect(trial.session.deadline == 100 + AnswerWait.silence)
  }

  @Test("gives up when those whom it wants cannot be reached, and waits for ever where it wants nobody")
  func nobody() throws {
    var trial = Trial(.pipe, wanted: true)
    trial.on(.joined([]), at: 0)
    trial.on(.input(.line("x")), at: 2)
    #expect(trial.session.deadline == ChatSession.readyTimeout)
    #expect(trial.on(.tick, at: 30) == [.end(failure: "nobody in the room could be reached within 30 s")])
    var patient = Trial(.pipe)
    patient.on(.joined([]), at: 0)
    patient.on(.input(.line("x")), at: 2)
    #expect(patient.session.deadline == nil)
  }

  @Test("ends at once without a line")
  func empty() {
    var trial = Trial(.pipe, wanted: true)
    trial.on(.joined([]))
    #expect(trial.on(.input(.ended)) == [.show(.answer("Goodbye!")), .end(failure: nil)])
  }

  @Test("with nobody at the input reads nothing, tells everything, and goes on")
  func headless() throws {
    var trial = Trial(.nobody, intro: "hi")
    #expect(trial.on(.joined([])) == [])
    #expect(trial.on(.node(.ready(meshPeers: 1))) == [.publish(.intro("hi"))])
    trial.on(.tick, at: 2)
    #expect(trial.session.deadline == nil)
  }
}
