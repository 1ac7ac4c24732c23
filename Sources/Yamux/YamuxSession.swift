import DequeModule
import Limits
import NIOCore

/// One connection's Yamux session: frames in, frames out, and the rules of its streams.
///
/// It is a value without channels and clocks. The driver, on the connection's event loop,
///
/// 1. gives it every decrypted buffer with `receive` and does what the actions say;
/// 2. calls `openStream`, `send`, `closeWrite`, `close`, `reset` and `consumed` for the stream channels;
/// 3. calls `tick` about every second;
/// 4. while the transport is writable, and once for everything that happened in one turn of the loop, drains the
///    outbound frames, packs them into Noise messages and flushes.
///
/// ```swift
/// var actions: [YamuxSession.Action] = []
/// try session.receive(&bytes, now: .now(), into: &actions)
/// for action in actions { … }
/// session.drainOutbound(now: .now(), into: &frames, actions: &actions)   // while the transport is writable
/// ```
///
/// **When the transport is not writable**, the driver does not drain. Payload then waits here up to
/// `connectionQueueBytes`, after which `send` takes nothing; control frames wait up to `pendingControlFrames`, after
/// which `receive` throws (CVE-2024-32984). A driver that stops reading while it cannot write never gets there.
///
/// **Frames are the plainest possible** (wire.md §7.3), because that is what every peer understands:
/// - SYN and ACK are window updates of 0. go, js, nim and py ≥ 0.7 send them so themselves, and all others accept
///   it: py ≤ 0.6 opens a stream on a SYN of either type and does not look at its length, and takes an ACK of this
///   type for a window update (of 0). As empty *data* frames they would reach js applications as empty chunks. The
///   delta is always 0: py ≤ 0.6 ignores one on a SYN.
/// - FIN and RST are empty *data* frames: py ≤ 0.6 does not see them on window updates.
/// - Frames with payload carry no flags: py ≤ 0.4 does not read the payload of flagged frames.
public struct YamuxSession {
  /// Which side of the connection this is.
  public let role: Role

  var streams: [StreamID: StreamRecord] = [:]
  var decoder = FrameDecoder()
  /// Where the payload of the data frame that is being received goes.
  var sink = PayloadSink.discard
  var queue = OutboundQueue()
  var pings: PingClock
  var used = UsedStreamIDs()
  var useless: UselessFrameBudget
  /// The number of our next stream; `nil` when all are used.
  var nextStream: StreamID?
  /// Streams whose `send` the full queue cut short, longest waiting first.
  var waitingForQueue = Deque<StreamID>()
  /// Bytes by which receive windows have grown beyond their first size, all streams together.
  var grown = 0
  /// Streams that the owner has let go of and the remote side has not closed yet.
  var releasedCount = 0
  /// Why the session has ended.
  public internal(set) var failure: YamuxError?
  /// The code that we told the remote side, after `goAway`.
  public internal(set) var localGoAway: GoAwayCode?
  /// The code that the remote side told us.
  public internal(set) var remoteGoAway: GoAwayCode?
  /// Streams that the remote side opened and that are not over.
  public internal(set) var inboundStreamCount = 0
  /// Streams that we opened and that the remote side has not acknowledged.
  public internal(set) var unacknowledgedCount = 0
  /// Streams refused because the remote side had `inboundStreams` open.
  public internal(set) var refusedStreamCount = 0

  /// A session of a connection that has just been secured; its first ping waits in the queue.
  public init(role: Role, now: NIODeadline) {
    self.role = role
    self.nextStream = role.firstStream
    self.pings = PingClock(now: now)
    self.useless = UselessFrameBudget(now: now)
    ping(now: now)
  }

  /// Streams that are not over, of both sides.
  public var streamCount: Int { streams.count }
  /// Whether there is anything to drain.
  public var hasOutbound: Bool { !queue.isEmpty }
  /// Payload bytes that wait to be drained.
  public var queuedBytes: Int { queue.payloadBytes }
  /// The connection's round trip, once the first ping has been answered.
  public var roundTrip: TimeAmount? { pings.roundTrip }

  /// Whether a stream is in the session's table: not closed in both directions and not reset.
  public func isOpen(_ stream: StreamID) -> Bool { streams[stream].map { $0.released == nil } ?? false }

  /// Ends the session: whatever waits is dropped, and a GoAway with the error's code is what is left to drain.
  mutating func fail(_ error: YamuxError) {
    guard failure == nil else { return }
    failure = error
    queue.removeAll()
    waitingForQueue.removeAll()
    sink = .discard
    queue.appendGoAway(error.goAwayCode)
  }
}
