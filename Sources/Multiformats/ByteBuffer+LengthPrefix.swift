import NIOCore

// `Multiformats.LengthPrefixError` is spelt out here: NIO has an error of that name inside `ByteBuffer`.
extension ByteBuffer {
  /// Reads a message that its length stands before as a varint, if all of it has arrived.
  ///
  /// The length is judged as soon as it is there: nobody can make the caller wait, or buffer, for a body that it
  /// would refuse anyway.
  ///
  /// - Parameter limit: the longest body that is taken, in bytes.
  /// - Returns: the body as a slice of this buffer, or `nil` if more bytes are needed (the reader index has then not
  ///   moved).
  /// - Throws: `LengthPrefixError.tooLong` or `.malformed`.
  public mutating func readLengthPrefixed(limit: Int) throws(Multiformats.LengthPrefixError) -> ByteBuffer? {
    let prefix: (value: UInt64, length: Int)?
    do {
      prefix = try peekVarint()
    } catch {
      throw .malformed(error)
    }
    guard let (announced, prefixLength) = prefix else { return nil }
    guard let length = Int(exactly: announced), length <= limit else {
      throw .tooLong(length: announced, limit: limit)
    }
    // The prefix itself is readable, so this subtraction cannot go below zero.
    guard readableBytes - prefixLength >= length else { return nil }
    moveReaderIndex(forwardBy: prefixLength)
    return readSlice(length: length)
  }

  /// Writes the length of `body` as a varint, then its readable bytes.
  @discardableResult
  public mutating func writeLengthPrefixed(_ body: ByteBuffer) -> Int {
    writeVarint(UInt64(body.readableBytes)) + writeImmutableBuffer(body)
  }

  /// Writes the length of `body` as a varint, then its bytes.
  @discardableResult
  public mutating func writeLengthPrefixed(_ body: some Collection<UInt8>) -> Int {
    writeVarint(UInt64(body.count)) + writeBytes(body)
  }
}
