import UniversalConnectivity

/// Writes one JSON object (RFC 8259) on one line, field after field.
///
/// A few lines of our own, since Foundation's encoder would bring in several megabytes for them.
struct JSONObject {
  private(set) var text = "{"

  /// The finished object.
  var line: String { text + "}" }

  mutating func add(_ name: String, _ value: String) {
    addName(name)
    Self.appendQuoted(value, to: &text)
  }

  mutating func add(_ name: String, _ value: Int) {
    addName(name)
    text += String(value)
  }

  /// JSON has no infinity and no NaN; they are written as null.
  mutating func add(_ name: String, _ value: Double) {
    addName(name)
    text += value.isFinite ? String(value) : "null"
  }

  mutating func add(_ name: String, _ value: Bool) {
    addName(name)
    text += value ? "true" : "false"
  }

  mutating func add(_ name: String, _ values: [String]) {
    addName(name)
    text += "["
    for (index, value) in values.enumerated() {
      if index > 0 { text += "," }
      Self.appendQuoted(value, to: &text)
    }
    text += "]"
  }

  mutating func add(_ name: String, _ value: JSONObject) {
    addName(name)
    text += value.line
  }

  private mutating func addName(_ name: String) {
    if text.utf8.count > 1 { text += "," }
    Self.appendQuoted(name, to: &text)
    text += ":"
  }

  /// Escapes what JSON demands (quotation mark, backslash, C0 controls) and also what could act on a terminal: a JSON log
  /// is looked at in terminals too.
  static func appendQuoted(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case _ where TerminalText.isDangerous(scalar):
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
