import Limits
import NIOCore

/// Measures the round trip and notices a connection that has died silently.
///
/// One ping is out at a time, with three reasons to send it: the round trip is not known yet, or is old while data
/// flows (the receive windows need it); nothing was heard for `keepAliveSeconds`; or the owner asked. All three
/// share the ping that is out.
struct PingClock: Sendable {
  /// The ping that is out, if any.
  private enum Outstanding {
    case none
    /// Waits in our own queue.
    case queued(UInt32, since: NIODeadline)
    /// On its way; the round trip counts from `since`.
    case sent(UInt32, since: NIODeadline)

    var since: NIODeadline? {
      switch self {
      case .none: nil
      case .queued(_, let since), .sent(_, let since): since
      }
    }
  }

  /// The smoothed round trip, once it was measured.
  private(set) var roundTrip: TimeAmount?
  private var outstanding = Outstanding.none
  private var nextValue: UInt32 = 0
  private var measured: NIODeadline?
  private var heard: NIODeadline
  private var dataSinceMeasured = false

  private static let keepAlive = TimeAmount.seconds(Int64(Limits.Yamux.keepAliveSeconds))
  private static let measureEvery = TimeAmount.seconds(Int64(Limits.Yamux.roundTripSeconds))
  /// A peer that goes on sending may have its answer stuck behind its data; but not for ever.
  private static let longestWait = TimeAmount.seconds(Int64(Limits.Yamux.keepAliveSeconds) * 4)

  init(now: NIODeadline) { self.heard = now }

  /// Bytes arrived.
  mutating func hear(now: NIODeadline) { heard = now }

  /// Payload arrived: the round trip is worth knowing.
  mutating func noteData() { dataSinceMeasured = true }

  /// Starts a ping unless one is out, and returns the value to send.
  mutating func ping(now: NIODeadline) -> UInt32? {
    guard outstanding.since == nil else { return nil }
    let value = nextValue
    nextValue &+= 1
    outstanding = .queued(value, since: now)
    return value
  }

  /// The ping leaves the queue.
  mutating func sent(_ value: UInt32, now: NIODeadline) {
    if case .queued(value, _) = outstanding { outstanding = .sent(value, since: now) }
  }

  /// An answer arrived: its round trip, or `nil` when nobody asked.
  mutating func answered(_ value: UInt32, now: NIODeadline) -> TimeAmount? {
    guard case .sent(value, let since) = outstanding else { return nil }
    outstanding = .none
    let time = now - since
    roundTrip = .nanoseconds(roundTrip.map { ($0.nanoseconds + time.nanoseconds) / 2 } ?? time.nanoseconds)
    measured = now
    dataSinceMeasured = false
    return time
  }

  /// What the passing of time asks for: a ping's value to send, if any; throws when the peer has been silent on a
  /// ping for too long.
  mutating func tick(now: NIODeadline) throws(YamuxError) -> UInt32? {
    if let since = outstanding.since {
      let wait = now - since
      let silent = now - max(heard, since) >= Self.keepAlive
      guard !(wait >= Self.keepAlive && silent), wait < Self.longestWait else { throw .keepAliveTimeout(wait) }
      return nil
    }
    if now - heard >= Self.keepAlive { return ping(now: now) }
    if dataSinceMeasured, measured.map({ now - $0 >= Self.measureEvery }) ?? true { return ping(now: now) }
    return nil
  }
}
