import Dispatch
import Limits
import Synchronization
import Terminal
import UniversalConnectivity

/// Chats on a whole screen. A thread of its own owns the terminal and the ``ChatScreen``; everybody else leaves word.
///
/// The thread sleeps until there is a key or a word, and draws at once, but so many times in a second at most: what comes
/// faster, or while a slow terminal takes the last picture, goes into the next one.
final class ScreenFrontEnd: ChatFrontEnd {
  /// Word that was left for the thread.
  private struct Mail {
    var entries: [ChatEntry] = []
    var roster: ChatRoster?
    var transfer: ChatTransfer??
    var lost = 0
    var isStopping = false
    /// The last words, for those who see the screen no more.
    var lastAnswer: String?
    var hasBegun = false

    var isEmpty: Bool { entries.isEmpty && roster == nil && transfer == nil && lost == 0 && !isStopping }
  }

  private static let frame = 1_000 / Limits.Screen.framesPerSecond

  private let device = TerminalDevice()
  private let kind: TerminalKind
  private let nick: String
  private let room: String
  private let mail = Mutex(Mail())
  private let ended = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "uc-bot.screen")

  init(kind: TerminalKind, nick: String, room: String) {
    self.kind = kind
    self.nick = TerminalText.sanitized(nick)
    self.room = TerminalText.sanitized(room)
  }

  func start(_ deliver: @escaping @Sendable (ChatInput) -> Void) throws {
    guard device.enter() else { throw Failure(.unavailable, "--ui: the terminal cannot be used") }
    mail.withLock { $0.hasBegun = true }
    queue.async { [self] in
      run(deliver)
      ended.signal()
    }
  }

  func show(_ entry: ChatEntry) {
    leave { mail in
      if mail.entries.count >= Limits.Screen.waiting {
        mail.entries.removeFirst(mail.entries.count / 2)
        mail.lost += Limits.Screen.waiting / 2
      }
      mail.entries.append(entry)
      if case .answer(let text) = entry.content { mail.lastAnswer = text } else { mail.lastAnswer = nil }
    }
  }

  func update(_ roster: ChatRoster) { leave { $0.roster = roster } }

  func update(_ transfer: ChatTransfer?) { leave { $0.transfer = .some(transfer) } }

  func stop() {
    guard mail.withLock({ $0.hasBegun }) else { return }
    leave { $0.isStopping = true }
    // A terminal that takes nothing does not keep the program from ending.
    _ = ended.wait(timeout: .now() + .milliseconds(500))
    device.leave()
    if let last = mail.withLock({ $0.lastAnswer }) { print(last) }
  }

  private func leave(_ word: (inout Mail) -> Void) {
    let isFirst = mail.withLock { mail in
      defer { word(&mail) }
      return mail.isEmpty
    }
    if isFirst { device.wake() }
  }

  // MARK: the thread

  private func run(_ deliver: (ChatInput) -> Void) {
    var screen = ChatScreen(nick: nick, room: room, size: device.size, kind: kind)
    var painter = ScreenPainter()
    var decoder = KeyDecoder()
    var isOld = true
    var nextFrame = now
    var patienceEnds: Int?
    while true {
      if isOld, now >= nextFrame {
        let output = painter.paint(screen.picture())
        if !output.isEmpty { device.write(output) }
        isOld = false
        nextFrame = now + Self.frame
      }
      let waits = [isOld ? nextFrame : nil, patienceEnds].compactMap { $0 }.min().map { max(0, $0 - now) }
      let happening = device.wait(milliseconds: waits)
      if happening.isGone { return deliver(.interrupted) }
      if happening.isResized || happening.isResumed {
        screen.resize(device.size)
        painter.forget()
        isOld = true
      }
      var keys = decoder.feed(happening.bytes)
      if let end = patienceEnds, happening.bytes.isEmpty, now >= end { keys += decoder.giveUp() }
      if !happening.bytes.isEmpty || patienceEnds.map({ $0 <= now }) == true {
        patienceEnds = decoder.patience.map { now + $0 }
      }
      for key in keys {
        isOld = true
        switch screen.handle(key) {
        case .deliver(let input): deliver(input)
        case .redraw: painter.forget()
        case .suspend: device.suspend()
        case .ring: device.write("\u{07}")
        case nil: break
        }
      }
      let news = mail.withLock { mail in
        defer { mail = Mail(isStopping: mail.isStopping, lastAnswer: mail.lastAnswer, hasBegun: true) }
        return mail
      }
      if news.isStopping { return }
      if !news.isEmpty {
        Self.tell(news, to: &screen)
        isOld = true
      }
    }
  }

  private static func tell(_ news: Mail, to screen: inout ChatScreen) {
    screen.noteLost(news.lost)
    for entry in news.entries { screen.add(entry) }
    if let roster = news.roster { screen.roster = roster }
    if let transfer = news.transfer { screen.transfer = transfer }
  }

  /// Milliseconds by a clock that only goes on.
  private var now: Int { Int(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
}
