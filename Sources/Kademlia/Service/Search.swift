import Identity
import NIOCore

/// A lookup under way: the state machine, what is asked, and who waits for the end.
///
/// Confined to the event loop.
final class Search {
  var lookup: Lookup
  /// What each peer is asked.
  let request: KadMessage
  /// Takes an answer; returns whether that is all that was wanted.
  let take: (PeerID, KadMessage) -> Bool
  /// Takes that a connection to a peer was there, whatever it answers then; returns as `take` does.
  let reached: (PeerID) -> Bool
  private var done: ((Lookup) -> Void)?
  var timer: Scheduled<Void>?

  init(
    _ lookup: Lookup, request: KadMessage, take: @escaping (PeerID, KadMessage) -> Bool,
    reached: @escaping (PeerID) -> Bool, done: @escaping (Lookup) -> Void
  ) {
    self.lookup = lookup
    self.request = request
    self.take = take
    self.reached = reached
    self.done = done
  }

  /// Tells whoever waits, once.
  func finish() {
    timer?.cancel()
    timer = nil
    let done = self.done
    self.done = nil
    done?(lookup)
  }
}
