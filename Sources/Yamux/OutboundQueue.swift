import DequeModule
import Limits
import NIOCore

/// The frames that wait to be written.
///
/// Two lines stand here. *Control* frames (SYN, ACK, window updates, resets, pings, go-away) go first: they are
/// small, and a window update or an answer that waits behind a megabyte of payload stalls the other side. They keep
/// their order among themselves, so that a stream's SYN is always its first frame. *Data* frames and FINs follow in
/// the order in which they were given: a stream's FIN comes after its data, and no stream waits for more than
/// `streamQueueBytes` of each other one. A go-away stands there too: js, rust and py end every stream when they read
/// one, so it must not overtake what was sent before it.
///
/// A window update stands in line as its stream's number only and gets its delta when it leaves, so that several
/// become one, and none goes out for a stream that has ended meanwhile (nim-libp2p closes the connection on one).
struct OutboundQueue {
  /// An entry of the control line.
  enum Control {
    case frame(FrameHeader)
    /// A window update with the delta that the stream has gathered by then.
    case windowUpdate(StreamID)
  }

  /// An entry of the data line.
  enum Data {
    case payload(StreamID, ByteBuffer)
    case fin(StreamID)
    case goAway(GoAwayCode)

    /// The stream of which a reset drops the entry.
    var stream: StreamID {
      switch self {
      case .payload(let stream, _), .fin(let stream): stream
      case .goAway: .session
      }
    }
  }

  /// What leaves next.
  enum Entry {
    case control(Control)
    case data(Data)
  }

  private var control = Deque<Control>()
  private var data = Deque<Data>()
  /// Entries of the data line without payload.
  private var bare = 0
  /// Streams that were reset while they had data in line: their entries are dropped on the way out. Numbers are
  /// never used twice, so an entry is right until the line is empty.
  private var purged = Set<StreamID>()
  /// Payload bytes in line.
  private(set) var payloadBytes = 0

  /// Frames in line that the remote side can cause: everything but payload.
  var controlCount: Int { control.count + bare }

  var isEmpty: Bool { control.isEmpty && data.isEmpty }

  mutating func append(_ header: FrameHeader) { control.append(.frame(header)) }

  mutating func appendWindowUpdate(_ stream: StreamID) { control.append(.windowUpdate(stream)) }

  mutating func append(payload: ByteBuffer, stream: StreamID) {
    payloadBytes += payload.readableBytes
    data.append(.payload(stream, payload))
  }

  mutating func appendFIN(_ stream: StreamID) {
    bare += 1
    data.append(.fin(stream))
  }

  mutating func appendGoAway(_ code: GoAwayCode) {
    bare += 1
    data.append(.goAway(code))
  }

  /// Forgets what a stream that is being reset has in the data line.
  mutating func purge(_ stream: StreamID) {
    if !data.isEmpty { purged.insert(stream) }
  }

  /// Forgets everything: the session has failed.
  mutating func removeAll() { self = OutboundQueue() }

  /// Takes the next entry out.
  mutating func popFirst() -> Entry? {
    if let first = control.popFirst() { return .control(first) }
    while let first = data.popFirst() {
      if case .payload(_, let payload) = first { payloadBytes -= payload.readableBytes } else { bare -= 1 }
      let isPurged = !purged.isEmpty && purged.contains(first.stream)
      if data.isEmpty { purged.removeAll() }
      if !isPurged { return .data(first) }
    }
    return nil
  }
}
