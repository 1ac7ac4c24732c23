import Identity
import Limits
import Multiformats
import UniversalConnectivity

/// What a person's chat does when: a value that is told what happened and answers what to do.
///
/// With a person at the input it goes on until the person leaves; piped input waits for the room, is said, and ends when it
/// is quiet; without any input it goes on until it is stopped.
struct ChatSession: Sendable {
  /// Times in seconds since the session began are all that it knows of a clock.
  typealias Seconds = Double

  /// Who types.
  enum Typist: Hashable, Sendable {
    case person
    /// A file or another program.
    case pipe
    /// Nobody.
    case nobody
  }

  /// What does not change.
  struct Setup: Sendable {
    var nick: String
    var peer: PeerID
    var room = ChatNodeConfiguration.universalConnectivity
    /// What the node is subscribed to, in words.
    var topics = ["chat"]
    var typist = Typist.person
    /// Whether the person has a screen, with a place of its own for what goes on.
    var hasScreen = false
    /// Whether everything that goes on is told.
    var isVerbose = false
    /// What is said when the room is ready.
    var intro: String?
    /// Whether there is somebody to wait for.
    var hasWantedPeers = false
  }

  /// What happened.
  enum Event: Sendable {
    /// The node listens, and is in the room.
    case joined([Multiaddr])
    /// Something was typed.
    case input(ChatInput)
    /// Something happened to the node.
    case node(ChatEvent)
    /// A text that was to be published is on its way to so many peers, or is not.
    case published(Publication, Result<Int, ChatPublishError>)
    /// A direct message has arrived, or has not.
    case sentDirect(String, to: PeerID, failure: String?)
    /// An own file is on offer and was announced to so many peers, or is not.
    case offered(path: String, Result<OfferedFile, FileTransferError>, told: Int)
    /// Some of the file that is fetched has come.
    case progress(FileProgress)
    /// All of it has come, or something went wrong.
    case fetched(Result<FetchedFile, FileTransferError>)
    /// The peer at an address is connected, or why it is not.
    case dialled(String, failure: String?)
    /// The time of `deadline` has come.
    case tick
  }

  /// A text for the room.
  enum Publication: Hashable, Sendable {
    case typed(String)
    case intro(String)

    var text: String {
      switch self {
      case .typed(let text), .intro(let text): text
      }
    }
  }

  /// What is to be done, in order.
  enum Action: Hashable, Sendable {
    /// Ask for one more line.
    case requestLine
    case show(ChatEntry.Content)
    case tell(ChatRoster)
    case tellTransfer(ChatTransfer?)
    /// Each of these is answered by an event.
    case publish(Publication)
    case sendDirect(String, to: PeerID)
    /// Offer a file, and announce it.
    case offer(path: String)
    case fetch(id: String, from: PeerID, name: String)
    case connect(String)
    /// The fetch ends with an event all the same.
    case cancelFetch
    case withdraw(id: String)
    /// Stop; a failure makes the exit code.
    case end(failure: String?)
  }

  /// How long piped input waits for somebody to hear it.
  static let readyTimeout: Seconds = 30
  /// The least time between two rosters.
  static let rosterInterval: Seconds = 1

  private enum State: Hashable {
    case running
    /// Piped input has ended; answers are awaited.
    case draining(since: Seconds)
    case over
  }

  let setup: Setup
  var peers = ChatPeers()
  var files = FileShelf()
  var addresses: [String] = []
  var transfer: TransferMeter?
  /// Things that the input has asked for and that are not done, talk left out.
  var pending = 0
  /// Texts of the input that are on their way out.
  var saying = 0
  private var state = State.running
  private var hasJoined = false
  /// What is said now is heard. The node may find that out before we know that it has joined.
  private var isReady = false
  /// A piped line that was read before the room was ready.
  private var waiting: String?
  private var answers = AnswerWait()
  private var rosterIsOld = true
  private var nextRoster: Seconds = 0

