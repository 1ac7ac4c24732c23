import Limits
import Multiformats
import NIOCore

/// One message of multistream-select 1.0: an unsigned varint length, then that many bytes of text that end in a
/// newline. The newline counts, both for the length and for the cap of ``Limits/Multistream/line``.
enum Line {
  /// What both ends say first.
  static let header = "/multistream/1.0.0"
  /// The answer to a proposal that is not supported.
  static let notAvailable = "na"

  private static let newline = UInt8(ascii: "\n")

  /// Takes one whole line from the front of `buffer`.
  ///
  /// A bad length is reported as soon as it is seen, before the text behind it has arrived, so that a peer cannot
  /// make us wait for (or hold) what will be refused anyway.
  ///
  /// - Returns: the text without its newline; `nil` when more bytes are needed, with `buffer` unmoved.
  static func read(from buffer: inout ByteBuffer) throws(MultistreamError) -> String? {
    let body: ByteBuffer?
    do {
      body = try buffer.readLengthPrefixed(limit: Limits.Multistream.line)
    } catch {
      switch error {
      case .tooLong(let length, let limit): throw .lineTooLong(length: length, limit: limit)
      case .malformed(let reason): throw .malformedLength(reason)
      }
    }
    guard let body else { return nil }
    // An empty line, and one of nothing but a newline, name no protocol.
    guard body.readableBytes > 1 else { throw .emptyLine }
    return try body.withUnsafeReadableBytes { bytes throws(MultistreamError) in
      guard bytes.last == newline else { throw .missingNewline }
      let text = bytes.dropLast()
      // Control characters name no protocol and would reach a log: the NUL above all, and a second newline.
      guard !text.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { throw .controlCharacter }
      guard let line = String(validating: text, as: UTF8.self) else { throw .invalidUTF8 }
      return line
    }
  }

  /// Appends `text` to `buffer` as one line.
  static func write(_ text: String, to buffer: inout ByteBuffer) {
    let bytes = text.utf8
    buffer.writeVarint(UInt64(bytes.count &+ 1))
    buffer.writeBytes(bytes)
    buffer.writeInteger(newline)
  }
}
