/// Which file the next line of a log goes to, and which files are old enough to go: a new file begins each day (of UTC)
/// and when one is full.
///
/// Files are `chat-2026-11-22.log`, `chat-2026-11-22-2.log` and so on. Their names alone say what is old, so that
/// nothing is renamed and a restart finds its way.
struct RotatingLog {
  /// What a file's name says.
  struct File: Comparable {
    var day: Int
    var part: Int

    static func < (a: File, b: File) -> Bool { (a.day, a.part) < (b.day, b.part) }
  }

  let name: String
  /// Bytes of one file.
  let limit: Int
  /// Files that are kept, the one that is written to among them.
  let keep: Int
  private var current: File?
  private var bytes = 0

  init(name: String, limit: Int, keep: Int) {
    self.name = name
    self.limit = limit
    self.keep = keep
  }

  /// The file for a line of so many bytes at a time in seconds since 1970.
  /// - Parameters:
  ///   - names: all files that are there; asked for only when a new file begins.
  ///   - size: bytes of a file that is there.
  /// - Returns: the file to write to, and those that are to be removed.
  mutating func place(
    _ count: Int, at seconds: Double, names: () -> [String], size: (String) -> Int
  ) -> (file: String, expired: [String]) {
    let day = Int(seconds) / 86_400
    if let current, current.day == day, bytes + count <= limit || bytes == 0 {
      bytes += count
      return (text(current), [])
    }
    var files = names().compactMap(file).sorted()
    var next = File(day: day, part: 1)
    // A clock that was put back does not make an older file the newest.
    if let last = files.last, last.day >= day || last == current {
      next = last
      bytes = size(text(last))
      if bytes > 0, bytes + count > limit { next.part += 1 }
      if last.day < day { next = File(day: day, part: 1) }
    }
    if files.last != next {
      files.append(next)
      bytes = 0
    }
    current = next
    bytes += count
    return (text(next), files.dropLast(keep).map(text))
  }

  /// `chat-2026-11-22.log`
  func text(_ file: File) -> String {
    let date = CivilDate(dayNumber: file.day)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(name)-\(date.year)-\(two(date.month))-\(two(date.day))\(file.part > 1 ? "-\(file.part)" : "").log"
  }

  /// nil: it is no file of this log.
  func file(_ text: String) -> File? {
    guard text.hasPrefix(name + "-"), text.hasSuffix(".log") else { return nil }
    let numbers = text.dropFirst(name.utf8.count + 1).dropLast(4).split(separator: "-").map { Int($0) ?? -1 }
    guard (3...4).contains(numbers.count), (1_970...9_999).contains(numbers[0]), (1...12).contains(numbers[1]),
      (1...31).contains(numbers[2])
    else { return nil }
    let day = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]).dayNumber
    let file = File(day: day, part: numbers.count > 3 ? numbers[3] : 1)
    return self.text(file) == text ? file : nil
  }
}
