import BotKit
import BotTesting
import Logging
import UniversalConnectivity

/// A room that exists in this process only, with the bots in it and whoever the user speaks as: `uc-bot console`.
///
/// It has no clock of its own: whoever drives it says how late it is.
final class LocalChat {
  /// Where what happens goes.
  enum Output {
    /// What bots say.
    case said(String)
    /// Everything else.
    case note(String)
  }

  /// Rounds at one moment, after which a bot is taken for one that never comes to rest.
  private static let rounds = 1_000

  private let room = FakeRoom()
  private let clock: ManualClock
  private let scripts: [String]
  private let output: (Output) -> Void
  private var drivers: [BotDriver] = []
  private var peers: [FakePeer] = []
  private var present: Set<String> = []
  private var speaker = "you"
  private var messages = 0
  private var bot: String
  private let mailbox = Mailbox()

  /// Reads and starts the scripts. Somebody called "you" is in the room.
  init(
    scripts: [String], clock: ManualClock, nick: String?, prefix: String, admins: [String],
    output: @escaping (Output) -> Void
  ) throws(BotError) {
    self.scripts = scripts
    self.clock = clock
    self.output = output
    bot = nick ?? "bot"
    let mailbox = mailbox
    room.onPublish { mailbox.add(.said($0.text)) }
    for script in scripts {
      var configuration = BotConfiguration(
        logger: Logger(label: "bot", factory: { _ in MailboxLog(mailbox: mailbox) }))
      configuration.clock = clock
      configuration.nick = nick
      configuration.prefix = prefix
      configuration.version = Version.current
      configuration.admins = Set(admins.map { FakePeer.peer(name: $0).id })
      drivers.append(try BotDriver(scriptPath: script, configuration: configuration, network: room))
    }
  }

  /// Lets the bots begin.
  func start() {
    for driver in drivers { driver.start() }
    join(peer(speaker))
    post(.ready(peers: 1))
  }

  /// Whether all bots have ended.
  var isOver: Bool { drivers.allSatisfy(\.isStopped) }

  /// When something is to be done next, in nanoseconds of the clock; nil: not before somebody says something.
  var nextDue: Int64? { drivers.compactMap(\.nextDue).min() }

  /// Lets the bots end.
  func stop() {
    for driver in drivers { driver.stop() }
    flush()
  }

  // MARK: Time

  /// Does what is due by now.
  func settle() {
    for _ in 0..<Self.rounds {
      for driver in drivers { driver.settle() }
      flush()
      guard let due = nextDue, due <= clock.monotonicNanoseconds else { return }
    }
  }

  /// Lets time pass, from one due time to the next.
  func advance(seconds: Double) {
    let target = clock.monotonicNanoseconds &+ Int64(seconds * 1e9)
    var standing = 0
    while let due = nextDue, due <= target {
      standing = due <= clock.monotonicNanoseconds ? standing + 1 : 0
      guard standing < Self.rounds else {
        output(.note("a bot never comes to rest: it goes on and on without letting time pass"))
        break
      }
      clock.move(to: due)
      settle()
    }
    clock.move(to: target)
    settle()
  }

  private func flush() {
    for item in mailbox.take() {
      switch item {
      case .said(let text): output(.said("\(bot): \(TerminalText.sanitized(text))"))
      case .logged(let text): output(.note("  (\(TerminalText.sanitized(text)))"))
      }
    }
  }

  // MARK: Lines

  /// Takes a line that was typed. False: that is all.
  func take(_ line: String) -> Bool {
    let text = line.trimmed
    if text.hasPrefix("/") {
      let parts = text.dropFirst().split(separator: " ", maxSplits: 1)
      return command(parts.first.map(String.init) ?? "", parts.count > 1 ? String(parts[1]).trimmed : "")
    }
    if let match = text.wholeMatch(of: /([A-Za-z][A-Za-z0-9_-]{0,19}): +(.+)/) {
      say(String(match.output.2), by: String(match.output.1))
    } else if !text.isEmpty {
      say(text, by: speaker)
    }
    return true
  }

