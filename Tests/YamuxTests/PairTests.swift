import Limits
import NIOCore
import Testing

@testable import Yamux

@Suite("Two Yamux sessions back to back")
struct PairTests {
  /// One step that the seed chooses.
  private func step(_ link: inout Link, withResets: Bool) throws {
    link.now = link.now + .microseconds(Int64.random(in: 0...2_000, using: &link.random))
    let end = Int.random(in: 0...1, using: &link.random)
    let stream = link.ends[end].live.randomElement(using: &link.random)
    switch Int.random(in: 0..<100, using: &link.random) {
    case 0..<6:
      let opened = try link.ends[end].session.openStream(now: link.now)
      link.ends[end].endpoints[opened] = Endpoint()
    case 6..<30:
      guard let stream, link.ends[end].endpoints[stream]?.wantsFIN == false else { return }
      let size = Bool.random(using: &link.random) ? 1...300 : 1...400_000
      link.ends[end].endpoints[stream]?.pending += Int.random(in: size, using: &link.random)
      try link.ends[end].write(stream)
    case 30..<34:
      guard let stream else { return }
      link.ends[end].endpoints[stream]?.wantsFIN = true
      try link.ends[end].write(stream)
    case 34..<55:
      guard let stream else { return }
      link.ends[end].consume(stream, Int.random(in: 1...500_000, using: &link.random), now: link.now)
    case 55..<70:
      link.drain(end, upTo: Int.random(in: 1...200_000, using: &link.random))
      for stream in link.ends[end].live { try link.ends[end].write(stream) }
    case 70..<96:
      let small = Bool.random(using: &link.random)
      try link.deliver(end, Int.random(in: 1...(small ? 20 : 150_000), using: &link.random))
      for stream in link.ends[end].live { try link.ends[end].write(stream) }
    case 96..<98: try link.ends[end].session.tick(now: link.now)
    default:
      guard withResets, let stream else { return }
      if Bool.random(using: &link.random) {
        link.ends[end].session.reset(stream)
      } else {
        link.ends[end].session.close(stream, now: link.now)
      }
      link.ends[end].endpoints[stream] = nil
    }
  }

  private func expectNothingLeft(_ link: Link) {
    for end in link.ends {
      #expect(end.session.failure == nil)
      #expect(end.session.streamCount == 0)
      #expect(end.session.inboundStreamCount == 0)
      #expect(end.session.unacknowledgedCount == 0)
      #expect(end.session.releasedCount == 0)
      #expect(end.session.grown == 0)
      #expect(end.session.queuedBytes == 0)
      #expect(end.mostUnconsumed <= Int(Limits.Yamux.maximumWindow))
    }
  }

  @Test("Every byte arrives once and in order, windows are kept, and both tables end empty", arguments: 1...40)
  func everythingArrives(seed: Int) throws {
    var link = Link(seed: UInt64(seed))
    for _ in 0..<400 { try step(&link, withResets: false) }
    try link.finish()
    expectNothingLeft(link)
    #expect(link.ends[0].finished.keys == link.ends[1].finished.keys)
    for (stream, here) in link.ends[0].finished {
      let there = link.ends[1].finished[stream]
      #expect(here.sent == there?.received && there?.sent == here.received)
      #expect(here.pending == 0 && there?.pending == 0)
    }
  }

  @Test("With resets and releases at any moment nothing is left behind and no other stream is hurt", arguments: 1...40)
  func resetsAnywhere(seed: Int) throws {
    var link = Link(seed: UInt64(seed) &* 7_919)
    for _ in 0..<400 { try step(&link, withResets: true) }
    try link.finish()
    expectNothingLeft(link)
    for (stream, here) in link.ends[0].finished {
      // Where both ends ended in good order, everything arrived.
      if let there = link.ends[1].finished[stream] {
        #expect(here.sent == there.received && there.sent == here.received)
      }
    }
  }

  @Test("A thousand streams with ten messages each")
  func manyStreams() throws {
    var link = Link(seed: 1)
    for round in 0..<10 {
      for _ in 0..<100 {
        let stream = try link.ends[round % 2].session.openStream(now: link.now)
        link.ends[round % 2].endpoints[stream] = Endpoint(pending: 1_000)
      }
      try link.finish()
    }
    expectNothingLeft(link)
    #expect(link.ends[0].finished.count == 1_000 && link.ends[1].finished.count == 1_000)
    #expect(link.ends[0].finished.values.reduce(0) { $0 + $1.sent + $1.received } == 1_000_000)
  }

  @Test("Ten megabytes each way on one stream")
  func largeTransfer() throws {
    var link = Link(seed: 1)
    let stream = try link.ends[0].session.openStream(now: link.now)
    link.ends[0].endpoints[stream] = Endpoint(pending: 10_000_000)
    link.drain(0)
    try link.deliver(1, .max)
    link.ends[1].endpoints[stream]?.pending = 10_000_000
    try link.finish()
    #expect(link.ends[0].finished[stream]?.received == 10_000_000)
    #expect(link.ends[1].finished[stream]?.received == 10_000_000)
    expectNothingLeft(link)
  }
}
