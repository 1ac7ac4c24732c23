/// The lines that were entered, to be had again. The oldest go first.
struct LineHistory: Sendable {
  private let limit: Int
  private var lines: [String] = []
  /// Which one is shown; `lines.count`: the one that is being written.
  private var place = 0
  private var written = ""

  init(limit: Int) { self.limit = limit }

  /// Takes an entered line; one that is empty or repeats the one before is not kept.
  mutating func add(_ line: String) {
    if !line.isEmpty, line != lines.last {
      lines.append(line)
      if lines.count > limit { lines.removeFirst() }
    }
    place = lines.count
    written = ""
  }

  /// The line before the one that is shown; what is being written is kept for the way back.
  mutating func older(than shown: String) -> String? {
    guard place > 0, place <= lines.count else { return nil }
    if place == lines.count { written = shown }
    place -= 1
    return lines[place]
  }

  /// The line behind the one that is shown.
  mutating func newer() -> String? {
    guard place < lines.count else { return nil }
    place += 1
    return place == lines.count ? written : lines[place]
  }
}
