import Limits

/// Peers that a bot does not listen to for a while.
struct MuteList {
  private var ends: [String: Int64] = [:]
  private let limit: Int

  init(limit: Int = Limits.Lua.mutes) { self.limit = max(1, limit) }

  var count: Int { ends.count }

  /// From now until `end`. When there are too many, the one that ends first is listened to again.
  mutating func mute(_ peer: String, until end: Int64, now: Int64) {
    guard end > now else { return ends[peer] = nil }
    if ends[peer] == nil, ends.count >= limit {
      ends = ends.filter { $0.value > now }
      if ends.count >= limit, let first = ends.min(by: { $0.value < $1.value }) { ends[first.key] = nil }
    }
    ends[peer] = end
  }

  func contains(_ peer: String, now: Int64) -> Bool { ends.isEmpty ? false : ends[peer].map { $0 > now } ?? false }
}
