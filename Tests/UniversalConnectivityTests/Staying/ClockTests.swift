import NIOCore
import Testing

@testable import UniversalConnectivity

@Suite("Clocks that stand still or jump")
struct ClockTests {
  @Test("a clock that is put right makes nothing older, and is followed where others read the time")
  func steps() {
    let clock = SteadyClock(wall: 100, sinceBoot: 20)
    #expect(clock.now(sinceBoot: 20) == 100)
    #expect(clock.now(sinceBoot: 50) == 130)
    #expect(clock.step(wall: 130, sinceBoot: 50) == 0)
    #expect(clock.step(wall: 1_790_000_130, sinceBoot: 50) == 1_790_000_000)
    #expect(clock.step(wall: 30, sinceBoot: 50) == -100)
    // Clocks that make no sense at all.
    #expect(SteadyClock(wall: .max, sinceBoot: .min).step(wall: .min, sinceBoot: .max) != 0)
  }

  @Test("a sleep of the machine is noticed once; time that passes awake is none")
  func sleep() {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    let offset: Int64 = 7_000_000_000
    var watch = SleepWatch(now: start, sinceBoot: 1_000_000_000 + offset)
    for second in 1...100 {
      let now = start + .seconds(Int64(second))
      #expect(watch.update(now: now, sinceBoot: Int64(now.uptimeNanoseconds) + offset) == nil)
    }
    let now = start + .seconds(101)
    let after = Int64(now.uptimeNanoseconds) + offset + 3_600_000_000_000
    #expect(watch.update(now: now, sinceBoot: after) == .hours(1))
    #expect(watch.update(now: now, sinceBoot: after) == nil)
  }
}
