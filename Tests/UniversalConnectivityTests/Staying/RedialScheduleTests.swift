import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("The back-off between dials")
struct RedialScheduleTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test("grows by 1.75 to half a minute and never ends, through a virtual week of failures")
  func grows() {
    var random = SplitMix64(seed: 1)
    var schedule = RedialSchedule()
    var ceiling = 1.0
    var elapsed = 0.0
    var dials = 0
    while elapsed < 7 * 86_400 {
      let wait = seconds(schedule.failed(using: &random))
      #expect(wait >= ceiling / 2 - 1e-6 && wait <= ceiling + 1e-6, "dial \(dials)")
      ceiling = min(30, ceiling * 1.75)
      elapsed += wait
      dials += 1
    }
    // Half a minute at most, a quarter of a minute at least: one dial in 22.5 s in the mean.
    #expect((25_000...28_500).contains(dials))
    #expect(schedule.failures == dials)
  }

  @Test("draws each wait evenly from the upper half of its interval")
  func jitter() {
    var random = SplitMix64(seed: 2)
    var buckets = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 {
      var schedule = RedialSchedule()
      let wait = seconds(schedule.failed(using: &random))
      let bucket = Int((wait - 0.5) / 0.05)
      buckets[min(9, max(0, bucket))] += 1
    }
    // 1000 expected in each, standard deviation 30: five of them leave no room for chance.
    #expect(buckets.allSatisfy { (850...1_150).contains($0) }, "\(buckets)")
  }

  @Test("spreads a thousand bots that lost the same peer")
  func herd() {
    var random = SplitMix64(seed: 3)
    var perTenMilliseconds: [Int: Int] = [:]
    for _ in 0..<1_000 {
      var schedule = RedialSchedule()
      schedule.connected(at: start)
      let wait = schedule.disconnected(at: start + .hours(1), using: &random)
      perTenMilliseconds[Int(wait.nanoseconds / 10_000_000), default: 0] += 1
    }
    #expect((perTenMilliseconds.values.max() ?? 0) < 50)
  }

  @Test("begins anew after a connection that lived")
  func resets() {
    var random = SplitMix64(seed: 4)
    var schedule = RedialSchedule()
    for _ in 0..<20 { _ = schedule.failed(using: &random) }
    schedule.connected(at: start)
    let wait = schedule.disconnected(at: start + .seconds(10), using: &random)
    #expect(wait <= .seconds(1))
    #expect(schedule.failures == 1)
  }

  @Test("goes on growing when the peer hangs up at once")
  func hangsUp() {
    var random = SplitMix64(seed: 5)
    var schedule = RedialSchedule()
    var now = start
    var last = TimeAmount.zero
    for _ in 0..<12 {
      schedule.connected(at: now)
      now = now + .seconds(1)
      last = schedule.disconnected(at: now, using: &random)
      now = now + last
    }
    #expect(last >= .seconds(15))
  }

  @Test("takes any bounds without trapping")
  func bounds() {
    var random = SplitMix64(seed: 6)
    var configuration = RedialSchedule.Configuration()
    configuration.first = .nanoseconds(0)
    configuration.maximum = .nanoseconds(.max)
    var schedule = RedialSchedule(configuration: configuration)
    for _ in 0..<200 { #expect(schedule.failed(using: &random) >= .zero) }
  }

  private func seconds(_ amount: TimeAmount) -> Double { Double(amount.nanoseconds) / 1e9 }
}
