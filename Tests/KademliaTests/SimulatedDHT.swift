import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport

@testable import Kademlia

/// Many nodes in one process and in virtual time. Each joins as a real one does: it knows one other, looks for itself,
/// then for one of its farthest bucket; each server notes who asks it.
///
/// Everything is drawn from one seed, so a run can be repeated exactly.
struct SimulatedDHT {
  struct Node {
    let peer: KadPeer
    var table: RoutingTable
    var responder: KadResponder
    var isAlive = true
  }

  /// How a lookup went.
  struct Run {
    let lookup: Lookup
    let isVerified: Bool
    let milliseconds: Int64
    let messages: [KadMessage]
  }

  private(set) var nodes: [Node] = []
  private(set) var now = NIODeadline.uptimeNanoseconds(1)
  private var numbers: [PeerID: Int] = [:]
  var random: SplitMix64
  /// Milliseconds from a request to its answer.
  private let latency = 10...150

  init(nodes count: Int, seed: UInt64) {
    random = SplitMix64(seed: seed)
    for _ in 0..<count { join() }
  }

  private mutating func join() {
    let bytes = [0x12, 32] + (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    guard let id = try? PeerID(bytes: bytes) else { return }
    // Spread over all networks, as thousands of peers are.
    let ip = (0..<4).map { Int.random(in: $0 == 0 ? 11...99 : 1...254, using: &random) }
    let address = try? Multiaddr(ip: ip.map(String.init).joined(separator: "."), tcpPort: 4001)
    let table = RoutingTable(localPeer: id)
    let peer = KadPeer(id: id, addresses: [address].compactMap(\.self))
    let number = nodes.count
    nodes.append(
      Node(
        peer: peer, table: table, responder: KadResponder(localKey: table.localKey, validators: RecordValidators())))
    numbers[id] = number
    guard number > 0 else { return }
    // Two of those that everybody knows of.
    for _ in 0..<2 { meet(number, Int.random(in: 0..<min(number, 8), using: &random)) }
    _ = look(for: id.bytes, from: number)
    // A refresh has a dozen of these; one is enough here.
    if let far = table.localKey.neighbour(sharing: 0, using: &random) { _ = look(for: far, from: number) }
  }

  /// Node `one` has reached, or was asked by, node `other`.
  private mutating func meet(_ one: Int, _ other: Int) {
    let peer = nodes[other].peer
    let group = peer.addresses.first.flatMap(NetworkGroup.init)
    while case .doubtful(let old) = nodes[one].table.insert(peer, group: group, now: now) {
      guard let number = numbers[old.id], nodes[number].isAlive else {
        nodes[one].table.failed(old.id)
        continue
      }
      _ = nodes[one].table.insert(old, group: nil, now: now)
    }
  }

  mutating func kill(fraction: Double) {
    for number in nodes.indices where Double.random(in: 0..<1, using: &random) < fraction {
      nodes[number].isAlive = false
    }
  }

  mutating func randomLiving() -> Int {
    while true {
      let number = Int.random(in: nodes.indices, using: &random)
      if nodes[number].isAlive { return number }
    }
  }

  /// Sends a request to a node; nil when it is dead.
  mutating func send(_ request: KadMessage, from: Int, to: Int) -> KadMessage? {
    guard nodes[to].isAlive else { return nil }
    meet(to, from)
    return
      (try? nodes[to].responder.answer(
        request, from: nodes[from].peer.id, place: .network, table: nodes[to].table, known: { _ in nil }, now: now))
      ?? nil
  }

  mutating func send(_ request: KadMessage, from: Int, to peer: PeerID) -> KadMessage? {
    numbers[peer].flatMap { send(request, from: from, to: $0) }
  }

  /// A lookup from beginning to end, driven as the driver of the peer does it.
  mutating func look(for key: [UInt8], type: KadRequestType = .findNode, from number: Int) -> Run {
    let start = now
    let target = KadKey(of: key)
    let wanted = type == .findNode ? try? PeerID(bytes: key) : nil
    var lookup = Lookup(
      target: target, local: nodes[number].peer.id, seeds: nodes[number].table.closest(to: target), now: now)
    var answers: [(at: NIODeadline, from: PeerID, message: KadMessage)] = []
    var collected: [KadMessage] = []
    var isVerified = false
    while lookup.ending == nil {
      for peer in lookup.next(now: now) {
        guard let message = send(KadMessage(type, key: key), from: number, to: peer.id) else { continue }
        let delay = TimeAmount.milliseconds(Int64(Int.random(in: latency, using: &random)))
        answers.append((now + delay, peer.id, message))
      }
      guard let deadline = lookup.deadline else { break }
      guard let first = answers.indices.min(by: { answers[$0].at < answers[$1].at }), answers[first].at <= deadline
      else {
        now = deadline
        continue
      }
      let answer = answers.remove(at: first)
      now = max(now, answer.at)
      collected.append(answer.message)
      lookup.answered(answer.from, closer: answer.message.closerPeers, now: now)
      if let other = numbers[answer.from] { meet(number, other) }
      if answer.from == wanted {
        isVerified = true
        lookup.satisfy()
      }
    }
    return Run(
      lookup: lookup, isVerified: isVerified, milliseconds: (now - start).nanoseconds / 1_000_000, messages: collected)
  }
}
