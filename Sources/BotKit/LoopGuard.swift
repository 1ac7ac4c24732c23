import Limits

/// Notices that the bot talks with another program in a circle, and falls silent towards it.
///
/// Two signs, both within two minutes: the bot gives one peer the same answer again and again (after five times it says
/// `...`, after three of those nothing, as Sopel does); or a peer says again and again what begins or ends with the
/// bot's own words, as two bots that echo everything do to each other.
struct LoopGuard {
  /// What becomes of an answer.
  enum Verdict: Equatable {
    case say
    /// `...` instead.
    case dots
    case silence
  }

  private struct Said {
    var text: String
    var room: String
    var time: Int64
  }

  private static let window: Int64 = 120_000_000_000

  private var answers: [UInt64: [Int64]] = [:]
  private var echoes: [String: [Int64]] = [:]
  private var said: [Said] = []
  private let limit: Int

  init(limit: Int = Limits.Lua.peers) { self.limit = max(1, limit) }

  var count: Int { max(answers.count, echoes.count) }

  /// A peer said something.
  mutating func noteHeard(_ text: String, peer: String, room: String, now: Int64) {
    said.removeAll { now &- $0.time >= Self.window }
    guard said.contains(where: { $0.room == room && Self.repeats(text, $0.text) }) else { return }
    Self.makeRoom(in: &echoes, limit, now)
    echoes[peer] = Self.recent(echoes[peer], now) + [now]
  }

  /// The bot is about to answer something that a peer said.
  mutating func judge(_ text: String, peer: String, room: String, now: Int64) -> Verdict {
    if let times = echoes[peer], Self.recent(times, now).count > Limits.Lua.loopRepeats { return .silence }
    var hasher = Hasher()
    hasher.combine(peer)
    hasher.combine(room)
    hasher.combine(text)
    let key = UInt64(bitPattern: Int64(hasher.finalize()))
    Self.makeRoom(in: &answers, limit, now)
    let times = Self.recent(answers[key], now)
    // Who asks on during the silence prolongs it; the list does not grow for it.
    answers[key] = Array(times.suffix(Limits.Lua.loopRepeats + Limits.Lua.loopDots)) + [now]
    if times.count < Limits.Lua.loopRepeats { return .say }
    return times.count < Limits.Lua.loopRepeats + Limits.Lua.loopDots ? .dots : .silence
  }

  /// The bot has said something. Short texts are in everybody's mouth, and no sign of anything.
  mutating func noteSaid(_ text: String, room: String, now: Int64) {
    guard text.utf8.count >= 4 else { return }
    if said.count >= 16 { said.removeFirst() }
    said.append(Said(text: text, room: room, time: now))
  }

  /// At the ends only: to look for it everywhere would take the time of the one length times the other.
  private static func repeats(_ text: String, _ said: String) -> Bool {
    let (text, said) = (text.utf8, said.utf8)
    return said.count <= text.count && (text.starts(with: said) || text.suffix(said.count).elementsEqual(said))
  }

  private static func recent(_ times: [Int64]?, _ now: Int64) -> [Int64] {
    (times ?? []).filter { now &- $0 < window }.suffix(64)
  }

  /// Those of long ago go; if all are recent, all go, rather than a search each time.
  private static func makeRoom<Key>(in counts: inout [Key: [Int64]], _ limit: Int, _ now: Int64) {
    guard counts.count >= limit else { return }
    counts = counts.filter { !recent($0.value, now).isEmpty }
    if counts.count >= limit { counts = [:] }
  }
}
