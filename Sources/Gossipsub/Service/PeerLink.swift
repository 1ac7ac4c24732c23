import Identity
import Limits
import NIOCore

/// One connected peer as the service sees it: the stream to it, the stream from it, and what waits for it.
///
/// Confined to the event loop.
final class PeerLink {
  let peer: PeerID
  var queue: PeerQueue
  /// Our stream, once it may be written to.
  var outbound: (any Channel)?
  /// The newest stream of the peer.
  var inbound: InboundStreamHandler?
  /// Since when there is none any more.
  private var muteSince: NIODeadline?
  /// The peer has opened a stream to us before.
  var wasHeard = false
  /// What our stream agreed on, before it is ready.
  var agreedProtocol: String?
  /// The peer's identify has named gossipsub.
  var claimsGossipsub = false
  /// Something was put into the queue in this tick.
  var isDirty = false

  private var isOpening = false
  private var attemptsLeft = Limits.Gossipsub.streamAttempts
  private var openedAt: NIODeadline?
  /// Since when our stream has taken nothing of what waits.
  private var stalledSince: NIODeadline?
  private var timer: Scheduled<Void>?
  private var delay: TimeAmount
  private let firstDelay: TimeAmount

  init(peer: PeerID, queueBytes: Int, reopenDelay: TimeAmount) {
    self.peer = peer
    self.queue = PeerQueue(limit: queueBytes)
    self.delay = reopenDelay
    self.firstDelay = reopenDelay
  }

  /// Whether a stream may be opened now; if so, it is counted as an attempt.
  ///
  /// Rust gives up on a peer for good after five attempts on one connection (wire.md §13.10), so we stop there.
  func beginOpening() -> Bool {
    guard outbound == nil, !isOpening, attemptsLeft > 0 else { return false }
    timer?.cancel()
    timer = nil
    isOpening = true
    attemptsLeft -= 1
    return true
  }

  func endOpening() { isOpening = false }

  /// Our stream is ready.
  func opened(_ channel: any Channel, now: NIODeadline) {
    outbound = channel
    openedAt = now
  }

  /// Our stream has ended. One that lived for a while was no failed attempt: a bot that is connected for months must not
  /// run out of them.
  func closed(now: NIODeadline) {
    outbound = nil
    queue.removeAll()
    stalledSince = nil
    if let openedAt, now - openedAt >= .seconds(Int64(Limits.Gossipsub.streamLifeSeconds)) { renew() }
    openedAt = nil
  }

  /// The peer's newest stream has ended.
  func inboundEnded(now: NIODeadline) {
    inbound = nil
    muteSince = now
  }

  /// Whether the peer has ended its stream to us and opened no other for `patience`.
  func isMute(patience: TimeAmount, now: NIODeadline) -> Bool {
    guard inbound == nil, let since = muteSince else { return false }
    return now - since >= patience
  }

  /// Whether frames have waited for `patience` without the stream taking one.
  func isStalled(patience: TimeAmount, now: NIODeadline) -> Bool {
    guard let since = stalledSince else { return false }
    return now - since >= patience
  }

  /// Frames were taken, or could not be.
  func wrote(all: Bool, some: Bool, now: NIODeadline) {
    if all {
      stalledSince = nil
    } else if some || stalledSince == nil {
      stalledSince = now
    }
  }

  /// The peer does not speak gossipsub: no further attempt is made for now.
  func giveUp() { attemptsLeft = 0 }

  /// There is a reason to believe that the next attempt goes better than those before.
  func renew() {
    attemptsLeft = Limits.Gossipsub.streamAttempts
    delay = firstDelay
  }

  /// Whether all attempts are used up.
  var isExhausted: Bool { attemptsLeft == 0 }

  /// Does something after `amount` unless the peer goes; what was scheduled before is not done.
  func schedule(in amount: TimeAmount, on eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void) {
    timer?.cancel()
    timer = eventLoop.scheduleTask(in: amount, body)
  }

  /// The time to wait before the next attempt; twice as long each time.
  func nextDelay() -> TimeAmount {
    guard !isExhausted else { return .seconds(Int64(Limits.Gossipsub.streamRestSeconds)) }
    defer { delay = .nanoseconds(min(delay.nanoseconds &* 2, 60_000_000_000)) }
    return delay
  }

  func cancel() {
    timer?.cancel()
    timer = nil
    attemptsLeft = 0
  }
}
