import NIOCore
import Testing
import UniversalConnectivity

@Suite("When the size of the mesh is told")
struct MeshReportTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  @Test("at once when it was quiet; once a second while it changes, and then the last number")
  func coalesced() {
    var report = MeshReport()
    #expect(report.update(0, now: start) == nil && report.deadline == nil)
    #expect(report.update(1, now: start) == 1)
    for count in [2, 3, 4] { #expect(report.update(count, now: start + .milliseconds(10)) == nil) }
    #expect(report.deadline == start + .seconds(1))
    #expect(report.update(4, now: start + .seconds(1)) == 4)
    #expect(report.deadline == nil)
    #expect(report.update(4, now: start + .seconds(9)) == nil)
    #expect(report.update(5, now: start + .seconds(9)) == 5)
  }

  @Test("a number that is back to what was told is not told again")
  func backAgain() {
    var report = MeshReport()
    #expect(report.update(1, now: start) == 1)
    #expect(report.update(2, now: start) == nil)
    #expect(report.update(1, now: start + .milliseconds(5)) == nil)
    #expect(report.deadline == nil)
  }
}
