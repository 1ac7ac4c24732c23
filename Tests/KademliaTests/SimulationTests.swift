import Foundation
import Identity
import Testing
import TestSupport

@testable import Kademlia

/// The whole network: do lookups find what is there, and how soon? `UC_BOT_DHT_NODES=10000` runs it with that many,
/// `UC_BOT_DHT_SEED=7` draws another network; `make simulation` does so with 1,000 and with 10,000 nodes.
@Suite("A network of many nodes")
struct KademliaSimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["UC_BOT_DHT_NODES"].flatMap { Int($0) } ?? 250
  private static let seed = environment["UC_BOT_DHT_SEED"].flatMap { UInt64($0) } ?? 1

  struct Result {
    var found = 0
    var rounds: [Int] = []
    var requests: [Int] = []
    var milliseconds: [Int64] = []

    func line(_ name: String, of lookups: Int) -> String {
      "\(name): \(found) of \(lookups) found, median \(rounds.median) rounds, \(requests.median) requests, "
        + "\(milliseconds.median) ms"
    }
  }

  private static let lookups = count < 1_000 ? 200 : 2_000

  static func lookups(_ count: Int, in network: inout SimulatedDHT) -> Result {
    var result = Result()
    for _ in 0..<count {
      let from = network.randomLiving()
      let to = network.randomLiving()
      guard from != to else { continue }
      let run = network.look(for: network.nodes[to].peer.id.bytes, from: from)
      if run.isVerified { result.found += 1 }
      result.rounds.append(run.lookup.rounds)
      result.requests.append(run.lookup.requests)
      result.milliseconds.append(run.milliseconds)
    }
    return result
  }

  @Test("Lookups find nearly every peer within log2(N) + 2 rounds, and still do when three in ten are dead")
  func lookups() {
    var network = SimulatedDHT(nodes: Self.count, seed: Self.seed)
    let most = Int(log2(Double(Self.count))) + 2
    let healthy = Self.lookups(Self.lookups, in: &network)
    print(healthy.line("\(Self.count) nodes", of: healthy.rounds.count))
    #expect(Double(healthy.found) >= 0.999 * Double(healthy.rounds.count))
    #expect(healthy.rounds.median <= most)
    network.kill(fraction: 0.3)
    let wounded = Self.lookups(Self.lookups, in: &network)
    print(wounded.line("\(Self.count) nodes, 30 % dead", of: wounded.rounds.count))
    #expect(Double(wounded.found) >= 0.99 * Double(wounded.rounds.count))
    #expect(wounded.rounds.median <= most)
  }

  @Test("What one announces or stores, others find, also when a third of the network is gone")
  func records() throws {
    var network = SimulatedDHT(nodes: 100, seed: 2)
    let key = Array("universal-connectivity/0.1.0".utf8)
    let provider = network.nodes[17].peer
    for peer in network.look(for: key, from: 17).lookup.closest {
      _ = network.send(KadMessage(.addProvider, key: key, providerPeers: [provider]), from: 17, to: peer.id)
    }
    let owner = KeyPair.generate()
    let record = try SignedRecord(peer: owner.peerID, name: "n", sequence: 1, value: [7]).sealed(with: owner)
    for peer in network.look(for: record.key, from: 3).lookup.closest {
      _ = network.send(KadMessage(.putValue, key: record.key, record: record), from: 3, to: peer.id)
    }
    network.kill(fraction: 0.33)
    for _ in 0..<20 {
      let from = network.randomLiving()
      let providers = network.look(for: key, type: .getProviders, from: from).messages.flatMap(\.providerPeers)
      #expect(providers.contains { $0.id == provider.id } || from == 17)
      let values = network.look(for: record.key, type: .getValue, from: network.randomLiving()).messages.map(\.record)
      #expect(values.contains { $0?.value == record.value })
    }
  }
}

extension Array where Element: Comparable {
  /// The one in the middle, or the array's only one. There has to be one.
  var median: Element { sorted()[count / 2] }
}
