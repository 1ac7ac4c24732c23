/// Makes text from strangers fit for a terminal and for a log.
///
/// A chat message is written by somebody else: escape sequences in it could recolour, overwrite or retitle the
/// reader's terminal, a line break could forge a line of the log, and a bidirectional override could show a text
/// in another order than it has. All of these stay in the text, visibly:
///
/// ```swift
/// TerminalText.sanitized("\u{1b}[2Jhi\nthere")   // "␛[2Jhi␊there"
/// ```
public enum TerminalText {
  /// `text` with each dangerous scalar replaced by a visible one: C0 controls and DEL by their picture (`␛`, `␊`, `␡`),
  /// C1 controls, line and paragraph separators, and bidirectional controls by `\u{…}`. Text without any is returned
  /// as it is, after one scan of its bytes.
  public static func sanitized(_ text: String) -> String {
    guard mayContainDangerousScalar(text) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { append(scalar, to: &result) }
    return String(result)
  }

  /// As ``sanitized(_:)``, and never longer than `limit` bytes: cut text ends in `…`.
  public static func sanitized(_ text: String, limit: Int) -> String {
    // Made visible, a scalar grows from one byte to at most eight, so only a prefix needs to be looked at.
    let visible = sanitized(text.utf8.count <= limit ? text : UTF8Text.prefix(of: text, limit: limit))
    if visible.utf8.count <= limit, text.utf8.count <= limit { return visible }
    return UTF8Text.prefix(of: visible, limit: max(0, limit - 3)) + "…"
  }

  /// Whether a scalar could act on a terminal or on the order of the text around it.
  package static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true  // bidirectional controls
    case 0x2028, 0x2029: true  // line and paragraph separator
    case 0xFFF9...0xFFFB: true  // interlinear annotation
    default: false
    }
  }

  /// A scan of the bytes that may be wrong only in saying yes: it knows the lead bytes of the dangerous scalars.
  private static func mayContainDangerousScalar(_ text: String) -> Bool {
    for byte in text.utf8 {
      switch byte {
      case 0x00...0x1F, 0x7F, 0xC2, 0xD8, 0xE2, 0xEF: return true
      default: continue
      }
    }
    return false
  }

  private static func append(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
    guard isDangerous(scalar) else {
      result.append(scalar)
      return
    }
    switch scalar.value {
    case 0x00...0x1F:
      // The block "Control Pictures" has them in the same order.
      if let picture = Unicode.Scalar(0x2400 + scalar.value) { result.append(picture) }
    case 0x7F:
      result.append("\u{2421}")
    default:
      result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
    }
  }
}
