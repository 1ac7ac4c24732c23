import Identity
import Limits
import NIOCore
import Testing

@testable import Gossipsub

@Suite struct PeerLinkTests {
  private func link() -> PeerLink {
    PeerLink(peer: KeyPair.generate().peerID, queueBytes: 1_000, reopenDelay: .milliseconds(500))
  }

  @Test("five attempts, each after a longer wait than the one before; then a long rest instead of the end")
  func attempts() {
    let link = link()
    var waits: [TimeAmount] = []
    for _ in 0..<Limits.Gossipsub.streamAttempts {
      #expect(link.beginOpening())
      link.endOpening()
      waits.append(link.nextDelay())
    }
    #expect(waits.dropLast() == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4)])
    #expect(waits.last == .seconds(Int64(Limits.Gossipsub.streamRestSeconds)))
    #expect(!link.beginOpening())
    link.renew()
    #expect(link.beginOpening())
  }

  @Test("a peer that did not speak gossipsub is asked again after the rest, or when it says that it does")
  func givenUp() {
    let link = link()
    #expect(link.beginOpening())
    link.endOpening()
    link.giveUp()
    #expect(link.isExhausted && !link.beginOpening())
    link.renew()
    #expect(link.beginOpening())
  }

  @Test("a stream is stalled when it has taken nothing for the time of patience while something waited")
  func stalled() {
    let link = link()
    let start = NIODeadline.uptimeNanoseconds(0)
    let patience = TimeAmount.seconds(30)
    #expect(!link.isStalled(patience: patience, now: start + .hours(1)))
    link.wrote(all: false, some: false, now: start)
    link.wrote(all: false, some: false, now: start + .seconds(20))
    #expect(!link.isStalled(patience: patience, now: start + .seconds(29)))
    #expect(link.isStalled(patience: patience, now: start + .seconds(30)))
    link.wrote(all: false, some: true, now: start + .seconds(25))
    #expect(!link.isStalled(patience: patience, now: start + .seconds(30)))
    link.wrote(all: true, some: true, now: start + .seconds(31))
    #expect(!link.isStalled(patience: patience, now: start + .hours(1)))
  }
}
