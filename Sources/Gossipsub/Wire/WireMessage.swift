import Multiformats
import NIOCore

/// A pubsub message as it stands in an RPC: bytes, with the places of its fields, any of which may be missing.
///
/// The bytes are kept because a message is forwarded exactly as it came, and because its signature covers them. The
/// fields are slices of those bytes. What the fields *mean* is checked by `MessageValidator`, which makes a `Message`
/// of it.
public struct WireMessage: Sendable {
  /// The whole message, as received or as signed.
  public private(set) var encoded: ByteBuffer

  private var fields: (from: Slice, data: Slice, seqno: Slice, topic: Slice, signature: Slice, key: Slice)
  /// The length of the encoding's first part when that is the signed part as it stands; nil when it must be rebuilt.
  private var signedPrefix: Int?
  /// Fields that this version does not know. Go and Python keep them when they re-encode for the signature, so they
  /// are signed bytes.
  private var unknown: [Range<Int>] = []

  /// The bytes of the author's peer id.
  public var from: ByteBufferView? { view(fields.from) }
  /// The payload.
  public var data: ByteBufferView? { view(fields.data) }
  /// The author's sequence number.
  public var seqno: ByteBufferView? { view(fields.seqno) }
  /// The topic's name, not yet checked to be UTF-8.
  public var topic: ByteBufferView? { view(fields.topic) }
  /// The author's signature.
  public var signature: ByteBufferView? { view(fields.signature) }
  /// The author's public key, as protobuf.
  public var key: ByteBufferView? { view(fields.key) }
  /// The payload as a buffer that shares the message's memory; empty when there is none.
  public var payload: ByteBuffer {
    guard let place = fields.data.range else { return ByteBuffer() }
    return encoded.getSlice(at: encoded.readerIndex + place.lowerBound, length: place.count) ?? ByteBuffer()
  }

  /// Reads the places of the fields; as in every protobuf decoder, of a repeated field the last one counts.
  public init(_ encoded: ByteBuffer) throws(RPCError) {
    self.encoded = encoded
    fields = (.absent, .absent, .absent, .absent, .absent, .absent)
    var places = fields
    var strangers: [Range<Int>] = []
    var signedEnd = 0
    var lastSigned: UInt64 = 0
    var isCanonical = true
    try encoded.scan { bytes throws(RPCError) in
      var walk = ProtobufFields(bytes)
      while let field = try walk.next() {
        guard field.wireType == .bytes, (1...6).contains(field.number) else {
          strangers.append(field.whole)
          isCanonical = false
          continue
        }
        let place = Slice(field.value)
        switch field.number {
        case 1: places.from = place
        case 2: places.data = place
        case 3: places.seqno = place
        case 4: places.topic = place
        case 5: places.signature = place
        default: places.key = place
        }
        guard field.number <= 4 else { continue }
        // Canonical: each once, ascending, from the first byte on, with the shortest tags and lengths.
        let minimal = 1 + Varint.encodedLength(UInt64(field.value.count)) + field.value.count
        if field.number <= lastSigned || field.whole.lowerBound != signedEnd || field.whole.count != minimal {
          isCanonical = false
        }
        lastSigned = field.number
        signedEnd = field.whole.upperBound
      }
    }
    fields = places
    unknown = strangers
    signedPrefix = isCanonical ? signedEnd : nil
  }

  /// The bytes that the signature covers, without the `libp2p-pubsub:` prefix: the message with fields 1 to 4 only.
  ///
  /// All stacks leave out the key as well as the signature (wire.md §5.1).
  public func writeSignedPart(to output: inout ByteBuffer) {
    if let signedPrefix {
      output.writeBytes(encoded.readableBytesView.prefix(signedPrefix))
      return
    }
    for (number, place) in [(1, fields.from), (2, fields.data), (3, fields.seqno), (4, fields.topic)] {
      if let bytes = view(place) { output.writeField(UInt8(number), bytes) }
    }
    for place in unknown {
      output.writeBytes(encoded.readableBytesView.dropFirst(place.lowerBound).prefix(place.count))
    }
  }

  /// The same message in memory of its own, when it would otherwise keep a much larger buffer alive.
  ///
  /// A message is a slice of what was read from the connection. One that is cached or waits in a queue must not hold
  /// a whole frame of other things, or the bounds of those places would mean nothing.
  public func detached() -> WireMessage {
    guard encoded.storageCapacity > 2 * encoded.readableBytes + 1_024 else { return self }
    var copy = self
    copy.encoded = ByteBuffer(bytes: encoded.readableBytesView)
    return copy
  }

  private func view(_ place: Slice) -> ByteBufferView? {
    guard let range = place.range else { return nil }
    return encoded.viewBytes(at: encoded.readerIndex + range.lowerBound, length: range.count)
  }

  /// A place in the encoding, packed because every message in a queue has six of them.
  private struct Slice {
    private let start: UInt32
    private let count: UInt32

    static let absent = Slice(start: .max, count: 0)

    private init(start: UInt32, count: UInt32) {
      self.start = start
      self.count = count
    }

    init(_ range: Range<Int>) {
      start = UInt32(clamping: range.lowerBound)
      count = UInt32(clamping: range.count)
    }

    var range: Range<Int>? {
      start == .max ? nil : Int(start)..<(Int(start) + Int(count))
    }
  }
}
