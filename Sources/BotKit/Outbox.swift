import Limits

/// Decides what becomes of each text that a bot says: sent, sent later, or refused.
///
/// Three rules, each a bound on what a bot can do to its room: nothing is sent before somebody is there, nothing is
/// sent that peers would drop as a repeat, and no more than ten texts a second after a burst of twenty (wire.md §14).
struct Outbox {
  /// A text on its way.
  struct Text: Sendable {
    var text: String
    var room: String
    /// The task that waits for its receipt; nil: nobody does.
    var token: UInt64?
    /// Whether nobody is told when it cannot be sent: it was said for that very reason.
    var isQuiet = false
  }

  /// What a script is told.
  enum Decision: Equatable {
    /// Send it now.
    case send(String)
    /// It waits for its turn; its task is told when it has been sent.
    case later
    /// It waits for the first peer; nobody is told.
    case held
    /// `nil` and this.
    case refused(String)
  }

  private(set) var isReady = false
  private var seen = RepeatGuard()
  private var bucket: TokenBucket
  private var queue: [Text] = []
  private let policy: RepeatPolicy

  init(policy: RepeatPolicy, now: Int64) {
    self.policy = policy
    bucket = TokenBucket(perSecond: Limits.Lua.sayRate, burst: Limits.Lua.sayBurst, now: now)
  }

  var count: Int { queue.count }

  /// Those that have been accepted and not sent.
  var waitingTexts: [Text] { queue }

  /// Somebody said this.
  mutating func noteSeen(_ text: String, room: String, now: Int64) { seen.note(text, room: room, now: now) }

  /// - Parameter token: of the task that would wait, if it has to.
  mutating func accept(
    _ text: String, room: String, token: UInt64, repeats: RepeatPolicy? = nil, isQuiet: Bool = false, now: Int64
  ) -> Decision {
    guard !text.isEmpty else { return .refused("empty") }
    guard text.utf8.count <= Limits.Chat.publish else { return .refused("too_long") }
    guard queue.count < Limits.Lua.sayQueue else { return .refused(isReady ? "rate_limited" : "no_peers") }
    guard let text = seen.vary(text, room: room, policy: repeats ?? policy, now: now) else {
      return .refused("duplicate")
    }
    guard text.utf8.count <= Limits.Chat.publish else { return .refused("too_long") }
    seen.note(text, room: room, now: now)
    guard isReady else {
      queue.append(Text(text: text, room: room, token: nil, isQuiet: isQuiet))
      return .held
    }
    if queue.isEmpty, bucket.take(now: now) { return .send(text) }
    queue.append(Text(text: text, room: room, token: token, isQuiet: isQuiet))
    return .later
  }

  /// Takes the place of a text for bytes that are none; why not, if they must not go out now.
  mutating func refusalOfBytes(now: Int64) -> String? {
    guard isReady else { return "no_peers" }
    return queue.isEmpty && bucket.take(now: now) ? nil : "rate_limited"
  }

  /// The network could not send it.
  mutating func noteUnsent(_ text: Text) { seen.forget(text.text, room: text.room) }

  mutating func becomeReady() { isReady = true }

  /// The next text whose turn has come.
  mutating func next(now: Int64) -> Text? {
    guard isReady, !queue.isEmpty, bucket.take(now: now) else { return nil }
    return queue.removeFirst()
  }

  /// When `next` has something again; nil: nothing waits.
  mutating func nextTurn(now: Int64) -> Int64? {
    guard isReady, !queue.isEmpty else { return nil }
    return bucket.nextToken(now: now)
  }
}
