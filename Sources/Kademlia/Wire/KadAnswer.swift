import Limits
import Multiformats
import NIOCore

/// The bytes of an answer.
struct KadAnswer {
  let body: ByteBuffer
  /// Whether that is all of it.
  let isWhole: Bool
}

extension ByteBuffer {
  /// Reads an answer that its length stands before, if enough of it has arrived.
  ///
  /// Of one that is longer than is read at all, the fields that are whole in its beginning: go names up to 4 MiB of
  /// providers, and whoever makes up some thousands of them must not keep us from hearing of any.
  mutating func readKadAnswer() throws -> KadAnswer? {
    let limit = Limits.Kademlia.response
    var rest = self
    guard let length = try rest.readVarint(), length > UInt64(limit), length <= UInt64(Limits.Kademlia.responseBegun)
    else { return try readLengthPrefixed(limit: limit).map { KadAnswer(body: $0, isWhole: true) } }
    guard rest.readableBytes >= limit else { return nil }
    self = rest
    return readSlice(length: limit).map { KadAnswer(body: $0.wholeFields, isWhole: false) }
  }

  /// What comes before the field of a protobuf that does not end, or cannot be read.
  private var wholeFields: ByteBuffer {
    var rest = self
    while rest.skipField() {}
    return getSlice(at: readerIndex, length: rest.readerIndex - readerIndex) ?? ByteBuffer()
  }

  private mutating func skipField() -> Bool {
    var rest = self
    guard let tag = try? rest.readVarint() else { return false }
    var size = 0
    switch tag & 7 {
    case 0:
      guard (try? rest.readVarint()) != nil else { return false }
    case 1: size = 8
    case 2:
      guard let length = try? rest.readVarint(), let bytes = Int(exactly: length) else { return false }
      size = bytes
    case 5: size = 4
    default: return false
    }
    guard size <= rest.readableBytes else { return false }
    rest.moveReaderIndex(forwardBy: size)
    self = rest
    return true
  }
}
