import DequeModule
import NIOCore

/// The ids of messages met lately, so that a message is taken once.
///
/// An id counts from the first time that it is met; meeting it again does not prolong it. Instead of the ids a
/// fingerprint of 128 bits is kept, made with a key that only this process knows: a full cache takes a third of the
/// memory, and nobody outside can construct two ids of one fingerprint.
public struct SeenCache: Sendable {
  private struct Fingerprint: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(_ id: MessageID) {
      // `Hasher` is SipHash with a random key of the process.
      var first = Hasher()
      var second = Hasher()
      first.combine(id)
      second.combine(true)
      second.combine(id)
      high = UInt64(bitPattern: Int64(first.finalize()))
      low = UInt64(bitPattern: Int64(second.finalize()))
    }

    // It is random already: half of it will do as its hash.
    func hash(into hasher: inout Hasher) { hasher.combine(low) }
  }

  private var known: Set<Fingerprint> = []
  private var order: Deque<(fingerprint: Fingerprint, expiry: NIODeadline)> = []
  private let lifetime: TimeAmount
  private let capacity: Int

  /// An empty cache that forgets an id after `lifetime`, or earlier when there are more than `capacity`.
  public init(lifetime: TimeAmount, capacity: Int) {
    self.lifetime = lifetime
    self.capacity = max(capacity, 1)
  }

  /// How many ids are remembered.
  public var count: Int { known.count }

  /// Whether the id was met.
  public func contains(_ id: MessageID) -> Bool {
    known.contains(Fingerprint(id))
  }

  /// Remembers an id; false when it was there already.
  @discardableResult
  public mutating func insert(_ id: MessageID, now: NIODeadline) -> Bool {
    expire(now: now)
    let fingerprint = Fingerprint(id)
    guard known.insert(fingerprint).inserted else { return false }
    order.append((fingerprint, now.saturatingAdd(lifetime)))
    if order.count > capacity, let oldest = order.popFirst() { known.remove(oldest.fingerprint) }
    return true
  }

  /// Forgets what is too old.
  public mutating func expire(now: NIODeadline) {
    while let oldest = order.first, oldest.expiry <= now {
      known.remove(oldest.fingerprint)
      order.removeFirst()
    }
  }
}

extension NIODeadline {
  /// Addition that stops at the end of time: lengths of time come from the wire.
  func saturatingAdd(_ amount: TimeAmount) -> NIODeadline {
    let now = Int64(clamping: uptimeNanoseconds)
    let (sum, overflow) = now.addingReportingOverflow(amount.nanoseconds)
    if overflow { return amount.nanoseconds > 0 ? .distantFuture : .uptimeNanoseconds(0) }
    return .uptimeNanoseconds(UInt64(max(sum, 0)))
  }
}
