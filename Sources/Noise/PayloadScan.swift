import Multiformats

/// A look over the fields of a handshake payload before it is decoded.
///
/// Protobuf lets a field that should be there once appear again, the last one winning, and lets varints be longer than
/// need be. Two readers may then see two identities in the same bytes; here such a payload is refused.
enum PayloadScan {
  /// `identity_key`, `identity_sig` and `extensions`: messages and bytes, each at most once.
  private static let single: Set<UInt64> = [1, 2, 4]

  private enum WireType {
    static let varint: UInt64 = 0
    static let fixed64: UInt64 = 1
    static let lengthDelimited: UInt64 = 2
    static let fixed32: UInt64 = 5
  }

  static func check(_ payload: [UInt8]) throws(NoiseError) {
    var rest = payload[...]
    var seen: Set<UInt64> = []
    while !rest.isEmpty {
      let tag = try varint(&rest)
      let (field, wireType) = (tag >> 3, tag & 7)
      guard field > 0, field < 1 << 29 else { throw .malformedPayload("field number \(field)") }
      if single.contains(field) {
        guard wireType == WireType.lengthDelimited else {
          throw .malformedPayload("field \(field) has wire type \(wireType), expected \(WireType.lengthDelimited)")
        }
        guard seen.insert(field).inserted else { throw .malformedPayload("field \(field) appears twice") }
      }
      switch wireType {
      case WireType.varint: _ = try varint(&rest)
      case WireType.fixed64: try skip(8, &rest)
      case WireType.lengthDelimited: try skip(try varint(&rest), &rest)
      case WireType.fixed32: try skip(4, &rest)
      default: throw .malformedPayload("wire type \(wireType) in field \(field)")
      }
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws(NoiseError) -> UInt64 {
    do {
      let (value, length) = try Varint.decode(rest)
      rest = rest.dropFirst(length)
      return value
    } catch {
      throw .malformedPayload("\(error)")
    }
  }

  private static func skip(_ count: UInt64, _ rest: inout ArraySlice<UInt8>) throws(NoiseError) {
    guard count <= UInt64(rest.count) else {
      throw .malformedPayload("a field of \(count) bytes, \(rest.count) are left")
    }
    rest = rest.dropFirst(Int(count))
  }
}