  init(_ setup: Setup) { self.setup = setup }

  /// When a `tick` is needed if nothing else happens before.
  var deadline: Seconds? {
    guard state != .over else { return nil }
    return [rosterIsOld ? nextRoster : nil, inputDeadline].compactMap { $0 }.min()
  }

  private var inputDeadline: Seconds? {
    guard setup.typist == .pipe else { return nil }
    if !isReady {
      let hasEnded = if case .draining = state { true } else { false }
      // Without anybody to wait for, whoever comes first ends the wait.
      return setup.hasWantedPeers && (waiting != nil || hasEnded) ? Self.readyTimeout : nil
    }
    guard case .draining(let since) = state, !isWaiting, waiting == nil else { return nil }
    return answers.end(since: since)
  }

  /// What to do at the beginning.
  func start() -> [Action] {
    [.show(.system(EventLine.starting.text)), .show(.system(EventLine.localPeer(setup.peer).text))]
  }

  /// Takes an event at a time and returns what follows from it.
  mutating func handle(_ event: Event, at now: Seconds) -> [Action] {
    guard state != .over else { return [] }
    var actions = react(to: event, at: now)
    if state != .over, rosterIsOld, now >= nextRoster {
      rosterIsOld = false
      nextRoster = now + Self.rosterInterval
      actions.insert(.tell(roster), at: 0)
    }
    return actions
  }

  private mutating func react(to event: Event, at now: Seconds) -> [Action] {
    switch event {
    case .joined(let addresses): return begin(addresses, at: now)
    case .input(let input): return take(input, at: now)
    case .node(let event): return note(event, at: now)
    case .published(let publication, let result): return published(publication, result, at: now)
    case .sentDirect(let text, let peer, let failure):
      let speaker = speaker(peer)
      return settled(
        failure.map { .failure("Not sent to \(speaker.name): \(TerminalText.sanitized($0))") }
          ?? .directTo(speaker, text: TerminalText.sanitized(text)), at: now)
    case .offered(let path, let result, let told): return offered(path, result, told: told, at: now)
    case .progress(let progress):
      return transfer?.update(progress, now: now).map { [.tellTransfer($0)] } ?? []
    case .fetched(let result): return fetched(result, at: now)
    case .dialled(let address, let failure):
      guard let failure else { return settled(nil, at: now) }
      return settled(.failure("Failed to connect to \(address): \(TerminalText.sanitized(failure))"), at: now)
    case .tick: return tick(at: now)
    }
  }

  // MARK: the beginning and the end

  private mutating func begin(_ addresses: [Multiaddr], at now: Seconds) -> [Action] {
    hasJoined = true
    rosterIsOld = true
    self.addresses = Self.bestFirst(addresses).map(\.description)
    let welcome: [Action] = setup.hasScreen ? notes.map { .show(.system($0)) } : banner.map { .show(.answer($0)) }
    return (setup.typist == .person ? welcome : []) + (setup.typist == .nobody ? [] : [.requestLine])
      + (isReady ? becomeReady(at: now) : [])
  }

  mutating func leave(failure: String? = nil) -> [Action] {
    state = .over
    let goodbye: [Action] = failure == nil ? [.show(.answer("Goodbye!"))] : []
    return (transfer == nil ? [] : [.cancelFetch, .tellTransfer(nil)]) + goodbye + [.end(failure: failure)]
  }

  private mutating func tick(at now: Seconds) -> [Action] {
    guard let inputDeadline, now >= inputDeadline else { return [] }
    return isReady
      ? leave() : leave(failure: "nobody in the room could be reached within \(Int(Self.readyTimeout)) s")
  }

  // MARK: what is typed

