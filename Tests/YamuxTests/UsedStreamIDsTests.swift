import Limits
import TestSupport
import Testing

@testable import Yamux

@Suite("Used Yamux stream numbers")
struct UsedStreamIDsTests {
  @Test("Exactly what was inserted is used, among the last ones; everything older is")
  func window() {
    var used = UsedStreamIDs()
    #expect(!used.contains(StreamID(1)))
    used.insert(StreamID(1))
    used.insert(StreamID(9))
    for stream in [1, 9] as [UInt32] { #expect(used.contains(StreamID(stream))) }
    for stream in [3, 5, 7, 11, .max] as [UInt32] { #expect(!used.contains(StreamID(stream))) }
    let width = UInt32(Limits.Yamux.closedStreams)
    used.insert(StreamID(9 + 2 * (width - 1)))
    #expect(used.contains(StreamID(9)))
    #expect(!used.contains(StreamID(11)))
    #expect(used.contains(StreamID(7)), "too old to tell")
    used.insert(StreamID(9 + 2 * width))
    #expect(used.contains(StreamID(9)), "too old to tell")
    #expect(!used.contains(StreamID(11)))
  }

  @Test("A jump to the last number and back is safe", arguments: [UInt32.max, UInt32.max - 1])
  func jump(last: UInt32) {
    var used = UsedStreamIDs()
    used.insert(StreamID(last))
    #expect(used.contains(StreamID(last)))
    #expect(!used.contains(StreamID(last - 2)))
    used.insert(StreamID(last - 2))
    #expect(used.contains(StreamID(last - 2)))
    #expect(used.contains(StreamID(1)))
    used.insert(StreamID(1))
    #expect(!used.contains(StreamID(last - 4)))
  }

  @Test("It agrees with a plain set, as far back as it looks", arguments: 1...20)
  func model(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    var used = UsedStreamIDs()
    var model = Set<UInt32>()
    var highest: UInt32 = 1
    for _ in 0..<500 {
      let reach = UInt32.random(in: 0..<(Bool.random(using: &random) ? 10 : 700), using: &random)
      let stream = Bool.random(using: &random) ? highest &+ 2 * reach : max(1, highest &- min(highest - 1, 2 * reach))
      let isOld = stream < highest && (highest - stream) / 2 >= UInt32(Limits.Yamux.closedStreams)
      #expect(used.contains(StreamID(stream)) == (isOld || model.contains(stream)))
      used.insert(StreamID(stream))
      model.insert(stream)
      highest = max(highest, stream)
    }
  }
}
