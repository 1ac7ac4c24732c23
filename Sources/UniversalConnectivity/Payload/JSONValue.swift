/// A value of a JSON text (RFC 8259) that a stranger wrote.
///
/// A reader of our own, since Foundation's would bring in several megabytes for it, and since this one is bounded: by
/// `Limits.Chat.jsonDepth` and `jsonValues`, whatever the text holds.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The value that `bytes` are, all of them; nil when they are not JSON, or go beyond the bounds.
  init?(_ bytes: [UInt8]) {
    // JSON is UTF-8; looked at once here, so that pieces of it need no second look.
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    var parser = JSONParser(bytes)
    guard let value = parser.whole() else { return nil }
    self = value
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

  /// The number, where it is a whole one of 64 bits.
  var integer: UInt64? { number.flatMap { UInt64(exactly: $0) } }

  /// `text` between quotation marks, with what JSON demands escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
