import NIOCore

extension ByteBuffer {
  /// Writes a number as a varint; returns how many bytes that took.
  @discardableResult
  public mutating func writeVarint(_ value: UInt64) -> Int {
    var rest = value
    var written = 1
    while rest >= 0x80 {
      writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
      written += 1
    }
    writeInteger(UInt8(truncatingIfNeeded: rest))
    return written
  }

  /// Reads a varint, if all of it has arrived.
  ///
  /// - Returns: `nil` if more bytes are needed; the reader index has then not moved.
  /// - Throws: `VarintError.overflow` or `.notMinimal`, as soon as the bytes show it.
  public mutating func readVarint() throws(VarintError) -> UInt64? {
    guard let (value, length) = try peekVarint() else { return nil }
    moveReaderIndex(forwardBy: length)
    return value
  }

  /// Reads a varint without moving the reader index: its value and its length in bytes.
  func peekVarint() throws(VarintError) -> (value: UInt64, length: Int)? {
    do {
      return try Varint.decode(readableBytesView.prefix(Varint.maximumLength))
    } catch .truncated {
      return nil
    } catch {
      throw error
    }
  }
}