  private mutating func take(_ input: ChatInput, at now: Seconds) -> [Action] {
    switch input {
    case .interrupted: return leave()
    case .ended:
      guard setup.typist == .pipe, answers.lines > 0 else { return leave() }
      state = .draining(since: now)
      answers.stirred(at: now)
      return []
    case .tooLong(let bytes):
      answers.read()
      return [
        .show(
          .failure("The line has \(bytes) bytes, more than the \(Limits.Chat.publish) that may be sent; it is left out")
        ),
        .requestLine,
      ]
    case .line(let line):
      answers.read()
      guard setup.typist == .pipe, !isReady, TypedLine(line) != .blank else { return obey(line, at: now) }
      waiting = line
      return []
    }
  }

  private mutating func obey(_ line: String, at now: Seconds) -> [Action] {
    answers.sending(at: now)
    let actions = perform(TypedLine(line), at: now)
    return state == .over || isWaiting ? actions : actions + [.requestLine]
  }

  /// Whether the next line has to wait. What is said goes out in its order and at its speed, a text that a person pastes
  /// too; of the rest a pipe waits for everything and a person for nothing.
  private var isWaiting: Bool { saying > 0 || (setup.typist == .pipe && pending > 0) }

  /// Something that was asked for is done; what there is to be seen of it.
  mutating func settled(_ content: ChatEntry.Content?, at now: Seconds) -> [Action] {
    let wasWaiting = isWaiting
    pending -= 1
    return (content.map { [.show($0)] } ?? []) + goOn(wasWaiting, at: now)
  }

  private mutating func said(_ content: ChatEntry.Content, at now: Seconds) -> [Action] {
    let wasWaiting = isWaiting
    saying -= 1
    return [.show(content)] + goOn(wasWaiting, at: now)
  }

  private mutating func goOn(_ wasWaiting: Bool, at now: Seconds) -> [Action] {
    answers.stirred(at: now)
    // The wait for answers begins when the last thing is done.
    if case .draining = state { state = .draining(since: now) }
    return wasWaiting && !isWaiting && state == .running ? [.requestLine] : []
  }

  private mutating func published(
    _ publication: Publication, _ result: Result<Int, ChatPublishError>, at now: Seconds
  ) -> [Action] {
    let text = TerminalText.sanitized(publication.text)
    switch (publication, result) {
    // Nobody has typed it, and nobody waits for it.
    case (.intro, .success): return [.show(.system("Said hello: \(text)"))]
    case (.intro, .failure): return []
    case (.typed, .success(let peers)): return said(.saidByUs(text: text, peers: peers), at: now)
    case (.typed, .failure(.noPeers)):
      return said(.failure("No peers connected: nobody has heard \"\(Self.clipped(text))\""), at: now)
    case (.typed, .failure(let error)): return said(.failure("Error sending message: \(error)"), at: now)
    }
  }

  // MARK: what happens to the node

  private mutating func note(_ event: ChatEvent, at now: Seconds) -> [Action] {
    var isTold = setup.isVerbose
    switch event {
    case .message(let message):
      answers.heard(at: now)
      let nick = Self.nick(message.payload?.nick)
      if let nick { know(message.from) { $0.nick = nick } }
      let speaker = speaker(message.from, nick: nick)
      return [.show(.said(speaker, text: Self.shown(message.text, cut: message.truncated)))]
    case .direct(let message):
      answers.heard(at: now)
      return [.show(.directFrom(speaker(message.from), text: Self.shown(message.text, cut: message.truncated)))]
    case .fileAnnounced(let file):
      guard let entry = files.add(file) else { return [] }
      let id = TerminalText.sanitized(file.id, limit: 100)
      return [.show(.system("[\(speaker(file.from).name)] offers the file \(id): /get \(entry.number) fetches it"))]
    case .connected(let peer, _, _):
      peers.connected(peer)
      rosterIsOld = true
      isTold = true
    case .disconnected(let peer, _):
      peers.disconnected(peer)
      rosterIsOld = true
      isTold = true
    case .identified(let peer, let info):
      isTold = isTold || peers[peer]?.wasIdentified == false
      know(peer) {
        $0.wasIdentified = true
        $0.agent = TerminalText.sanitized(info.agent, limit: Limits.Identify.agent)
      }
    case .pinged(let peer, let seconds):
      isTold = isTold || peers[peer]?.roundTrip == nil
      know(peer) { $0.roundTrip = seconds }
    case .subscribed(let peer, let topic) where topic == setup.room:
      know(peer) { $0.isInRoom = true }
      isTold = true
    case .unsubscribed(let peer, let topic) where topic == setup.room:
      know(peer) { $0.isInRoom = false }
      isTold = true
    case .ready: return (isTold ? [.show(.system(EventLine.chat(event).text))] : []) + becomeReady(at: now)
    case .listening, .joined, .dialFailed, .malformed, .networkChanged, .liveness(.deaf, _): isTold = true
    default: break
    }
    return isTold ? [.show(.system(EventLine.chat(event).text))] : []
  }

