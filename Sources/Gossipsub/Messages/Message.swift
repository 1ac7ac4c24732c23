import Identity
import NIOCore

/// The name of a message, by which duplicates are known: the author's peer id and sequence number, as go-libp2p has it.
///
/// Ids of peers with another notion of them (wire.md §5.2) are bytes all the same, and mean something to those peers only.
public typealias MessageID = [UInt8]

/// A pubsub message of known form: it has an author, a sequence number and a topic. Whether its signature is right is
/// for `MessageValidator.verify` to say.
public struct Message: Sendable {
  /// The author's peer id followed by the sequence number.
  public let id: MessageID
  /// Who wrote it (not: who sent it on).
  public let source: PeerID
  /// Where it was published.
  public let topic: String
  /// The message as it goes over the wire.
  public let wire: WireMessage

  /// The payload; it shares the message's memory.
  public var data: ByteBuffer { wire.payload }
  /// Eight bytes, big-endian, unlike any other of the author's.
  public var seqno: [UInt8] { Array(wire.seqno ?? ByteBufferView()) }
  /// The author's signature, or nothing under a lax policy.
  public var signature: [UInt8]? { wire.signature.map { Array($0) } }
  /// The author's public key as it came with the message.
  public var key: [UInt8]? { wire.key.map { Array($0) } }
  /// Whether there is a signature; if there is, it was checked before the message was delivered.
  public var isSigned: Bool { !(wire.signature?.isEmpty ?? true) }

  init(id: MessageID, source: PeerID, topic: String, wire: WireMessage) {
    self.id = id
    self.source = source
    self.topic = topic
    self.wire = wire
  }
}

extension WireMessage {
  /// The id, or nil when the author or a sequence number of eight bytes is missing.
  public var id: MessageID? {
    guard let from, !from.isEmpty, let seqno, seqno.count == Message.sequenceNumberBytes else { return nil }
    var id: MessageID = []
    id.reserveCapacity(from.count + seqno.count)
    id.append(contentsOf: from)
    id.append(contentsOf: seqno)
    return id
  }
}

extension Message {
  /// What rust and js demand, and go sends.
  static let sequenceNumberBytes = 8
}
