import Identity
import Testing

@testable import Gossipsub

@Suite struct SimulationTests {
  private func expectHealthyMeshes(_ network: SimulatedNetwork) {
    let parameters = MeshParameters()
    for (node, router) in network.routers.enumerated() {
      let neighbours = router.mesh.peers(in: "t")
      #expect(neighbours.count <= parameters.high)
      #expect(neighbours.count >= min(parameters.low, network.links[node].count))
      for peer in neighbours {
        // Everybody's neighbour has them as a neighbour too.
        let other = network.routers.first { $0.localPeer == peer }
        #expect(other?.mesh.contains(router.localPeer, in: "t") ?? false)
      }
    }
  }

  @Test(
    "fifty routers form healthy meshes, and every message reaches everybody once", arguments: [1, 2] as [UInt64])
  func everybody(seed: UInt64) throws {
    var network = SimulatedNetwork(nodes: 50, linksEach: 8, seed: seed)
    // Long enough for the back-offs of the first rush to be over.
    network.run(milliseconds: 75_000)
    expectHealthyMeshes(network)
    var ids: [Int: MessageID] = [:]
    for node in stride(from: 0, to: 50, by: 5) {
      ids[node] = try network.publish(UInt64(node) + 1, from: node)
      network.run(milliseconds: 50)
    }
    network.run(milliseconds: 2_000)
    for (node, delivered) in network.delivered.enumerated() {
      let expected = Set(ids.filter { $0.key != node }.values)
      #expect(delivered.count == expected.count)
      #expect(expected.subtracting(delivered).isEmpty)
    }
    expectHealthyMeshes(network)
  }

  @Test("gossip repairs what slow peers' queues drop: with a fifth of the messages lost everybody has all in the end")
  func lossy() throws {
    var network = SimulatedNetwork(nodes: 30, linksEach: 10, seed: 7, loss: 0.2) {
      // A thin mesh, so that losses matter.
      $0.mesh.degree = 2
      $0.mesh.low = 1
      $0.mesh.high = 4
      $0.mesh.outbound = 0
      $0.floodsOwnMessages = false
    }
    network.run(milliseconds: 3_000)
    var ids: Set<MessageID> = []
    for number in 1...20 { ids.insert(try network.publish(UInt64(number), from: 0)) }
    network.run(milliseconds: 300)
    let early = network.delivered.dropFirst().map(\.count).reduce(0, +)
    network.run(milliseconds: 8_000)
    #expect(early < 29 * 20)
    for delivered in network.delivered.dropFirst() {
      #expect(delivered.count == ids.count)
      #expect(ids.subtracting(delivered).isEmpty)
    }
  }

  @Test("meshes heal when a third of the lines are cut")
  func churn() throws {
    var network = SimulatedNetwork(nodes: 40, linksEach: 9, seed: 11)
    network.run(milliseconds: 4_000)
    for node in 0..<40 {
      for other in network.links[node].sorted() where other > node && (node + other) % 3 == 0 {
        network.unlink(node, other)
      }
    }
    network.run(milliseconds: 75_000)
    expectHealthyMeshes(network)
    let id = try network.publish(1, from: 3)
    network.run(milliseconds: 2_000)
    #expect(network.delivered.enumerated().allSatisfy { $0.offset == 3 || $0.element == [id] })
  }

  @Test("a run can be repeated from its seed")
  func repeatable() throws {
    func run() throws -> [[MessageID]] {
      var network = SimulatedNetwork(nodes: 20, linksEach: 6, seed: 5, loss: 0.2)
      network.run(milliseconds: 2_000)
      for number in 1...5 { _ = try network.publish(UInt64(number), from: number) }
      network.run(milliseconds: 3_000)
      return network.delivered
    }
    #expect(try run() == run())
  }
}
