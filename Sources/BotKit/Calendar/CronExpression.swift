/// Five fields that say when: minute, hour, day of the month, month, day of the week.
struct CronExpression: Equatable {
  private var minutes: UInt64
  private var hours: UInt64
  private var days: UInt64
  private var months: UInt64
  private var weekdays: UInt64
  private let isAnyHour: Bool
  private let isAnyDay: Bool
  private let isAnyWeekday: Bool

  /// What is wrong with a text.
  struct Problem: Error, Equatable {
    var text: String
  }

  private static let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  init(_ text: String) throws(Problem) {
    let fields = text.split { $0 == " " || $0 == "\t" }.map { $0.lowercased() }
    guard fields.count == 5 else {
      throw Problem(text: "five fields wanted (minute hour day month weekday), got \(fields.count)")
    }
    minutes = try Self.field(fields[0], "minute", 0...59, [])
    hours = try Self.field(fields[1], "hour", 0...23, [])
    days = try Self.field(fields[2], "day", 1...31, [])
    months = try Self.field(fields[3], "month", 1...12, Self.monthNames)
    weekdays = try Self.field(fields[4], "weekday", 0...7, Self.dayNames)
    // Sunday is 0 and 7.
    if weekdays & 1 << 7 != 0 { weekdays |= 1 }
    isAnyHour = fields[1].hasPrefix("*")
    isAnyDay = fields[2].hasPrefix("*")
    isAnyWeekday = fields[4].hasPrefix("*")
  }

  private static func field(
    _ text: String, _ name: String, _ range: ClosedRange<Int>, _ names: [String]
  ) throws(Problem) -> UInt64 {
    func value(_ word: Substring) throws(Problem) -> Int {
      if let index = names.firstIndex(of: String(word)) { return index + (range.lowerBound == 1 ? 1 : 0) }
      guard let number = Int(word), range.contains(number) else {
        throw Problem(text: "\(name) must be from \(range.lowerBound) to \(range.upperBound), got '\(word)'")
      }
      return number
    }
    var bits: UInt64 = 0
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      var step = 1
      if halves.count == 2 {
        guard let number = Int(halves[1]), (1...60).contains(number) else {
          throw Problem(text: "the step of \(name) must be from 1 to 60, got '\(halves[1])'")
        }
        step = number
      }
      let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      var low = range.lowerBound
      var high = name == "weekday" ? 6 : range.upperBound
      if halves[0] != "*" {
        low = try value(ends[0])
        if ends.count == 2 { high = try value(ends[1]) } else if halves.count == 1 { high = low }
      }
      guard low <= high else { throw Problem(text: "\(name): '\(part)' runs backwards") }
      for number in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(number) }
    }
    return bits
  }

  /// The first time after `unix` (seconds since 1970); nil when there is none in the next forty years.
  ///
  /// A time of day that the clocks skip comes when they have been put forward, one that they show twice comes once.
  /// Where the hour is `*` it is the time that passes which counts: every half-hour stays every half-hour.
  func next(after unix: Int, in zone: TimeZoneRules) -> Int? {
    let local = unix + zone.offset(at: unix)
    let today = (local - (local % 86_400 + 86_400) % 86_400) / 86_400
    for day in today - 1...today + 14_700 where matches(day) {
      let found = isAnyHour ? passing(day, after: unix, zone) : shown(day, after: unix, zone)
      if let found { return found }
    }
    return nil
  }

  private func matches(_ day: Int) -> Bool {
    let date = CivilDate(dayNumber: day)
    guard months & 1 << UInt64(date.month) != 0 else { return false }
    let isDay = days & 1 << UInt64(date.day) != 0
    let isWeekday = weekdays & 1 << UInt64(CivilDate.weekday(ofDay: day)) != 0
    // As cron does since ever: two restrictions mean either.
    return isAnyDay || isAnyWeekday ? isDay && isWeekday : isDay || isWeekday
  }

  private func shown(_ day: Int, after unix: Int, _ zone: TimeZoneRules) -> Int? {
    for hour in 0..<24 where hours & 1 << UInt64(hour) != 0 {
      for minute in 0..<60 where minutes & 1 << UInt64(minute) != 0 {
        let instant = zone.instant(ofLocal: day * 86_400 + hour * 3_600 + minute * 60)
        if instant > unix { return instant }
      }
    }
    return nil
  }

  private func passing(_ day: Int, after unix: Int, _ zone: TimeZoneRules) -> Int? {
    let start = zone.instant(ofLocal: day * 86_400)
    let end = zone.instant(ofLocal: (day + 1) * 86_400)
    guard unix < end else { return nil }
    var instant = max(start, (unix / 60 + 1) * 60)
    while instant < end {
      let local = instant + zone.offset(at: instant) - day * 86_400
      let (hour, minute) = (local / 3_600, local / 60 % 60)
      if (0..<24).contains(hour), hours & 1 << UInt64(hour) != 0, minute >= 0, minutes & 1 << UInt64(minute) != 0 {
        return instant
      }
      instant += 60
    }
    return nil
  }
}
