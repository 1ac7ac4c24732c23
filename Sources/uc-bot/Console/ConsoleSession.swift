import UniversalConnectivity

/// What the console does when: a value that is told what happened and answers what to do.
///
/// The console peer publishes what is typed, and prints what it hears. With a person at a terminal it goes on until the
/// input ends; with piped input it waits for the answers and ends by itself; with no input at all it steps aside.
struct ConsoleSession {
  /// What happened.
  enum Event: Hashable, Sendable {
    /// The console peer and the bot are in one mesh.
    case ready
    /// A line of the input.
    case line(LineSplitter.Line)
    /// The input ended.
    case endOfInput
    /// The line that was to be published is on its way, or is not.
    case published(failure: String?)
    /// A chat message arrived at the console peer.
    case heard(short: String, text: String, truncated: Bool)
    /// The time of `deadline` has come.
    case tick
  }

  /// What is to be done, in order.
  enum Action: Hashable, Sendable {
    /// Read one line, or the end of the input, and say so.
    case read
    /// Publish it from the console peer, and say how it went.
    case publish(String)
    /// A line for standard output.
    case print(String)
    /// A line for standard error.
    case note(String)
    /// Stop the console peer; the bot goes on as if there were no console.
    case stepAside
    /// Stop the process; a failure makes its exit code.
    case end(failure: String?)
  }

  /// Times in seconds since the session began are all that it knows of a clock.
  typealias Seconds = Double

  /// How long the mesh between the two peers may take to form.
  static let readyTimeout: Seconds = 10

  private enum State: Hashable {
    case running
    /// The input has ended; answers are awaited.
    case draining(since: Seconds)
    case over
  }

  /// When a `tick` is needed if nothing else happens before.
  var deadline: Seconds? {
    switch state {
    case .over: nil
    case .running: isReady ? nil : Self.readyTimeout
    case .draining(let since):
      if !isReady {
        Self.readyTimeout
      } else if isPublishing || waiting != nil {
        answers.longest(since: since)
      } else {
        answers.end(since: since)
      }
    }
  }

  private let isInteractive: Bool
  private var state = State.running
  private var isReady = false
  private var isPublishing = false
  /// The line that was read before the mesh was there. At most one: the next is read when this one is out.
  private var waiting: String?
  private var answers = AnswerWait()

  /// - Parameter isInteractive: Whether a person sits at the input.
  init(isInteractive: Bool) {
    self.isInteractive = isInteractive
  }

  /// What to do at the beginning.
  func start() -> [Action] {
    let help = "Console: type a line and press Enter, the bot hears it as a chat message. Ctrl-D or /quit ends."
    return isInteractive ? [.note(help), .read] : [.read]
  }

  /// Takes an event at a time and returns what follows from it.
  mutating func handle(_ event: Event, at now: Seconds) -> [Action] {
    guard state != .over else { return [] }
    switch event {
    case .ready: return becomeReady(at: now)
    case .line(let line): return take(line, at: now)
    case .endOfInput: return endInput(at: now)
    case .published(let failure):
      isPublishing = false
      answers.stirred(at: now)
      let notes = failure.map { [Action.note("not sent: \($0)")] } ?? []
      return state == .running ? notes + [.read] : notes
    case .heard(let short, let text, let truncated):
      answers.heard(at: now)
      return [.print("[\(short)]: \(TerminalText.sanitized(text))\(truncated ? "…" : "")")]
    case .tick: return tick(at: now)
    }
  }

  private mutating func becomeReady(at now: Seconds) -> [Action] {
    guard !isReady else { return [] }
    isReady = true
    answers.stirred(at: now)
    // The wait for answers begins when the lines can be sent.
    if case .draining = state { state = .draining(since: now) }
    guard let text = waiting else { return [] }
    waiting = nil
    return publish(text, at: now)
  }

  private mutating func take(_ line: LineSplitter.Line, at now: Seconds) -> [Action] {
    answers.read()
    switch line {
    case .tooLong(let bytes): return [.note("line \(answers.lines) is \(bytes) bytes long and is left out"), .read]
    case .text(let text):
      if isInteractive, text == "/quit" { return finish(failure: nil) }
      if text.allSatisfy(\.isWhitespace) { return [.read] }
      guard isReady else {
        waiting = text
        // Only to learn whether the input ends: a line that comes meanwhile is never read, since one read gives one.
        return []
      }
      return publish(text, at: now)
    }
  }

  private mutating func publish(_ text: String, at now: Seconds) -> [Action] {
    isPublishing = true
    answers.sending(at: now)
    return [.publish(text)]
  }

  private mutating func endInput(at now: Seconds) -> [Action] {
    if isInteractive { return finish(failure: nil) }
    if answers.lines == 0 {
      state = .over
      return [.note("Console: there is nothing on standard input; going on as an ordinary bot."), .stepAside]
    }
    state = .draining(since: now)
    answers.stirred(at: now)
    return []
  }

  private mutating func tick(at now: Seconds) -> [Action] {
    guard let deadline, now >= deadline else { return [] }
    if !isReady {
      return finish(failure: "the console peer did not reach the bot within \(Int(Self.readyTimeout)) s")
    }
    return finish(failure: nil)
  }

  private mutating func finish(failure: String?) -> [Action] {
    state = .over
    return [.end(failure: failure)]
  }
}
