import Limits

/// Remembers the texts seen and sent in the last two minutes, so that a bot does not say what peers would drop.
///
/// rust peers take the hash of the content as the message's id: a second identical `pong` within their cache's time is
/// a duplicate and reaches nobody (bots.md §0.1, §2).
///
/// Every message comes by here, so texts are not forgotten one by one: those noted last are in one table, those before
/// them in another, which is dropped as a whole when the first is full. At least half of the limit is remembered.
struct RepeatGuard {
  private struct Text {
    var expires: Int64
    /// The last number put behind this text.
    var variant: Int
  }

  private var newer: [UInt64: Text] = [:]
  private var older: [UInt64: Text] = [:]
  /// When the last text of `newer` expires.
  private var lastExpires: Int64 = .min
  private let half: Int
  private let window: Int64

  init(limit: Int = Limits.Lua.repeatTexts, seconds: Int = Limits.Lua.repeatSeconds) {
    half = max(1, limit / 2)
    window = Int64(clamping: seconds) &* 1_000_000_000
  }

  /// Texts held, some of which may have expired.
  var count: Int { newer.count + older.count }

  /// A text was seen or sent.
  mutating func note(_ text: String, room: String, now: Int64) {
    let hash = Self.hash(text, room)
    let expires = now &+ window
    // After a silence, all at once.
    if lastExpires <= now, !newer.isEmpty {
      newer = [:]
      older = [:]
    }
    lastExpires = expires
    if let index = newer.index(forKey: hash) {
      if newer.values[index].expires <= now { newer.values[index].variant = 1 }
      newer.values[index].expires = expires
      return
    }
    let variant = older.isEmpty ? 1 : older[hash].flatMap { $0.expires > now ? $0.variant : nil } ?? 1
    if newer.count >= half {
      swap(&older, &newer)
      newer.removeAll(keepingCapacity: true)
    }
    newer[hash] = Text(expires: expires, variant: variant)
  }

  /// A text was not sent after all: saying it again is no repeat.
  mutating func forget(_ text: String, room: String) {
    let hash = Self.hash(text, room)
    newer[hash] = nil
    older[hash] = nil
  }

  /// The text to send instead, which was neither seen nor sent; nil when the policy forbids it.
  mutating func vary(_ text: String, room: String, policy: RepeatPolicy, now: Int64) -> String? {
    let hash = Self.hash(text, room)
    guard policy != .allow, var variant = variant(hash, now: now) else { return text }
    guard policy == .vary else { return nil }
    // Somebody may have said "pong #2" already; that many in a row nobody has.
    for _ in 0..<1_000 {
      variant += 1
      let candidate = "\(text) #\(variant)"
      guard self.variant(Self.hash(candidate, room), now: now) == nil else { continue }
      if newer[hash] != nil { newer[hash]?.variant = variant } else { older[hash]?.variant = variant }
      return candidate
    }
    return nil
  }

  /// The last number put behind a text; nil when it counts no longer.
  private func variant(_ hash: UInt64, now: Int64) -> Int? {
    guard let text = newer[hash] ?? older[hash], text.expires > now else { return nil }
    return text.variant
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
