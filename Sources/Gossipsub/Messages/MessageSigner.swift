import Identity
import Multiformats
import NIOCore

/// Makes signed messages of one author.
///
/// Every message carries the author's key, also where it could be read from the id: py-libp2p up to 0.5 insists on it
/// and nobody minds (wire.md §1.2).
public struct MessageSigner: Sendable {
  private let keyPair: KeyPair
  private let source: PeerID
  private var nextSequenceNumber: UInt64

  /// What the signature covers before the message itself.
  static let prefix: StaticString = "libp2p-pubsub:"

  /// A signer whose first message has the given sequence number.
  ///
  /// - Parameter firstSequenceNumber: nanoseconds since 1970, so that neither a restart nor another author ever gives
  ///   the same number: the js applications know a message by this number alone (wire.md §1.3).
  public init(keyPair: KeyPair, firstSequenceNumber: UInt64) {
    self.keyPair = keyPair
    self.source = keyPair.peerID
    self.nextSequenceNumber = firstSequenceNumber
  }

  /// A new message with the next sequence number.
  public mutating func sign(_ data: ByteBuffer, topic: String) throws -> Message {
    var seqno = ByteBuffer()
    seqno.writeInteger(nextSequenceNumber)
    nextSequenceNumber &+= 1

    let key = keyPair.publicKey.protobuf
    var encoded = ByteBufferAllocator().buffer(capacity: data.readableBytes + topic.utf8.count + key.count + 160)
    encoded.writeField(1, source.bytes)
    encoded.writeField(2, data.readableBytesView)
    encoded.writeField(3, seqno.readableBytesView)
    encoded.writeField(4, topic.utf8)

    var signed = ByteBufferAllocator().buffer(capacity: encoded.readableBytes + 16)
    signed.writeStaticString(Self.prefix)
    signed.writeImmutableBuffer(encoded)
    encoded.writeField(5, try signed.withUnsafeReadableBytes { bytes in try keyPair.sign(bytes) })
    encoded.writeField(6, key)

    let wire = try WireMessage(encoded)
    return Message(id: source.bytes + Array(seqno.readableBytesView), source: source, topic: topic, wire: wire)
  }
}
