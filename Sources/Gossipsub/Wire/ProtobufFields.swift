import Multiformats
import NIOCore

/// Walks the fields of one protobuf message without decoding or copying them.
///
/// Two things need it: counting elements *before* a decoder turns each of them into an object, and naming the bytes
/// of a message so that they can be verified and forwarded exactly as they came. Offsets are those of the whole
/// frame. Every read is preceded by its bounds check: an `UnsafeRawBufferPointer` has none of its own in a release
/// build.
struct ProtobufFields {
  /// How a field's value is laid out. Groups (3 and 4) are long deprecated and refused.
  enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
  }

  struct Field {
    let number: UInt64
    let wireType: WireType
    /// Tag, length and value.
    let whole: Range<Int>
    /// The value alone; for `bytes` without its length.
    let value: Range<Int>

    /// The value's place when this is the length-delimited field of that number.
    func bytes(_ number: UInt64) -> Range<Int>? {
      self.number == number && wireType == .bytes ? value : nil
    }
  }

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int

  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>? = nil) {
    let whole = 0..<bytes.count
    let range = (range ?? whole).clamped(to: whole)
    self.bytes = bytes
    self.position = range.lowerBound
    self.end = range.upperBound
  }

  /// The next field, or nil at the end of the message.
  mutating func next() throws(RPCError) -> Field? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    let number = tag >> 3
    guard number > 0, number <= 0x1FFF_FFFF else { throw .malformed("field number \(number)", offset: start) }
    guard let wireType = WireType(rawValue: UInt8(truncatingIfNeeded: tag & 7)) else {
      throw .malformed("wire type \(tag & 7)", offset: start)
    }
    let length: Int
    var valueStart = position
    switch wireType {
    case .varint:
      _ = try varint()
      length = position - valueStart
      position = valueStart
    case .fixed64: length = 8
    case .fixed32: length = 4
    case .bytes:
      let claimed = try varint()
      valueStart = position
      guard claimed <= UInt64(end - position) else {
        throw .malformed("length \(claimed) beyond the end", offset: start)
      }
      length = Int(claimed)
    }
    guard length <= end - valueStart else { throw .malformed("field cut short", offset: start) }
    position = valueStart + length
    return Field(number: number, wireType: wireType, whole: start..<position, value: valueStart..<position)
  }

  private mutating func varint() throws(RPCError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = bytes[position]
      position += 1
      // The tenth byte has room for the 64th bit only.
      if shift == 63, byte > 1 { throw .malformed("varint over 64 bits", offset: start) }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte & 0x80 == 0 { return value }
      shift += 7
      if shift > 63 { throw .malformed("varint over ten bytes", offset: start) }
    }
    throw .malformed("varint cut short", offset: start)
  }
}

extension ByteBuffer {
  /// Hands the readable bytes to a closure that throws this module's error type.
  func scan<T>(_ body: (UnsafeRawBufferPointer) throws(RPCError) -> T) throws(RPCError) -> T {
    let result: Result<T, RPCError> = withUnsafeReadableBytes { bytes in
      do throws(RPCError) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Writes a length-delimited protobuf field.
  mutating func writeField(_ number: UInt8, _ bytes: some Collection<UInt8>) {
    writeInteger(number &<< 3 | 2)
    writeLengthPrefixed(bytes)
  }
}
