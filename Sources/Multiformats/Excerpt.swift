/// Pieces of foreign text, fit to stand in an error message or a log: short, in one line, without control characters.
package enum Excerpt {
  private static let longest = 64

  /// At most 64 characters of `bytes` in double quotes; what is not printable is escaped.
  package static func quoted(_ bytes: some Collection<UInt8>) -> String {
    var text = "\""
    for scalar in String(decoding: bytes.prefix(longest), as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case _ where isPrintable(scalar): text.unicodeScalars.append(scalar)
      default: text += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return text + (bytes.count > longest ? "…\"" : "\"")
  }

  /// Control, format, surrogate and separator characters can forge lines or turn the reading direction of a log.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
    default: true
    }
  }
}
