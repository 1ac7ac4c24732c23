/// A moment as RFC 3339 text in UTC, milliseconds included: `2026-11-22T15:45:39.123Z`.
enum Timestamp {
  /// - Parameter nanoseconds: Unix time; moments before 1970 are written too.
  static func rfc3339(nanoseconds: Int64) -> String {
    let (seconds, rest) = floorDivide(nanoseconds, 1_000_000_000)
    let (days, second) = floorDivide(seconds, 86_400)
    let (year, month, day) = civilDate(daysSince1970: days)
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
      + "\(pad(second / 3_600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2)).\(pad(rest / 1_000_000, 3))Z"
  }

  /// The proleptic Gregorian date of a day number. Years are counted from March, so that the leap day comes last and
  /// the lengths of the months follow one straight line.
  private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(days &+ 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: by)
    return remainder < 0 ? (quotient - 1, remainder + by) : (quotient, remainder)
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
