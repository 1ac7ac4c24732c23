/// How many columns of a terminal a character takes.
///
/// Terminals do not agree on everything; where they may differ, ``isCertain(_:)`` says so, and whoever draws places the
/// cursor anew behind such a character instead of trusting it.
public enum CharacterWidth {
  /// 0, 1 or 2 columns.
  public static func of(_ character: Character) -> Int {
    // Nearly all text is this.
    if let ascii = character.asciiValue { return ascii >= 0x20 && ascii < 0x7F ? 1 : 0 }
    var sum = 0
    var isEmoji = false
    for scalar in character.unicodeScalars {
      // A selector for the picture, a joiner, a second flag letter: the whole is one picture.
      if scalar.value == 0xFE0F || scalar.value == 0x200D || isRegionalIndicator(scalar) { isEmoji = true }
      sum += of(scalar)
    }
    return isEmoji && sum > 0 ? 2 : min(sum, 2)
  }

  /// The columns of all characters of a text.
  public static func of(_ text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + of($1) }
  }

  /// Whether all terminals agree on the width of a character.
  public static func isCertain(_ character: Character) -> Bool {
    if character.isASCII { return true }
    var scalars = character.unicodeScalars.makeIterator()
    guard let first = scalars.next() else { return true }
    // What Unicode calls ambiguous is one column everywhere but in old East Asian set-ups, as are our own frames.
    if scalars.next() == nil {
      return first.value < 0x1100 || isInTable(first) || (0x2000...0x25FF).contains(first.value)
    }
    return false
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .control, .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
    default: break
    }
    // The second and third letters of a Korean syllable stand in the space of the first.
    if (0x1160...0x11FF).contains(scalar.value) || (0xD7B0...0xD7FF).contains(scalar.value) { return 0 }
    // The colour of a skin, alone, is a picture; behind a picture it adds nothing, which the limit of two sees to.
    return scalar.properties.isEmojiPresentation || isInTable(scalar) ? 2 : 1
  }

  private static func isRegionalIndicator(_ scalar: Unicode.Scalar) -> Bool {
    (0x1F1E6...0x1F1FF).contains(scalar.value)
  }

  private static func isInTable(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x1100 && wide.contains { $0.contains(scalar.value) }
  }

  /// East Asian characters that are wide or full width (Unicode's `EastAsianWidth.txt`); pictures are known by their
  /// property.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]
}
