import Limits

/// Remembers the texts seen and sent in the last two minutes, so that a bot does not say what peers would drop.
///
/// rust peers take the hash of the content as the message's id: a second identical `pong` within their cache's time is
/// a duplicate and reaches nobody (bots.md §0.1, §2).
struct RepeatGuard {
  private struct Text {
    var expires: Int64
    /// The last number put behind this text.
    var variant: Int
  }

  private var texts: [UInt64: Text] = [:]
  /// The same in the order of their age; outdated entries are skipped.
  private var ages: BoundedQueue<(hash: UInt64, expires: Int64)>
  private let limit: Int
  private let window: Int64

  init(limit: Int = Limits.Lua.repeatTexts, seconds: Int = Limits.Lua.repeatSeconds) {
    self.limit = max(1, limit)
    window = Int64(clamping: seconds) &* 1_000_000_000
    // Refreshing a text leaves its old age behind.
    ages = BoundedQueue(limit: self.limit * 2)
  }

  var count: Int { texts.count }

  /// A text was seen or sent.
  mutating func note(_ text: String, room: String, now: Int64) {
    let hash = Self.hash(text, room)
    expire(now)
    texts[hash, default: Text(expires: 0, variant: 1)].expires = now &+ window
    while ages.count >= limit * 2, dropOldest() {}
    ages.push((hash, now &+ window))
    while texts.count > limit, dropOldest() {}
  }

  /// A text was not sent after all: saying it again is no repeat.
  mutating func forget(_ text: String, room: String) { texts[Self.hash(text, room)] = nil }

  /// The text to send instead, which was neither seen nor sent; nil when the policy forbids it.
  mutating func vary(_ text: String, room: String, policy: RepeatPolicy, now: Int64) -> String? {
    expire(now)
    let hash = Self.hash(text, room)
    guard policy != .allow, let known = texts[hash] else { return text }
    guard policy == .vary else { return nil }
    var variant = known.variant
    // Somebody may have said "pong #2" already; that many in a row nobody has.
    for _ in 0..<1_000 {
      variant += 1
      let candidate = "\(text) #\(variant)"
      if texts[Self.hash(candidate, room)] == nil {
        texts[hash]?.variant = variant
        return candidate
      }
    }
    return nil
  }

  private mutating func expire(_ now: Int64) {
    while let oldest = ages.first, oldest.expires <= now, dropOldest() {}
  }

  private mutating func dropOldest() -> Bool {
    guard let oldest = ages.pop() else { return false }
    if texts[oldest.hash]?.expires == oldest.expires { texts[oldest.hash] = nil }
    return true
  }

  private static func hash(_ text: String, _ room: String) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(room)
    // The bytes, not the characters: "é" in two spellings is two messages to every peer.
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