  static let help = """
    text          say it, as "you" (or as whom /as says)
    alice: text   say it as alice, who comes if she is not there
    /as NAME      speak as NAME from now on
    /dm TEXT      say it to the bot alone
    /join NAME    somebody comes        /leave NAME   somebody goes
    /ping NAME S  a round trip of S seconds to somebody has been measured
    /peers        who is there
    /advance 10m  let time pass: seconds, or with s, m, h, d behind the number
    /reload       load the scripts anew, as --watch does
    /quit         end (as Ctrl-D)
    """

  private func command(_ name: String, _ rest: String) -> Bool {
    let name = name.lowercased()
    switch name {
    case "quit", "exit": return false
    case "help": note(Self.help)
    case "peers":
      let list = peers.filter { present.contains($0.name) }
      note(
        list.map { "\($0.name) (\($0.peer.short))\($0.name == speaker ? ", who you are" : "")" }.joined(separator: "\n")
      )
    case "reload": reload()
    case "advance":
      guard let seconds = Self.seconds(rest) else { note("/advance takes a time, such as 10, 10m or 2h"); break }
      advance(seconds: seconds)
    case "as", "join", "leave", "dm":
      guard !rest.isEmpty else { note("/\(name) takes a \(name == "dm" ? "text" : "name")"); break }
      switch name {
      case "as":
        speaker = rest
        join(peer(rest))
      case "join": join(peer(rest))
      case "leave": leave(peer(rest))
      default: say(rest, by: speaker, isDirect: true)
      }
    case "ping":
      let words = rest.split(separator: " ")
      guard words.count == 2, let seconds = Double(words[1]), seconds >= 0, seconds.isFinite else {
        note("/ping takes a name and seconds, such as /ping alice 0.2")
        break
      }
      post(.ping(peer(String(words[0])).peer, seconds: seconds))
    default: note("no command /\(TerminalText.sanitized(name, limit: 40)); /help lists them")
    }
    return true
  }

  private func note(_ text: String) {
    for line in text.split(separator: "\n") { output(.note(String(line))) }
  }

  /// `90`, `10m`, `2h`; a year at most.
  static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? text : String(text.dropLast())), number.isFinite, number >= 0 else {
      return nil
    }
    let seconds = number * (unit ?? 1)
    return seconds <= 366 * 86_400 ? seconds : nil
  }

  // MARK: What happens in the room

  private func post(_ event: BotEvent) {
    for driver in drivers { driver.post(event) }
    settle()
  }

  private func peer(_ name: String) -> FakePeer {
    if let peer = peers.first(where: { $0.name == name }) { return peer }
    let peer = FakePeer(name: name)
    peers.append(peer)
    return peer
  }

  private func join(_ peer: FakePeer) {
    guard present.insert(peer.name).inserted else { return }
    room.setConnected(peer.peer.id, true)
    post(.peerConnect(peer.peer, address: "/ip4/127.0.0.1/tcp/4001"))
    post(.peerIdentify(peer.peer, agent: "uc-bot-console", protocols: [], addresses: []))
    post(.peerSubscribe(peer.peer, room: BotConfiguration.defaultRoom))
  }

  private func leave(_ peer: FakePeer) {
    guard present.remove(peer.name) != nil else { return note("\(peer.name) is not there") }
    room.setConnected(peer.peer.id, false)
    post(.peerUnsubscribe(peer.peer, room: BotConfiguration.defaultRoom))
    post(.peerDisconnect(peer.peer, reason: "gone"))
  }

  private func say(_ text: String, by name: String, isDirect: Bool = false) {
    let peer = peer(name)
    join(peer)
    messages += 1
    post(
      .message(
        BotMessage(
          id: "c\(messages)", from: peer.peer, text: text, room: isDirect ? "" : BotConfiguration.defaultRoom,
          time: clock.unixSeconds, isDirect: isDirect)))
  }

  private func reload() {
    for (driver, script) in zip(drivers, scripts) {
      do throws(BotError) {
        try driver.reload(try BotDriver.text(of: script))
        output(.note("loaded \(script) anew"))
      } catch {
        output(.note("\(error); the old one goes on"))
      }
    }
    flush()
  }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}
