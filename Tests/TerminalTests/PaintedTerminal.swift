/// As much of a terminal as ``ScreenPainter`` uses, to see what its bytes make.
struct PaintedTerminal {
  private(set) var rows: [[Character]]
  private(set) var styles: [[String]]
  private(set) var column = 0
  private(set) var row = 0
  private(set) var isCursorShown = true
  private var style = "0"
  /// What is not known to it.
  private(set) var unknown: [String] = []
  /// How wide it takes a character to be.
  let width: (Character) -> Int

  init(columns: Int, rows count: Int, width: @escaping (Character) -> Int) {
    rows = Array(repeating: Array(repeating: " ", count: columns), count: count)
    styles = Array(repeating: Array(repeating: "0", count: columns), count: count)
    self.width = width
  }

  mutating func take(_ output: String) {
    var rest = Array(output)[...]
    while let character = rest.popFirst() {
      if character != "\u{1B}" {
        put(character)
        continue
      }
      guard rest.popFirst() == "[" else {
        unknown.append("escape")
        continue
      }
      let parameters = String(rest.prefix { !$0.isLetter })
      rest = rest.dropFirst(parameters.count)
      act(rest.popFirst() ?? "?", parameters)
    }
  }

  private mutating func put(_ character: Character) {
    let count = width(character)
    if column + count > rows[row].count { return }
    rows[row][column] = character
    styles[row][column] = style
    // The right half of a wide character is no character.
    for half in 1..<max(2, count) where half < count {
      rows[row][column + half] = "\0"
      styles[row][column + half] = style
    }
    column = min(column + count, rows[row].count - 1)
  }

  private mutating func act(_ letter: Character, _ parameters: String) {
    let numbers = parameters.split(separator: ";").map { Int($0) ?? 0 }
    switch (letter, parameters) {
    case ("H", _):
      row = (numbers.first ?? 1) - 1
      column = numbers.count > 1 ? numbers[1] - 1 : 0
    case ("C", _): column += numbers.first ?? 1
    case ("K", ""):
      for place in column..<rows[row].count { (rows[row][place], styles[row][place]) = (" ", style) }
    case ("J", "2"):
      for line in rows.indices {
        for place in rows[line].indices { (rows[line][place], styles[line][place]) = (" ", style) }
      }
    case ("m", _): style = parameters.isEmpty ? "0" : parameters
    case ("h", "?25"): isCursorShown = true
    case ("l", "?25"): isCursorShown = false
    default: unknown.append(parameters + String(letter))
    }
  }
}
