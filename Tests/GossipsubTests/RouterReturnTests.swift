import Identity
import Limits
import Testing

@testable import Gossipsub

@Suite("A peer that went and is back")
struct RouterReturnTests {
  private let peer = PeerID.test(1)

  @Test("is sent messages before it has said anything: it may not have noticed that it was away")
  func silent() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(peer)
    bench.step(.disconnected(peer))
    bench.heartbeats(30)
    bench.add(peer, topics: [])
    #expect(bench.router.subscribers(of: "t") == [peer])
    #expect(bench.router.mesh.contains(peer, in: "t"))
    let sent = bench.step(.publish(try .test(from: RouterBench.local, number: 1)))
    #expect(sent.contains { if case .send(_, let to, .publish) = $0 { to.contains(peer) } else { false } })
  }

  @Test("and says that it is subscribed, is; what it does not say for long is no longer believed")
  func confirmation() {
    var bench = RouterBench()
    for topic in ["t", "u"] { bench.step(.subscribe(topic)) }
    bench.add(peer, topics: ["t", "u"])
    bench.step(.disconnected(peer))
    bench.add(peer, topics: ["t"])
    #expect(bench.router.subscribers(of: "u") == [peer])
    let later = bench.heartbeats(91)
    #expect(later.contains { if case .unsubscribed(peer, "u") = $0 { true } else { false } })
    #expect(bench.router.subscribers(of: "u").isEmpty)
    #expect(bench.router.subscribers(of: "t") == [peer])
    // What was only believed is not believed again.
    bench.step(.disconnected(peer))
    bench.add(peer, topics: [])
    #expect(bench.router.subscribers(of: "u").isEmpty)
    #expect(bench.router.subscribers(of: "t") == [peer])
  }

  @Test("after a long time is a new one")
  func late() {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(peer)
    bench.step(.disconnected(peer))
    bench.heartbeats(91)
    bench.add(peer, topics: [])
    #expect(bench.router.subscribers(of: "t").isEmpty)
  }

  @Test("is remembered only with so many others, the latest")
  func bound() {
    var bench = RouterBench { $0.earlierLifetime = .hours(1) }
    bench.step(.subscribe("t"))
    for number in 0...Limits.Gossipsub.earlierPeers {
      bench.add(.test(number))
      bench.step(.disconnected(.test(number)))
      bench.heartbeats()
    }
    bench.add(.test(0), topics: [])
    #expect(bench.router.subscribers(of: "t").isEmpty)
    bench.add(.test(Limits.Gossipsub.earlierPeers), topics: [])
    #expect(bench.router.subscribers(of: "t") == [.test(Limits.Gossipsub.earlierPeers)])
  }
}
