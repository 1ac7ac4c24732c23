import Limits

/// A token bucket for each peer, for a bounded number of peers.
struct PeerBuckets {
  private var buckets: [String: TokenBucket] = [:]
  private var order: BoundedQueue<String>
  private let perSecond: Double
  private let burst: Double

  init(perSecond: Double, burst: Double, peers: Int = Limits.Lua.peers) {
    self.perSecond = perSecond
    self.burst = burst
    order = BoundedQueue(limit: peers)
  }

  var count: Int { buckets.count }

  /// Takes a token of a peer; false when there is none.
  mutating func take(_ peer: String, now: Int64) -> Bool {
    if buckets[peer] == nil {
      // The peer that came first is forgotten: it begins anew when it comes back.
      if order.count == order.limit, let oldest = order.pop() { buckets[oldest] = nil }
      order.push(peer)
      buckets[peer] = TokenBucket(perSecond: perSecond, burst: burst, now: now)
    }
    return buckets[peer]?.take(now: now) ?? false
  }
}
