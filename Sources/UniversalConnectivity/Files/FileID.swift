import Limits

/// What a file is asked for by.
///
/// Our own are random UUIDs: rust and nim take nothing but such ASCII (wire.md §1.16), and who does not know one cannot
/// guess it. Those of others are any text: they are compared and sent, and are never a path.
public enum FileID {
  /// A new id, a UUID of version 4.
  public static func random(using generator: inout some RandomNumberGenerator) -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += String(byte >> 4, radix: 16) + String(byte & 0x0F, radix: 16)
    }
    return text
  }

  /// The id that bytes from the wire are: UTF-8 of at most `Limits.Files.id` bytes without control characters.
  static func read(_ bytes: some Collection<UInt8>) -> String? {
    guard !bytes.isEmpty, bytes.count <= Limits.Files.id, let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(where: TerminalText.isDangerous)
    else { return nil }
    return text
  }

  /// A name for the file in a folder of downloads: letters, digits, `-`, `_` and dots inside stay, everything else
  /// becomes `_`. It has no slash and does not begin with a dot, so it stays in the folder whatever the id is.
  ///
  /// Two ids may give one name; what is there already is never overwritten.
  public static func downloadName(_ id: String) -> String {
    var name: [UInt8] = []
    for byte in id.utf8.prefix(Limits.Files.downloadName) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        name.append(byte)
      case UInt8(ascii: ".") where !name.isEmpty: name.append(byte)
      default: name.append(UInt8(ascii: "_"))
      }
    }
    return name.isEmpty ? "_" : String(decoding: name, as: UTF8.self)
  }
}
