import NIOCore

/// Cuts the byte stream into headers and pieces of payload, however it was split on its way.
///
/// It holds at most eleven bytes of an unfinished header, inline. Payload is never collected: every piece that
/// arrives is handed on as a slice, so that a length in a header allocates nothing.
struct FrameDecoder {
  /// What the decoder found next.
  enum Piece {
    /// A whole, valid header.
    case header(FrameHeader)
    /// Some bytes of the payload of the last data header; `isLast` when they complete it.
    case payload(ByteBuffer, isLast: Bool)
  }

  /// The words of an unfinished header, filled from the low end.
  private var words: (UInt32, UInt32, UInt32) = (0, 0, 0)
  /// Bytes in `words`, 0 to 11.
  private var headerBytes = 0
  /// Bytes of payload still to come.
  private(set) var payloadRemaining = 0

  /// Takes the next piece out of `buffer`, or everything that is left when that is less than a piece (`nil`).
  mutating func next(_ buffer: inout ByteBuffer) throws(YamuxError) -> Piece? {
    if payloadRemaining > 0 {
      guard let slice = buffer.readSlice(length: min(payloadRemaining, buffer.readableBytes)), slice.readableBytes > 0
      else { return nil }
      payloadRemaining -= slice.readableBytes
      return .payload(slice, isLast: payloadRemaining == 0)
    }
    guard let words = readHeader(&buffer) else { return nil }
    let header = try FrameHeader(words: words)
    if header.type == .data { payloadRemaining = Int(header.length) }
    return .header(header)
  }

  private mutating func readHeader(_ buffer: inout ByteBuffer) -> (UInt32, UInt32, UInt32)? {
    if headerBytes == 0, let whole = buffer.readMultipleIntegers(as: (UInt32, UInt32, UInt32).self) { return whole }
    while headerBytes < FrameHeader.size {
      guard let byte = buffer.readInteger(as: UInt8.self) else { return nil }
      switch headerBytes {
      case 0..<4: words.0 = words.0 << 8 | UInt32(byte)
      case 4..<8: words.1 = words.1 << 8 | UInt32(byte)
      default: words.2 = words.2 << 8 | UInt32(byte)
      }
      headerBytes += 1
    }
    defer {
      words = (0, 0, 0)
      headerBytes = 0
    }
    return words
  }
}
