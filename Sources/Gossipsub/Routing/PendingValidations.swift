import Identity
import Limits

/// Messages whose signatures are being checked.
///
/// An id is not *seen* before the signature proved right: else anybody could silence an author by sending rubbish
/// under the id of the author's next message. In the meantime further copies with the same bytes are duplicates, and
/// others with the same id are candidates of their own, a few at most.
struct PendingValidations: Sendable {
  private struct Variant: Sendable {
    let message: Message
    /// Who else sent these very bytes, and need not be sent them.
    var copies: Set<PeerID>
  }

  enum Addition: Sendable {
    case added
    case duplicate
    case full
  }

  private var variants: [MessageID: [Variant]] = [:]
  private(set) var count = 0
  private let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
  }

  mutating func add(_ message: Message, from peer: PeerID) -> Addition {
    guard let known = variants[message.id] else {
      guard count < capacity else { return .full }
      variants[message.id] = [Variant(message: message, copies: [peer])]
      count += 1
      return .added
    }
    if let same = known.firstIndex(where: { $0.message.wire.encoded == message.wire.encoded }) {
      variants[message.id]?[same].copies.insert(peer)
      return .duplicate
    }
    guard count < capacity, known.count < Limits.Gossipsub.variants else { return .full }
    variants[message.id]?.append(Variant(message: message, copies: [peer]))
    count += 1
    return .added
  }

  /// The check is done: who sent these bytes; nil when nobody waits for it.
  mutating func finish(_ message: Message) -> Set<PeerID>? {
    guard var known = variants[message.id],
      let index = known.firstIndex(where: { $0.message.wire.encoded == message.wire.encoded })
    else { return nil }
    let copies = known.remove(at: index).copies
    variants[message.id] = known.isEmpty ? nil : known
    count -= 1
    return copies
  }
}
