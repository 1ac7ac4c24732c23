import CSodium
import LuaVM

/// Bytes: their fingerprint, and a form of them that is text.
enum BytesFunctions {
  static let section = APISection("Bytes", entries: entries)

  private static let entries = [
    APIEntry(
      "uc.sha256", .function, "uc.sha256(bytes) -> string",
      "The SHA-256 of some bytes, as 64 hexadecimal digits in lower case.", type: "fun(bytes: string): string",
      .function { _, call throws(Misuse) in
        let bytes = try call.requireBytes(1, "bytes", of: "uc.sha256")
        call.results.string(SHA256Text.of(bytes))
        return .values
      }),
    APIEntry(
      "uc.base64.encode", .function, "uc.base64.encode(bytes) -> string", "Bytes as base64, with padding.",
      type: "fun(bytes: string): string",
      .function { _, call throws(Misuse) in
        call.results.bytes(Base64.encode(try call.requireBytes(1, "bytes", of: "uc.base64.encode")))
        return .values
      }),
    APIEntry(
      "uc.base64.decode", .function, "uc.base64.decode(text) -> string | nil, code",
      "The bytes that base64 stands for.",
      type: "fun(text: string): string?, uc.SyntaxCode?",
      details: """
        The padding may be left out, and both alphabets are read: `+` and `/`, or `-` and `_`. The code is `syntax`: other
        characters (white space too), or a length that base64 does not have.
        """,
      .function { _, call throws(Misuse) in
        if let bytes = Base64.decode(try call.requireBytes(1, "text", of: "uc.base64.decode")) {
          call.results.bytes(bytes)
        } else {
          call.results.failure("syntax")
        }
        return .values
      }),
  ]
}

extension LuaCall {
  func requireBytes(_ index: Int, _ name: String, of function: String) throws(Misuse) -> UnsafeRawBufferPointer {
    guard let bytes = bytes(index) else {
      throw Misuse("\(function): argument \(index) (\(name)) must be a string, got \(type(index).name)")
    }
    return bytes
  }
}

/// SHA-256 as hexadecimal digits.
enum SHA256Text {
  static func of(_ bytes: UnsafeRawBufferPointer) -> String {
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    // It reads nothing where there are no bytes, but wants an address.
    var nothing: UInt8 = 0
    withUnsafeBytes(of: &nothing) { empty in
      let start = (bytes.baseAddress ?? empty.baseAddress)?.assumingMemoryBound(to: UInt8.self)
      if let start { crypto_hash_sha256(&digest, start, UInt64(bytes.count)) }
    }
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// Base64 (RFC 4648 §4, and §5 when reading).
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for position in 0..<3 { bits = bits << 8 | UInt32(position < group.count ? group[start + position] : 0) }
      for position in 0..<4 {
        let isPadding = position > group.count
        text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> (18 - 6 * UInt32(position)) & 63)])
      }
    }
    return text
  }

  /// nil: it is no base64.
  static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    var count = text.count
    if count % 4 == 0 {
      // Only a text of whole groups may be padded.
      for _ in 0..<2 where count > 0 && text[count - 1] == UInt8(ascii: "=") { count -= 1 }
    }
    guard count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count / 4 * 3 + 2)
    var bits: UInt32 = 0
    var held = 0
    for byte in text.prefix(count) {
      guard let value = value(of: byte) else { return nil }
      bits = bits << 6 | value
      held += 6
      guard held >= 8 else { continue }
      held -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      bits &= (1 << UInt32(held)) - 1
    }
    // What is left over must be nothing, so that one sequence of bytes has one form.
    return bits == 0 ? bytes : nil
  }

  private static func value(of byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
