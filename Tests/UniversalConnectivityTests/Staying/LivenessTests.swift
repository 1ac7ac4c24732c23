import NIOCore
import Testing

@testable import UniversalConnectivity

@Suite("Whether anybody hears the node")
struct LivenessTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

  @Test("is deaf after so long without anybody, and then the remedies follow each other until somebody is there")
  func deaf() throws {
    var liveness = Liveness(deafAfter: .seconds(60), now: start)
    var log: [String] = []
    var now = start
    while now <= start + .seconds(300) {
      let (remedy, isChanged) = liveness.update(audience: 0, hasSomebodyToLookFor: true, now: now)
      if remedy != nil || isChanged {
        log.append("\((now - start).nanoseconds / 1_000_000_000) \(liveness.state) \(remedy.map { "\($0)" } ?? "-")")
      }
      now = now + .seconds(1)
    }
    #expect(
      log == ["60 deaf redial", "120 deaf bootstrap", "180 deaf redial", "240 deaf bootstrap", "300 deaf redial"])
    #expect(liveness.deadline == start + .seconds(360))
    let (remedy, isChanged) = liveness.update(audience: 1, hasSomebodyToLookFor: true, now: now)
    #expect(remedy == nil && isChanged)
    #expect(liveness.state == .ready && liveness.deadline == nil && liveness.silence(at: now + .hours(1)) == 0)
  }

  @Test("begins to count anew when the last one goes")
  func lost() {
    var liveness = Liveness(deafAfter: .seconds(60), now: start)
    _ = liveness.update(audience: 3, hasSomebodyToLookFor: true, now: start + .seconds(1))
    let lost = start + .hours(5)
    #expect(liveness.update(audience: 0, hasSomebodyToLookFor: true, now: lost).isChanged)
    #expect(liveness.state == .joining)
    #expect(liveness.update(audience: 0, hasSomebodyToLookFor: true, now: lost + .seconds(59)).remedy == nil)
    #expect(liveness.update(audience: 0, hasSomebodyToLookFor: true, now: lost + .seconds(60)).remedy == .redial)
    #expect(liveness.silence(at: lost + .seconds(90)) == 90)
  }

  @Test("of a node that has nobody to look for is alone, which is no illness")
  func alone() {
    var liveness = Liveness(deafAfter: .seconds(60), now: start)
    for hour: Int64 in 0..<24 {
      #expect(liveness.update(audience: 0, hasSomebodyToLookFor: false, now: start + .hours(hour)).remedy == nil)
      #expect(liveness.state == .alone && liveness.deadline == nil)
    }
    // Somebody is known now, and has not been there for long.
    #expect(
      liveness.update(audience: 0, hasSomebodyToLookFor: true, now: start + .hours(24)).remedy == .redial)
    #expect(liveness.state == .deaf)
  }

  @Test("is never deaf where the user does not want it")
  func never() {
    var liveness = Liveness(deafAfter: nil, now: start)
    #expect(liveness.update(audience: 0, hasSomebodyToLookFor: true, now: start + .hours(99)).remedy == nil)
    #expect(liveness.state == .joining && liveness.deadline == nil)
  }
}