  private mutating func know(_ peer: PeerID, _ body: (inout ChatPeers.Entry) -> Void) {
    peers.change(peer, body)
    rosterIsOld = true
  }

  private mutating func becomeReady(at now: Seconds) -> [Action] {
    isReady = true
    guard hasJoined else { return [] }
    answers.stirred(at: now)
    // The wait for answers begins when the lines can be sent.
    if case .draining = state { state = .draining(since: now) }
    let intro: [Action] = setup.intro.map { [.publish(.intro($0))] } ?? []
    guard let line = waiting else { return intro }
    waiting = nil
    return intro + obey(line, at: now)
  }

  // MARK: how things are shown

  var roster: ChatRoster {
    ChatRoster(
      nick: setup.nick, id: setup.peer.description, room: setup.room, addresses: addresses, peers: peers.shown)
  }

  func speaker(_ peer: PeerID, nick: String? = nil) -> ChatEntry.Speaker {
    ChatEntry.Speaker(
      id: peer.description, name: ChatPeers.name(short: peer.short, nick: nick ?? peers[peer]?.nick))
  }

  /// What a peer calls itself, on one line and not empty.
  private static func nick(_ claimed: String?) -> String? {
    guard let claimed else { return nil }
    let nick = TerminalText.sanitized(claimed, limit: Limits.Chat.nick).trimmingWhitespace()
    return nick.isEmpty ? nil : nick
  }

  private static func shown(_ text: String, cut: Bool) -> String { TerminalText.sanitized(text) + (cut ? "…" : "") }

  private static func clipped(_ text: String) -> String { TerminalText.sanitized(text, limit: 60) }

  private var banner: [String] {
    [
      "", "=== Universal Connectivity Chat ===", "Nickname: \(setup.nick)", "Peer ID: \(setup.peer)",
      "Type messages and press Enter to send. Type 'quit' to exit.",
      "Commands: /peers, /status, /multiaddr, /dm, /file; /help lists them all", "",
    ]
  }

  /// What the system log begins with, too.
  private var notes: [String] {
    let entries: [SystemLog.Entry] = [
      .started, .nickname(setup.nick), .multiaddr(address), .commands, .joined(nickname: setup.nick),
    ]
    return entries.map(\.description)
  }

  /// The address to be handed to others.
  var address: String { addresses.first ?? "unknown/\(setup.peer)" }

  /// Addresses that a friend elsewhere can use before those that are good on this machine only.
  static func bestFirst(_ addresses: [Multiaddr]) -> [Multiaddr] {
    func rank(_ address: Multiaddr) -> Int {
      guard let host = address.components.first else { return 3 }
      switch host.proto {
      case .ip4: return host.value.first == 127 ? 2 : 0
      case .ip6: return host.value.dropLast().allSatisfy { $0 == 0 } ? 3 : 1
      default: return 0
      }
    }
    return addresses.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
      .map(\.element)
  }
}
