/// Durations as people write them: `90` (seconds), `10m`, `1h30m`, `1.5h`, `2d`, `1w`.
enum WrittenDuration {
  /// Seconds; nil when it is none, or longer than thirty years.
  static func seconds(_ text: String) -> Double? {
    if let seconds = PlainNumber.double(text) { return seconds >= 0 && seconds <= 1e9 ? seconds : nil }
    var total = 0.0
    var digits = ""
    var smallest = Double.infinity
    for character in text.lowercased() {
      if ("0"..."9").contains(character) || character == "." {
        digits.append(character)
        continue
      }
      // Larger units stand before smaller ones, each once: "30m1h" is a slip.
      guard let unit = unit(character), unit < smallest, let number = PlainNumber.double(digits) else { return nil }
      total += number * unit
      smallest = unit
      digits = ""
    }
    return digits.isEmpty && smallest.isFinite && total <= 1e9 ? total : nil
  }

  private static func unit(_ character: Character) -> Double? {
    switch character {
    case "s": 1
    case "m": 60
    case "h": 3_600
    case "d": 86_400
    case "w": 604_800
    default: nil
    }
  }
}

/// Numbers as people write them: decimal, with neither "nan" nor hexadecimal digits.
enum PlainNumber {
  static func double(_ text: String) -> Double? {
    let isPlain = text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || [43, 45, 46, 69, 101].contains(byte)  // + - . E e
    }
    guard isPlain, let number = Double(text), number.isFinite else { return nil }
    return number
  }
}
