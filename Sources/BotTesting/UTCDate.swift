import BotKit

/// Dates as tests write them.
enum UTCDate {
  /// `2026-11-22`, `2026-11-22 09:00` or `2026-11-22 09:00:30`, in seconds since 1970. nil: it is no such date.
  static func seconds(_ text: String) -> Double? {
    let halves = text.split(separator: " ", omittingEmptySubsequences: false)
    guard (1...2).contains(halves.count), let date = numbers(halves[0], "-", 3...3) else { return nil }
    let time = halves.count > 1 ? numbers(halves[1], ":", 2...3) : [0, 0]
    guard let time, (1_970...9_999).contains(date[0]), (1...12).contains(date[1]), (0...23).contains(time[0]),
      (0...59).contains(time[1]), time.count < 3 || (0...59).contains(time[2])
    else { return nil }
    let day = CivilDate(year: date[0], month: date[1], day: date[2])
    guard CivilDate(dayNumber: day.dayNumber) == day else { return nil }
    return Double(day.dayNumber * 86_400 + time[0] * 3_600 + time[1] * 60 + (time.count > 2 ? time[2] : 0))
  }

  /// `2026-11-22 09:00:30`.
  static func text(_ seconds: Double) -> String {
    let whole = Int(seconds)
    let date = CivilDate(dayNumber: whole / 86_400)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = [whole / 3_600 % 24, whole / 60 % 60, whole % 60].map(two).joined(separator: ":")
    return "\(date.year)-\(two(date.month))-\(two(date.day)) \(time)"
  }

  private static func numbers(_ text: Substring, _ separator: Character, _ count: ClosedRange<Int>) -> [Int]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { $0.utf8.count <= 4 && !$0.hasPrefix("+") && !$0.hasPrefix("-") ? Int($0) : nil }
    return numbers.count == parts.count && count.contains(parts.count) ? numbers : nil
  }
}
