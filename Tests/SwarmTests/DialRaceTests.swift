import Limits
import NIOCore
import Testing

@testable import Swarm

@Suite("The race between the addresses of a peer")
struct DialRaceTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  @Test("begins one at once and one more every quarter of a second, while none is decided")
  func staggered() {
    var race = DialRace(count: 3, now: start)
    #expect(race.due(at: start) == 0)
    #expect(race.due(at: start) == nil)
    #expect(race.deadline == start + .milliseconds(250))
    #expect(race.due(at: start + .milliseconds(249)) == nil)
    #expect(race.due(at: start + .milliseconds(250)) == 1)
    #expect(race.due(at: start + .milliseconds(600)) == 2)
    #expect(race.deadline == nil)
    #expect(!race.isLost)
  }

  @Test("goes on at once when an attempt fails, and is lost when all have")
  func failures() {
    var race = DialRace(count: 2, now: start)
    #expect(race.due(at: start) == 0)
    race.failed(0, at: start + .milliseconds(1))
    race.failed(0, at: start + .milliseconds(1))
    #expect(race.due(at: start + .milliseconds(1)) == 1)
    #expect(!race.isLost)
    race.failed(1, at: start + .milliseconds(2))
    #expect(race.isLost)
    #expect(race.due(at: start + .hours(1)) == nil)
    #expect(DialRace(count: 0, now: start).isLost)
  }

  @Test("has so many attempts at one time, and looks at so many addresses in all")
  func bounds() {
    var race = DialRace(count: 10_000, now: start)
    var begun: [Int] = []
    for step in 0..<100 {
      if let index = race.due(at: start + .seconds(Int64(step))) { begun.append(index) }
    }
    #expect(begun.count == Limits.Swarm.parallelAttempts)
    #expect(race.deadline == nil)
    for index in begun { race.failed(index, at: start + .seconds(200)) }
    for step in 0..<100 {
      if let index = race.due(at: start + .seconds(Int64(300 + step))) { begun.append(index) }
    }
    #expect(begun.count == Limits.Swarm.dnsAnswers)
  }

  @Test("takes the two families in turn, and begins with that of the best address")
  func families() {
    let addresses = ["6a", "6b", "6c", "4a", "4b"]
    #expect(DialRace.interleaved(addresses) { $0.hasPrefix("6") } == ["6a", "4a", "6b", "4b", "6c"])
    #expect(DialRace.interleaved(["4a", "6a", "4b"]) { $0.hasPrefix("6") } == ["4a", "6a", "4b"])
    #expect(DialRace.interleaved([String]()) { _ in true }.isEmpty)
  }
}
