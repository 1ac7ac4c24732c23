import Limits
import Testing

@testable import BotKit

@Suite("Times of the clock and the calendar")
struct CalendarTests {
  static let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"

  /// A file of the time zone database: offsets in seconds and what comes behind the table.
  static func file(_ changes: [(at: Int, offset: Int)] = [], first: Int = 0, footer: String) -> [UInt8] {
    func integer(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    let magic = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
    func header(_ times: Int, _ types: Int) -> [UInt8] {
      magic + [0, 0, 0, times, types, types].flatMap { integer($0, 4) }
    }
    let offsets = [first] + changes.map(\.offset)
    var bytes = header(0, 0) + header(changes.count, offsets.count)
    bytes += changes.flatMap { integer($0.at, 8) }
    bytes += changes.indices.map { UInt8($0 + 1) }
    bytes += offsets.flatMap { integer($0, 4) + [0, 0] }
    bytes += [UInt8](repeating: 0, count: offsets.count)
    return bytes + Array("\n\(footer)\n".utf8)
  }

  static func zone(_ footer: String) throws -> TimeZoneRules { try #require(TimeZoneRules(file(footer: footer))) }

  static func utc(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int {
    CivilDate(year: year, month: month, day: day).dayNumber * 86_400 + hour * 3_600 + minute * 60
  }

  @Test("days and their numbers, over leap years and centuries")
  func civil() {
    #expect(CivilDate(year: 1970, month: 1, day: 1).dayNumber == 0)
    #expect(CivilDate(year: 2000, month: 2, day: 29).dayNumber == 11_016)
    #expect(CivilDate.weekday(ofDay: 0) == 4 && CivilDate.weekday(ofDay: -5) == 6)
    for number in stride(from: -200_000, to: 200_000, by: 37) {
      #expect(CivilDate(dayNumber: number).dayNumber == number)
    }
  }

  @Test("rules of POSIX: north and south of the equator, quoted names, days of the year")
  func posix() throws {
    let berlin = try #require(PosixZone(Self.berlin))
    #expect(berlin.offset(at: Self.utc(2026, 3, 29, 0, 59)) == 3_600)
    #expect(berlin.offset(at: Self.utc(2026, 3, 29, 1)) == 7_200)
    #expect(berlin.offset(at: Self.utc(2026, 10, 25, 0, 59)) == 7_200)
    #expect(berlin.offset(at: Self.utc(2026, 10, 25, 1)) == 3_600)
    let sydney = try #require(PosixZone("AEST-10AEDT,M10.1.0,M4.1.0/3"))
    #expect(sydney.offset(at: Self.utc(2026, 1, 1)) == 39_600)
    #expect(sydney.offset(at: Self.utc(2026, 7, 1)) == 36_000)
    let kathmandu = try #require(PosixZone("<+0545>-5:45"))
    #expect(kathmandu.offset(at: 0) == 20_700)
    let days = try #require(PosixZone("AAA3BBB,J60,300/-1"))
    #expect(days.offset(at: Self.utc(2024, 3, 1, 4, 59)) == -10_800)
    #expect(days.offset(at: Self.utc(2024, 3, 1, 5)) == -7_200)
    for text in ["", "A", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1x", "CET-25"] {
      #expect(PosixZone(text) == nil, "\(text)")
    }
  }

  @Test("a file: its table, then its rule; damaged files are refused at every length and with any byte changed")
  func files() throws {
    let bytes = Self.file([(100, 3_600), (200, -3_600)], first: 60, footer: Self.berlin)
    let zone = try #require(TimeZoneRules(bytes))
    #expect([99, 100, 199].map { zone.offset(at: $0) } == [60, 3_600, 3_600])
    #expect(zone.offset(at: Self.utc(2026, 7, 1)) == 7_200)
    for length in 0..<bytes.count - 1 { _ = TimeZoneRules(Array(bytes.prefix(length))) }
    for index in bytes.indices {
      var broken = bytes
      for value: UInt8 in [0, 0x7F, 0xFF] {
        broken[index] = value
        _ = TimeZoneRules(broken)?.offset(at: Self.utc(2026, 7, 1))
      }
    }
    #expect(TimeZoneRules([]) == nil && TimeZoneRules(Array(bytes.prefix(60))) == nil)
    #expect(TimeZoneRules.load("no/such/zone", directory: "/usr/share/zoneinfo") == nil)
  }

  private func times(_ cron: String, from start: Int, _ footer: String, count: Int) throws -> [Int] {
    let expression = try CronExpression(cron)
    let zone = try Self.zone(footer)
    var found: [Int] = []
    while found.count < count, let next = expression.next(after: found.last ?? start, in: zone) { found.append(next) }
    return found
  }

  @Test("lists, ranges, steps and names; both kinds of days mean either")
  func fields() throws {
    let start = Self.utc(2026, 1, 1)
    #expect(
      try times("15,45 8-18/5 * * *", from: start, "UTC0", count: 4) == [
        Self.utc(2026, 1, 1, 8, 15), Self.utc(2026, 1, 1, 8, 45), Self.utc(2026, 1, 1, 13, 15),
        Self.utc(2026, 1, 1, 13, 45),
      ])
    #expect(
      try times("0 0 13 * Fri", from: start, "UTC0", count: 4)
        == [2, 9, 13, 16].map { Self.utc(2026, 1, $0) })
    #expect(try times("0 12 29 feb *", from: start, "UTC0", count: 2) == [2028, 2032].map { Self.utc($0, 2, 29, 12) })
    #expect(try times("0 0 * jan 7", from: start, "UTC0", count: 2) == [4, 11].map { Self.utc(2026, 1, $0) })
    #expect(try times("*/20 * * * *", from: start, "UTC0", count: 3) == [20, 40, 60].map { start + $0 * 60 })
    #expect(try CronExpression("0 0 31 4 *").next(after: start, in: .utc) == nil)
  }

  @Test("summer time: a skipped time comes when the clocks move, one that comes twice counts once")
  func summerTime() throws {
    #expect(
      try times("30 2 * * *", from: Self.utc(2026, 3, 28, 12), Self.berlin, count: 2)
        == [Self.utc(2026, 3, 29, 1), Self.utc(2026, 3, 30, 0, 30)])
    #expect(
      try times("0,30 2 * * *", from: Self.utc(2026, 3, 28, 12), Self.berlin, count: 2)
        == [Self.utc(2026, 3, 29, 1), Self.utc(2026, 3, 30, 0)])
    #expect(
      try times("30 2 * * *", from: Self.utc(2026, 10, 24, 12), Self.berlin, count: 2)
        == [Self.utc(2026, 10, 25, 0, 30), Self.utc(2026, 10, 26, 1, 30)])
    #expect(
      try times("30 * * * *", from: Self.utc(2026, 10, 24, 23, 45), Self.berlin, count: 3)
        == [0, 1, 2].map { Self.utc(2026, 10, 25, $0, 30) })
    #expect(
      try times("0 9 * * *", from: Self.utc(2026, 3, 28, 12), Self.berlin, count: 1) == [Self.utc(2026, 3, 29, 7)])
  }

  @Test("uc.cron and uc.at fire at their times, once each, and end with stop; errors do not end them")
  func timers() throws {
    // 1 700 000 000 is 2023-11-14 22:13:20 UTC, a Tuesday.
    let bench = try BotBench(
      """
      local function at(what) return function() print(what, os.date("!%a %H:%M:%S", math.floor(uc.now()))) end end
      local every = uc.cron("*/30 * * * *", { tz = "UTC" }, at("cron"))
      uc.at("09:00", { tz = "UTC", days = "thu-fri" }, at("at"))
      uc.cron("0 23 * * *", { tz = "UTC" }, function() print(every:active(), every:stop(), every:active()) error("x") end)
      """)
    bench.advance(3 * 86_400)
    #expect(
      bench.logged.filter { !$0.hasPrefix("error in") } == [
        "cron\tTue 22:30:00", "cron\tTue 23:00:00", "true\ttrue\tfalse", "false\tfalse\tfalse", "at\tThu 09:00:00",
        "false\tfalse\tfalse", "at\tFri 09:00:00",
      ])
    #expect(bench.core.statistics.errors == 3)
    #expect(bench.core.timers.count == 2)
  }

  @Test("overlap = 'queue' makes up for runs that were due; jitter delays by chance and does not drift")
  func overlapAndJitter() throws {
    let bench = try BotBench(
      """
      local n = 0
      local timer
      timer = uc.every(1, { overlap = "queue" }, function()
        n = n + 1
        if n == 1 then uc.sleep(3.5) elseif n == 6 then timer:stop() end
        print(n, uc.monotonic())
      end)
      """)
    bench.advance(20)
    #expect(bench.logged == ["1\t4.5", "2\t4.5", "3\t4.5", "4\t4.5", "5\t5.0", "6\t6.0"])
    let jittery = try BotBench("uc.every(10, { jitter = 5 }, function() print(uc.monotonic()) end)")
    jittery.advance(1_005)
    let times = jittery.logged.compactMap(Double.init)
    #expect(times.count == 100)
    for (index, time) in times.enumerated() {
      let base = Double(index + 1) * 10
      #expect(time >= base && time <= base + 5.001)
    }
    #expect(Set(times.map { $0.truncatingRemainder(dividingBy: 10) }).count > 10)
  }
}
