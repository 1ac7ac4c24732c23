import NIOCore
import Testing

@testable import UniversalConnectivity

@Suite("Readiness of a room")
struct ReadinessTests {
  private let start = NIODeadline.uptimeNanoseconds(0)

  @Test("comes with the first peer in the mesh, once")
  func once() {
    var readiness = Readiness()
    #expect(readiness.update(meshPeers: 0, subscribers: 0, now: start) == false)
    #expect(readiness.deadline == nil)
    #expect(readiness.update(meshPeers: 1, subscribers: 1, now: start) == true)
    #expect(readiness.update(meshPeers: 0, subscribers: 0, now: start + .seconds(1)) == false)
    #expect(readiness.update(meshPeers: 2, subscribers: 2, now: start + .seconds(2)) == false)
    #expect(readiness.isReady)
  }

  @Test("comes late with a subscriber that never grafts")
  func withoutMesh() {
    var readiness = Readiness()
    #expect(readiness.update(meshPeers: 0, subscribers: 1, now: start) == false)
    #expect(readiness.deadline == start + Readiness.grace)
    #expect(readiness.update(meshPeers: 0, subscribers: 1, now: start + .seconds(2)) == false)
    #expect(readiness.update(meshPeers: 0, subscribers: 1, now: start + .seconds(3)) == true)
  }

  @Test("does not count a subscriber that left")
  func left() {
    var readiness = Readiness()
    #expect(readiness.update(meshPeers: 0, subscribers: 1, now: start) == false)
    #expect(readiness.update(meshPeers: 0, subscribers: 0, now: start + .seconds(1)) == false)
    #expect(readiness.deadline == nil)
    #expect(readiness.update(meshPeers: 0, subscribers: 1, now: start + .seconds(9)) == false)
    #expect(readiness.deadline == start + .seconds(12))
  }
}
