/// Unsigned variable-length integers as multiformats define them: seven bits a byte, least significant first.
///
/// Stricter than protobuf's: the shortest form is the only one, and a value has at most 63 bits, so nine bytes
/// (multiformats/unsigned-varint, "Practical maximum"). Lengths, protocol codes and hash codes are written so.
public enum Varint {
  /// Most bytes that a varint read from a peer may take.
  public static let maximumLength = 9

  /// Writes a number in its shortest form.
  ///
  /// Numbers of 64 bits come out as ten bytes, which no reader accepts; nothing that this project writes is as large.
  @inlinable
  public static func encode(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(encodedLength(value))
    append(value, to: &bytes)
    return bytes
  }

  /// Writes a number in its shortest form at the end of `bytes`.
  @inlinable
  public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// How many bytes `encode` takes for a number.
  @inlinable
  public static func encodedLength(_ value: UInt64) -> Int {
    let bits = UInt64.bitWidth - value.leadingZeroBitCount
    return max(1, (bits + 6) / 7)
  }

  /// Reads the number that stands at the beginning of `bytes`; what follows it is left alone.
  ///
  /// - Throws: `VarintError.truncated` if `bytes` ends within the number, `.overflow` if it has more than 63 bits,
  ///   `.notMinimal` if a shorter form of it exists.
  @inlinable
  public static func decode(
    _ bytes: some Collection<UInt8>
  ) throws(VarintError) -> (value: UInt64, length: Int) {
    var value: UInt64 = 0
    var length = 0
    for byte in bytes {
      guard length < maximumLength else { throw .overflow }
      value |= UInt64(byte & 0x7f) << UInt64(7 * length)
      length += 1
      if byte & 0x80 == 0 {
        // A last byte of zero adds nothing: the number has a shorter form.
        guard byte != 0 || length == 1 else { throw .notMinimal }
        return (value, length)
      }
    }
    guard length < maximumLength else { throw .overflow }
    throw .truncated
  }
}
