/// A time zone's rule for the times behind its table, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone: Equatable {
  /// When summer time begins or ends, in each year.
  struct Rule: Equatable {
    enum Day: Equatable {
      /// Week 5 is the last.
      case weekday(month: Int, week: Int, day: Int)
      /// 1 … 365; 29 February is never counted.
      case julian(Int)
      /// 0 … 365.
      case ordinal(Int)
    }

    var day: Day
    /// Seconds of local time, also negative or above a day.
    var time: Int

    /// Seconds since 1970, of local time, in a year.
    func seconds(in year: Int) -> Int {
      let first = CivilDate(year: year, month: 1, day: 1).dayNumber
      switch day {
      case .ordinal(let number): return (first + number) * 86_400 + time
      case .julian(let number):
        let leap = CivilDate.isLeap(year) && number >= 60 ? 1 : 0
        return (first + number - 1 + leap) * 86_400 + time
      case .weekday(let month, let week, let day):
        let start = CivilDate(year: year, month: month, day: 1).dayNumber
        let next =
          month == 12 ? CivilDate(year: year + 1, month: 1, day: 1) : CivilDate(year: year, month: month + 1, day: 1)
        var number = start + (day - CivilDate.weekday(ofDay: start) + 7) % 7 + (week - 1) * 7
        while number >= next.dayNumber { number -= 7 }
        return number * 86_400 + time
      }
    }
  }

  /// Seconds east of Greenwich.
  var standard: Int
  var summer: Int?
  var start: Rule?
  var end: Rule?

  /// nil: not such a rule.
  init?(_ text: String) {
    var rest = Substring(text)
    guard Self.skipName(&rest), let offset = Self.time(&rest, mostHours: 24) else { return nil }
    standard = -offset
    guard !rest.isEmpty else { return }
    guard Self.skipName(&rest) else { return nil }
    var summerOffset = standard + 3_600
    if rest.first != "," {
      guard let offset = Self.time(&rest, mostHours: 24) else { return nil }
      summerOffset = -offset
    }
    guard let start = Self.rule(&rest), let end = Self.rule(&rest), rest.isEmpty else { return nil }
    (summer, self.start, self.end) = (summerOffset, start, end)
  }

  func offset(at unix: Int) -> Int {
    guard let summer, let start, let end else { return standard }
    let days = (unix + standard) / 86_400
    let year = CivilDate(dayNumber: unix + standard < 0 ? days - 1 : days).year
    let begins = start.seconds(in: year) - standard
    let ends = end.seconds(in: year) - summer
    let isSummer = begins < ends ? (begins..<ends).contains(unix) : !(ends..<begins).contains(unix)
    return isSummer ? summer : standard
  }

  private static func skipName(_ rest: inout Substring) -> Bool {
    if rest.first == "<" {
      guard let end = rest.firstIndex(of: ">") else { return false }
      rest = rest[rest.index(after: end)...]
      return true
    }
    let name = rest.prefix { $0.isLetter && $0.isASCII }
    rest = rest.dropFirst(name.count)
    return name.count >= 3
  }

  private static func number(_ rest: inout Substring, _ range: ClosedRange<Int>) -> Int? {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    guard digits.count <= 4, let value = Int(digits), range.contains(value) else { return nil }
    rest = rest.dropFirst(digits.count)
    return value
  }

  private static func skip(_ character: Character, _ rest: inout Substring) -> Bool {
    guard rest.first == character else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// `[+-]hh[:mm[:ss]]`
  private static func time(_ rest: inout Substring, mostHours: Int) -> Int? {
    let isNegative = skip("-", &rest)
    if !isNegative { _ = skip("+", &rest) }
    guard var seconds = number(&rest, 0...mostHours).map({ $0 * 3_600 }) else { return nil }
    for unit in [60, 1] where skip(":", &rest) {
      guard let part = number(&rest, 0...59) else { return nil }
      seconds += part * unit
    }
    return isNegative ? -seconds : seconds
  }

  private static func rule(_ rest: inout Substring) -> Rule? {
    guard skip(",", &rest) else { return nil }
    let day: Rule.Day
    if skip("M", &rest) {
      guard let month = number(&rest, 1...12), skip(".", &rest), let week = number(&rest, 1...5), skip(".", &rest),
        let weekday = number(&rest, 0...6)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    } else if skip("J", &rest) {
      guard let number = number(&rest, 1...365) else { return nil }
      day = .julian(number)
    } else {
      guard let number = number(&rest, 0...365) else { return nil }
      day = .ordinal(number)
    }
    guard skip("/", &rest) else { return Rule(day: day, time: 7_200) }
    return time(&rest, mostHours: 167).map { Rule(day: day, time: $0) }
  }
}
