import DNS
import Identity
import Multiformats
import MulticastDNS
import NIOCore
import TestSupport

/// A peer on a made-up network.
struct Node {
  var core: MDNSCore
  let peer: PeerID
  var events: [MDNSCore.Event] = []

  var found: [PeerID: [Multiaddr]] {
    events.reduce(into: [:]) { found, event in
      switch event {
      case .found(let peer, let addresses): found[peer] = addresses
      case .lost(let peer): found[peer] = nil
      }
    }
  }
}

/// One link in virtual time: whatever is sent reaches everybody on it, the sender too.
struct Network {
  static let room = "universal-connectivity.local"

  var nodes: [Node] = []
  var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
  var random: SplitMix64
  /// Each packet so far, and who sent it when.
  var sent: [(at: NIODeadline, by: Int, bytes: [UInt8])] = []
  /// Whether a packet gets lost.
  var isLost: (inout SplitMix64) -> Bool = { _ in false }

  init(_ count: Int, seed: UInt64 = 1) throws {
    random = SplitMix64(seed: seed)
    for _ in 0..<count { try join() }
  }

  static func ip(_ index: Int) -> [UInt8] { [192, 168, UInt8(index / 250), UInt8(index % 250 + 1)] }

  static func address(_ index: Int, of peer: PeerID, port: Int = 4001) throws -> Multiaddr {
    try Multiaddr("/ip4/\(ip(index).map(String.init).joined(separator: "."))/tcp/\(port)/p2p/\(peer)")
  }

  @discardableResult
  mutating func join(services: [String] = [MDNSCore.service, Network.room]) throws -> Int {
    let (index, peer) = (nodes.count, KeyPair.generate().peerID)
    guard var core = MDNSCore(peer: peer, services: services, label: MDNSCore.label(using: &random)) else {
      throw CancellationError()
    }
    core.setAddresses([try Self.address(index, of: peer)], now: now, using: &random)
    core.linkUp(0, networks: [IPNetwork([192, 168, 0, 1], prefix: 16)], now: now, using: &random)
    nodes.append(Node(core: core, peer: peer))
    return index
  }

  /// Lets time pass.
  mutating func run(_ time: TimeAmount) {
    let end = now + time
    while let next = nodes.compactMap(\.core.deadline).min(), next <= end {
      now = max(now, next)
      for index in nodes.indices where nodes[index].core.deadline.map({ $0 <= now }) ?? false {
        let (packets, events) = nodes[index].core.advance(now: now, using: &random)
        nodes[index].events += events
        for packet in packets { send(packet.bytes, by: index) }
      }
    }
    now = end
  }

  mutating func send(_ bytes: [UInt8], by sender: Int) {
    sent.append((now, sender, bytes))
    for index in nodes.indices where !isLost(&random) {
      nodes[index].events += nodes[index].core.received(
        bytes, from: Self.ip(sender), on: 0, now: now, using: &random)
    }
  }

  /// One packet for the first peer, from wherever.
  mutating func receive(_ bytes: [UInt8], from source: [UInt8]) {
    nodes[0].events += nodes[0].core.received(bytes, from: source, on: 0, now: now, using: &random)
  }

  func messages(by sender: Int, responses: Bool) -> [DNSMessage] {
    sent.filter { $0.by == sender }.compactMap { try? DNSMessage(bytes: $0.bytes) }.filter {
      $0.isResponse == responses
    }
  }
}
