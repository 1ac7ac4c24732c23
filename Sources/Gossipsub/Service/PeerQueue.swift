import DequeModule
import Limits
import NIOCore

/// The frames that wait for one peer, bounded in bytes.
///
/// Frames leave by priority, within one priority in order. When there is no room, other peers' messages are dropped
/// first, the oldest first: the peer gets those from somebody else, and an old one is the least missed.
struct PeerQueue: Sendable {
  private var frames: [Deque<ByteBuffer>] = Array(repeating: [], count: SendPriority.allCases.count)
  private let limit: Int
  /// Bytes that wait.
  private(set) var bytes = 0

  init(limit: Int = Limits.Gossipsub.peerQueueBytes) {
    self.limit = limit
  }

  var isEmpty: Bool { bytes == 0 }

  /// Takes a frame; returns what was dropped for it, or the frame's own cause when there is no room for it.
  mutating func append(_ frame: ByteBuffer, _ priority: SendPriority) -> [GossipsubCounters.DropCause] {
    let size = frame.readableBytes
    var dropped: [GossipsubCounters.DropCause] = []
    while bytes + size > limit {
      // Only what is less urgent than the frame, or as urgent but somebody else's, gives way to it.
      guard let victim = SendPriority.allCases.last(where: { gives($0, to: priority) }),
        let old = frames[victim.rawValue].popFirst()
      else {
        return dropped + [priority.dropCause]
      }
      bytes -= old.readableBytes
      dropped.append(victim.dropCause)
    }
    frames[priority.rawValue].append(frame)
    bytes += size
    return dropped
  }

  private func gives(_ victim: SendPriority, to priority: SendPriority) -> Bool {
    !frames[victim.rawValue].isEmpty && (victim > priority || victim == .forward)
  }

  /// The next frames in one buffer of about `size` bytes, and how many they are; nil when nothing waits.
  ///
  /// Small frames are put together, because each write costs more than copying a few hundred bytes.
  mutating func next(upTo size: Int) -> (bytes: ByteBuffer, frames: Int)? {
    guard let first = popFirst() else { return nil }
    guard first.readableBytes < size / 2, let second = peek(), first.readableBytes + second <= size else {
      return (first, 1)
    }
    var buffer = ByteBufferAllocator().buffer(capacity: min(size, bytes + first.readableBytes))
    buffer.writeImmutableBuffer(first)
    var count = 1
    while let next = peek(), buffer.readableBytes + next <= size, let frame = popFirst() {
      buffer.writeImmutableBuffer(frame)
      count += 1
    }
    return (buffer, count)
  }

  mutating func removeAll() {
    for priority in frames.indices { frames[priority] = [] }
    bytes = 0
  }

  private func peek() -> Int? {
    frames.lazy.compactMap { $0.first?.readableBytes }.first
  }

  private mutating func popFirst() -> ByteBuffer? {
    for priority in frames.indices {
      if let frame = frames[priority].popFirst() {
        bytes -= frame.readableBytes
        return frame
      }
    }
    return nil
  }
}

extension SendPriority {
  fileprivate var dropCause: GossipsubCounters.DropCause {
    switch self {
    case .control: .controlQueueFull
    case .publish: .publishQueueFull
    case .forward: .forwardQueueFull
    }
  }
}
