import Limits

/// A token bucket for each peer.
typealias PeerBuckets = Buckets<String>

/// A token bucket for each key, for a bounded number of keys.
struct Buckets<Key: Hashable> {
  private var buckets: [Key: TokenBucket] = [:]
  private var order: BoundedQueue<Key>
  private let perSecond: Double
  private let burst: Double

  init(perSecond: Double, burst: Double, limit: Int = Limits.Lua.peers) {
    self.perSecond = perSecond
    self.burst = burst
    order = BoundedQueue(limit: limit)
  }

  var count: Int { buckets.count }

  /// Takes a token of a key; false when there is none.
  mutating func take(_ key: Key, now: Int64) -> Bool {
    if buckets[key] == nil {
      // The key that came first is forgotten: it begins anew when it comes back.
      if order.count == order.limit, let oldest = order.pop() { buckets[oldest] = nil }
      order.push(key)
      buckets[key] = TokenBucket(perSecond: perSecond, burst: burst, now: now)
    }
    return buckets[key]?.take(now: now) ?? false
  }

  /// When the next token of a key is there.
  mutating func nextToken(_ key: Key, now: Int64) -> Int64 { buckets[key]?.nextToken(now: now) ?? now }
}
