import Limits

/// Text on its way to a log or a terminal.
package enum LogText {
  /// Makes every character visible that a terminal would obey instead of show: control characters, escapes, line ends
  /// and marks that turn the writing direction. Cuts what is longer than a log line.
  package static func line(_ text: String) -> String {
    let cut = text.utf8.count > Limits.Lua.logLine
    let kept = cut ? String(text.utf8.prefix(Limits.Lua.logLine)) ?? lossyPrefix(of: text) : text
    guard cut || kept.unicodeScalars.contains(where: isUnsafe) else { return kept }
    var clean = ""
    for scalar in kept.unicodeScalars {
      guard isUnsafe(scalar) else {
        clean.unicodeScalars.append(scalar)
        continue
      }
      switch scalar {
      case "\n": clean += "\\n"
      case "\r": clean += "\\r"
      case _ where scalar.value < 0x100: clean += "\\x" + hexadecimal(scalar.value, digits: 2)
      default: clean += "\\u{" + hexadecimal(scalar.value, digits: 4) + "}"
      }
    }
    return cut ? clean + "…" : clean
  }

  /// Several lines, each made safe.
  package static func lines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line(String($0)) }.joined(separator: "\n")
  }

  private static func lossyPrefix(of text: String) -> String {
    String(decoding: Array(text.utf8.prefix(Limits.Lua.logLine)), as: UTF8.self)
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09: false
    case 0...0x1F, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
