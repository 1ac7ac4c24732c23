import Identity
import NIOCore

/// Messages that peers offered, that we asked for, and that have not come yet.
///
/// Right after one peer was asked no other one is; but soon enough for the message still to be on offer, so that a
/// peer that offers and does not deliver cannot keep it from us. Peers that broke what they promised are named, for a
/// score to count.
public struct GossipPromises: Sendable {
  private struct Promise: Sendable {
    var lastAsked: NIODeadline
    var owedBy: [(peer: PeerID, expiry: NIODeadline)]
  }

  private var promises: [MessageID: Promise] = [:]
  /// Promises not kept yet, each peer's counted.
  private(set) var count = 0
  private let capacity: Int
  private let lifetime: TimeAmount
  private let patience: TimeAmount

  /// An empty table.
  ///
  /// - Parameters:
  ///   - lifetime: how long a peer has to keep its promise.
  ///   - patience: how long nobody else is asked.
  init(capacity: Int, lifetime: TimeAmount, patience: TimeAmount) {
    self.capacity = capacity
    self.lifetime = lifetime
    self.patience = patience
  }

  /// Whether somebody was asked just now.
  func isAwaited(_ id: MessageID, now: NIODeadline) -> Bool {
    guard let promise = promises[id] else { return false }
    return promise.lastAsked.saturatingAdd(patience) > now
  }

  /// The peer was asked for the message.
  mutating func expect(_ id: MessageID, from peer: PeerID, now: NIODeadline) {
    guard count < capacity else { return }
    let expiry = now.saturatingAdd(lifetime)
    promises[id, default: Promise(lastAsked: now, owedBy: [])].lastAsked = now
    promises[id]?.owedBy.append((peer, expiry))
    count += 1
  }

  /// The message came, from whomever.
  mutating func fulfil(_ id: MessageID) {
    guard count > 0, let promise = promises.removeValue(forKey: id) else { return }
    count -= promise.owedBy.count
  }

  /// The peer is gone, and its promises with it.
  mutating func remove(_ peer: PeerID) {
    keep { $0.peer != peer }
  }

  /// How many promises each peer has broken since the last call.
  mutating func takeBroken(now: NIODeadline) -> [PeerID: Int] {
    var broken: [PeerID: Int] = [:]
    keep { owed in
      if owed.expiry > now { return true }
      broken[owed.peer, default: 0] += 1
      return false
    }
    return broken
  }

  private mutating func keep(_ isKept: ((peer: PeerID, expiry: NIODeadline)) -> Bool) {
    guard count > 0 else { return }
    count = 0
    promises = promises.compactMapValues { promise in
      var promise = promise
      promise.owedBy = promise.owedBy.filter(isKept)
      count += promise.owedBy.count
      return promise.owedBy.isEmpty ? nil : promise
    }
  }
}
