import Limits
import Synchronization

/// What waits for the handlers of a room: so much and no more, the newest of it.
final class RoomInbox: Sendable {
  let messages: AsyncStream<ChatMessage>
  let lines: AsyncStream<String>
  private let messageInput: AsyncStream<ChatMessage>.Continuation
  private let lineInput: AsyncStream<String>.Continuation
  private let lostMessages = Atomic(0)
  private let lostLines = Atomic(0)

  init() {
    (messages, messageInput) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Limits.Chat.roomBuffer))
    (lines, lineInput) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Limits.Chat.roomBuffer))
  }

  var droppedMessages: Int { lostMessages.load(ordering: .relaxed) }
  var droppedLines: Int { lostLines.load(ordering: .relaxed) }

  /// Takes what of the node's events concerns people.
  func take(_ event: ChatEvent) {
    switch event {
    case .message(let message):
      if case .dropped = messageInput.yield(message) { lostMessages.add(1, ordering: .relaxed) }
    case .connected(let peer, _, _): put("Connected to peer \(peer)")
    case .disconnected(let peer, _): put("Disconnected from peer \(peer)")
    case .malformed(let peer, let input): put("Dropped a malformed \(input.kind.rawValue) of \(peer)")
    default: break
    }
  }

  /// Adds a line.
  func put(_ line: String) {
    if case .dropped = lineInput.yield(line) { lostLines.add(1, ordering: .relaxed) }
  }

  func finish() {
    messageInput.finish()
    lineInput.finish()
  }
}
