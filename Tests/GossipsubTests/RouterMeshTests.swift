import Identity
import Limits
import NIOCore
import Testing

@testable import Gossipsub

/// GRAFT, PRUNE, back-off and membership (go-libp2p-pubsub and rust-libp2p behaviour lists, libp2p.md §1.3).
@Suite struct RouterMeshTests {
  let a = PeerID.test(1)
  let b = PeerID.test(2)

  @Test("the first frame to a peer is all subscriptions; nothing is sent before there is a stream")
  func hello() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.step(.subscribe("u"))
    #expect(bench.step(.connected(a, isOutbound: true)).isEmpty)
    #expect(bench.receive(from: a) { $0.subscriptions = [.init(topic: "t", subscribes: true)] }.count == 1)
    bench.step(.streamOpened(a, .v12))
    guard case .send(let first, [a], .control)? = bench.actions.first else {
      Issue.record("no frame")
      return
    }
    let hello = try RPCCodec.decode(RouterBench.body(of: first))
    #expect(hello.subscriptions == [.init(topic: "t", subscribes: true), .init(topic: "u", subscribes: true)])
    #expect(hello.graft.isEmpty)
    // The GRAFT for what the peer had said earlier follows.
    #expect(try bench.sent(to: a).graft == ["t"])
  }

  @Test("a neighbour that grafts us before there is a stream to it counts when there is one")
  func earlyGraft() {
    func counts(_ actions: [RouterAction]) -> [Int] {
      actions.compactMap { if case .meshChanged("t", let count) = $0 { count } else { nil } }
    }
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.step(.connected(a, isOutbound: false))
    #expect(counts(bench.receive(from: a) { $0.graft = ["t"] }) == [0])
    #expect(counts(bench.step(.streamOpened(a, .v12))) == [1])
  }

  @Test("a peer that subscribes is grafted at once while the mesh is below its degree")
  func immediateGraft() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    for number in 0..<10 {
      bench.add(.test(number))
      #expect(try bench.sent(to: .test(number)).graft == (number < 6 ? ["t"] : []))
    }
    #expect(bench.router.mesh.count(in: "t") == 6)
  }

  @Test("subscribing grafts up to the degree among those who are there, and tells everybody")
  func join() throws {
    var bench = RouterBench()
    bench.add(0..<20)
    bench.step(.subscribe("t"))
    let mesh = bench.router.mesh.peers(in: "t")
    #expect(mesh.count == 6)
    for number in 0..<20 {
      let rpc = try bench.sent(to: .test(number))
      #expect(rpc.subscriptions == [.init(topic: "t", subscribes: true)])
      #expect(rpc.graft == (mesh.contains(.test(number)) ? ["t"] : []))
    }
  }

  @Test("unsubscribing tells everybody, prunes the mesh with the short back-off, and obeys it itself")
  func leave() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<8)
    let mesh = bench.router.mesh.peers(in: "t")
    bench.step(.unsubscribe("t"))
    for number in 0..<8 {
      let rpc = try bench.sent(to: .test(number))
      #expect(rpc.subscriptions == [.init(topic: "t", subscribes: false)])
      #expect(rpc.prune == (mesh.contains(.test(number)) ? [.init(topic: "t", backoff: 10)] : []))
    }
    bench.step(.subscribe("t"))
    #expect(bench.router.mesh.peers(in: "t").isDisjoint(with: mesh))
    bench.heartbeats(12)
    #expect(bench.router.mesh.count(in: "t") >= 5)
  }

  @Test("the number of neighbours is reported when it changes")
  func reports() {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    let actions = bench.add(a)
    #expect(actions.contains { if case .meshChanged("t", 1) = $0 { true } else { false } })
    #expect(actions.contains { if case .subscribed(a, "t") = $0 { true } else { false } })
    bench.receive(from: a) { $0.subscriptions = [.init(topic: "t", subscribes: false)] }
    #expect(bench.actions.contains { if case .meshChanged("t", 0) = $0 { true } else { false } })
    #expect(bench.actions.contains { if case .unsubscribed(a, "t") = $0 { true } else { false } })
  }

  @Test("a GRAFT is accepted without an answer, also of a peer whose subscription is late")
  func graft() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a, topics: [])
    bench.receive(from: a) { $0.graft = ["t"] }
    #expect(bench.router.mesh.contains(a, in: "t"))
    #expect(bench.router.subscribers(of: "t") == [a])
    #expect(try bench.sent(to: a).isEmpty)
  }

  @Test("case 45: GRAFTs of topics that we do not have leave no trace and get no answer")
  func unknownTopics() {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    for round in 0..<100 {
      bench.receive(from: a) { $0.graft = (0..<500).map { "novel-\(round)-\($0)" } }
      #expect(bench.actions.isEmpty)
    }
    #expect(bench.router.peers[a]?.topics == ["t"])
    #expect(bench.router.topicPeers.count == 1)
    #expect(bench.router.backoff.count == 0)
    #expect(Array(bench.router.mesh.topics) == ["t"])
    #expect(bench.router.counters.dropped[.unknownTopicGraft] == 50_000)
  }

  @Test("a full mesh refuses a GRAFT with a back-off, but takes peers that we dialled")
  func fullMesh() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    for number in 0..<12 {
      bench.add(.test(number))
      bench.receive(from: .test(number)) { $0.graft = ["t"] }
    }
    #expect(bench.router.mesh.count(in: "t") == 12)
    bench.add(.test(50))
    bench.receive(from: .test(50)) { $0.graft = ["t"] }
    #expect(try bench.sent(to: .test(50)).prune == [.init(topic: "t", backoff: 60)])
    bench.add(.test(51), outbound: true)
    bench.receive(from: .test(51)) { $0.graft = ["t"] }
    #expect(bench.router.mesh.contains(.test(51), in: "t"))
    #expect(bench.router.mesh.count(in: "t") == 13)
    // The heartbeat brings it back to the degree, and tells the others when to come again.
    bench.heartbeats()
    #expect(bench.router.mesh.count(in: "t") == 6)
    let pruned = try (0..<12).filter { try bench.sent(to: .test($0)).prune == [.init(topic: "t", backoff: 60)] }
    #expect(pruned.count >= 6)
  }

  @Test("version 1.0 peers are pruned without a back-off")
  func oldPrune() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a, version: .v10)
    bench.step(.unsubscribe("t"))
    #expect(try bench.sent(to: a).prune == [.init(topic: "t", backoff: nil)])
  }

  @Test("a PRUNE is obeyed for as long as it says, a minute when it does not say; peer exchange is ignored")
  func prune() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    bench.add(b)
    bench.receive(from: a) { $0.prune = [.init(topic: "t", backoff: 5)] }
    bench.receive(from: b) { $0.prune = [.init(topic: "t", backoff: nil)] }
    #expect(bench.router.mesh.count(in: "t") == 0)
    bench.heartbeats(5)
    #expect(bench.router.mesh.count(in: "t") == 0)
    bench.heartbeats(2)
    #expect(bench.router.mesh.peers(in: "t") == [a])
    bench.heartbeats(50)
    #expect(bench.router.mesh.peers(in: "t") == [a])
    bench.heartbeats(5)
    #expect(bench.router.mesh.peers(in: "t") == [a, b])
  }

  @Test("case 47: a PRUNE for all eternity lasts an hour, and no heartbeat stumbles over it")
  func eternalPrune() {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    for seconds in [UInt64.max, 1 << 63, 0] {
      bench.receive(from: a) { $0.prune = [.init(topic: "t", backoff: seconds)] }
      bench.heartbeats(2)
    }
    bench.now = bench.now + .seconds(3_590)
    bench.heartbeats()
    #expect(bench.router.mesh.count(in: "t") == 0)
    bench.heartbeats(12)
    #expect(bench.router.mesh.count(in: "t") == 1)
    #expect(bench.router.backoff.count == 0)
  }

  @Test("a PRUNE of a topic that we do not have leaves no trace")
  func unknownPrune() {
    var bench = RouterBench()
    bench.add(a)
    for number in 0..<1_000 { bench.receive(from: a) { $0.prune = [.init(topic: "x\(number)", backoff: 9)] } }
    #expect(bench.router.backoff.count == 0)
  }

  @Test("case 46: hasty GRAFTs are refused, counted against the peer, and answered a few times only")
  func hastyGrafts() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    bench.step(.unsubscribe("t"))
    bench.step(.subscribe("t"))
    var answers = 0
    for _ in 0..<100 {
      bench.receive(from: a) { $0.graft = ["t"] }
      answers += try bench.sent(to: a).prune.count
    }
    #expect(answers == Limits.Gossipsub.pruneReplies)
    #expect(!bench.router.mesh.contains(a, in: "t"))
    #expect(bench.router.peers[a]?.misbehaviour == 100)
    // The time begins anew with each of them; when it is over the peer is as welcome as any.
    bench.heartbeats(59)
    #expect(!bench.router.mesh.contains(a, in: "t"))
    bench.heartbeats(3)
    #expect(bench.router.mesh.contains(a, in: "t"))
  }

  @Test("a GRAFT that could not be answered for want of a stream is answered when there is one")
  func lateRefusal() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    for number in 10..<22 {
      bench.add(.test(number))
      bench.receive(from: .test(number)) { $0.graft = ["t"] }
    }
    bench.step(.connected(a, isOutbound: false))
    bench.receive(from: a) { $0.graft = ["t"] }
    #expect(!bench.router.mesh.contains(a, in: "t"))
    bench.step(.streamOpened(a, .v11))
    #expect(try bench.sent(to: a).prune == [.init(topic: "t", backoff: 60)])
    #expect(bench.router.peers[a]?.owedPrunes.isEmpty ?? false)
  }

  @Test("a peer whose stream died is no neighbour until there is another one, and is greeted again then")
  func reopened() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(a)
    bench.step(.streamClosed(a))
    #expect(bench.router.mesh.count(in: "t") == 0)
    bench.step(.subscribe("u"))
    #expect(try bench.sent(to: a).isEmpty)
    bench.step(.streamOpened(a, .v11))
    #expect(try bench.sent(to: a).subscriptions.map(\.topic) == ["t", "u"])
    #expect(try bench.sent(to: a).graft == ["t"])
  }

  @Test("dialled peers are taken when the mesh has too few of them")
  func outboundQuota() {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(0..<6)
    bench.add(10..<14, outbound: true)
    #expect(bench.router.mesh.peers(in: "t").allSatisfy { bench.router.peers[$0]?.isOutbound == false })
    bench.heartbeats()
    #expect(bench.router.mesh.peers(in: "t").filter { bench.router.peers[$0]?.isOutbound ?? false }.count == 2)
  }

  @Test("case 44: subscriptions of one peer are bounded, and all are forgotten with the peer")
  func subscriptionFlood() {
    var bench = RouterBench()
    bench.step(.connected(a, isOutbound: false))
    for round in 0..<200 {
      bench.receive(from: a) { rpc in
        rpc.subscriptions = (0..<250).map { .init(topic: "flood-\(round)-\($0)", subscribes: true) }
      }
    }
    #expect(bench.router.peers[a]?.topics.count == Limits.Gossipsub.subscriptionsPerPeer)
    #expect(bench.router.topicPeers.count == Limits.Gossipsub.subscriptionsPerPeer)
    // Topics that come and go leave nothing behind either.
    let topics = bench.router.peers[a]?.topics ?? []
    bench.receive(from: a) { $0.subscriptions = topics.map { .init(topic: $0, subscribes: false) } }
    #expect(bench.router.topicPeers.count == 0)
    bench.receive(from: a) { $0.subscriptions = [.init(topic: "last", subscribes: true)] }
    bench.step(.disconnected(a))
    #expect(bench.router.topicPeers.count == 0)
  }

  @Test("nothing is left of a peer that is gone")
  func noLeak() throws {
    var bench = RouterBench()
    bench.step(.subscribe("t"))
    bench.add(b)
    for number in 10..<60 {
      let peer = PeerID.test(number)
      bench.add(peer, topics: ["t", "x\(number)"])
      bench.receive(from: peer) { rpc in
        rpc.graft = ["t"]
        rpc.idontwant = [[1], [2]]
        rpc.ihave = [.init(topic: "t", ids: [[UInt8(number)]])]
      }
      let message = try Message.test(from: peer, number: 1)
      bench.deliver(message, from: peer)
      bench.receive(from: peer) { $0.iwant = [message.id] }
      bench.receive(from: peer) { $0.prune = [.init(topic: "t", backoff: .max)] }
      bench.step(.disconnected(peer))
      // A frame that was on its way does not bring the peer back.
      bench.receive(from: peer) { $0.subscriptions = [.init(topic: "t", subscribes: true)] }
    }
    #expect(Set(bench.router.peers.keys) == [b])
    #expect(bench.router.topicPeers.count == 1)
    #expect(bench.router.mesh.peers(in: "t") == [b])
    #expect(bench.router.promises.count == 0)
    #expect(bench.router.cache.askingPeers == 0)
    #expect(bench.router.pendingValidations == 0)
    bench.heartbeats(62)
    #expect(bench.router.backoff.count == 0)
    bench.heartbeats(120)
    #expect(bench.router.seen.count == 0)
    #expect(bench.router.cache.count == 0)
  }
}
