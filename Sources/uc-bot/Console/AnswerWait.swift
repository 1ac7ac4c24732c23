/// How long piped input is waited for to be answered, once it has ended: until nothing has been heard for a while.
struct AnswerWait: Hashable, Sendable {
  /// Times in seconds since anything; all that it knows of a clock.
  typealias Seconds = Double

  /// Quiet after the last thing heard, before the input counts as answered.
  static let quiet: Seconds = 0.7
  /// Quiet when nothing at all was heard since the last line: somebody may be slow, or may have nothing to say.
  static let silence: Seconds = 2
  /// Longest wait after the end of the input, for those who never stop talking…
  static let patience: Seconds = 5
  /// …and what each line more than one adds to it, as bots hold back when they have much to answer.
  static let patiencePerLine: Seconds = 0.5

  private(set) var lines = 0
  private var lastActivity: Seconds = 0
  private var heardSinceLine = false

  /// A line was read.
  mutating func read() { lines += 1 }

  /// A line is being sent.
  mutating func sending(at now: Seconds) {
    heardSinceLine = false
    lastActivity = now
  }

  /// Something was heard.
  mutating func heard(at now: Seconds) {
    heardSinceLine = true
    lastActivity = now
  }

  /// Something happened from which on it can be quiet.
  mutating func stirred(at now: Seconds) { lastActivity = max(lastActivity, now) }

  /// When waiting ends whatever happens, where it began at `since`.
  func longest(since: Seconds) -> Seconds {
    since + Self.patience + Self.patiencePerLine * Double(max(0, lines - 1))
  }

  /// When waiting ends if nothing more is heard.
  func end(since: Seconds) -> Seconds {
    min(lastActivity + (heardSinceLine ? Self.quiet : Self.silence), longest(since: since))
  }
}
