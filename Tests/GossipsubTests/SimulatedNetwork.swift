import Identity
import Multiformats
import NIOCore
import TestSupport

@testable import Gossipsub

/// Many routers in one process and in virtual time, connected by lines that delay and may lose frames.
///
/// Everything is drawn from one seed, so a run can be repeated exactly.
struct SimulatedNetwork {
  private enum Event {
    case arrival(ByteBuffer, from: Int, to: Int)
    case heartbeat(Int)
  }

  private(set) var routers: [Router]
  private(set) var links: [Set<Int>]
  /// Ids that each router delivered, in order.
  private(set) var delivered: [[MessageID]]
  private var random: SplitMix64
  /// Events by millisecond.
  private var timeline: [[Event]] = []
  private var elapsed = 0
  private let loss: Double
  private let numbers: [PeerID: Int]

  init(
    nodes: Int, linksEach: Int, seed: UInt64, loss: Double = 0, topic: String = "t",
    configure: (inout RouterConfiguration) -> Void = { _ in }
  ) {
    var configuration = RouterConfiguration()
    configuration.signaturePolicy = .lax
    configure(&configuration)
    random = SplitMix64(seed: seed)
    self.loss = loss
    routers = (0..<nodes).map { Router(localPeer: .test($0), configuration: configuration) }
    links = Array(repeating: [], count: nodes)
    delivered = Array(repeating: [], count: nodes)
    numbers = Dictionary(uniqueKeysWithValues: (0..<nodes).map { (PeerID.test($0), $0) })
    for node in 0..<nodes {
      handle(.subscribe(topic), at: node)
      schedule(.heartbeat(node), in: Int.random(in: 1...1_000, using: &random))
    }
    for node in 1..<nodes {
      // To one of those before it first, so that nobody is left alone.
      link(node, Int.random(in: 0..<node, using: &random))
      while links[node].count < min(linksEach, nodes - 1) {
        link(node, Int.random(in: 0..<nodes, using: &random))
      }
    }
  }

  mutating func run(milliseconds: Int) {
    let end = elapsed + milliseconds
    while elapsed < end {
      // Events of this very millisecond may be added while it is worked on.
      var position = 0
      while elapsed < timeline.count, position < timeline[elapsed].count {
        let event = timeline[elapsed][position]
        position += 1
        switch event {
        case .arrival(let frame, let source, let target):
          guard links[target].contains(source), let body = try? RouterBench.body(of: frame),
            let rpc = try? RPCCodec.decode(body)
          else { continue }
          handle(.received(rpc, from: .test(source)), at: target)
        case .heartbeat(let node):
          handle(.heartbeat, at: node)
          schedule(.heartbeat(node), in: 1_000)
        }
      }
      if elapsed < timeline.count { timeline[elapsed] = [] }
      elapsed += 1
    }
  }

  mutating func publish(_ number: UInt64, from node: Int) throws -> MessageID {
    let message = try Message.test(from: .test(node), number: number)
    handle(.publish(message), at: node)
    return message.id
  }

  mutating func link(_ a: Int, _ b: Int) {
    guard a != b, links[a].insert(b).inserted else { return }
    links[b].insert(a)
    for (node, other, isOutbound) in [(a, b, true), (b, a, false)] {
      handle(.connected(.test(other), isOutbound: isOutbound), at: node)
      handle(.identified(.test(other), agent: "uc-bot/1"), at: node)
    }
    handle(.streamOpened(.test(b), .v12), at: a)
    handle(.streamOpened(.test(a), .v12), at: b)
  }

  mutating func unlink(_ a: Int, _ b: Int) {
    links[a].remove(b)
    links[b].remove(a)
    handle(.disconnected(.test(b)), at: a)
    handle(.disconnected(.test(a)), at: b)
  }

  private mutating func handle(_ event: RouterEvent, at node: Int) {
    let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000) + .milliseconds(Int64(elapsed))
    for action in routers[node].handle(event, now: now, random: &random) {
      switch action {
      case .send(let frame, let peers, let priority):
        for target in peers.compactMap({ numbers[$0] }).sorted() {
          // A reliable stream loses nothing; what is lost is what a full queue drops: never control.
          if priority != .control, Double.random(in: 0..<1, using: &random) < loss { continue }
          // Each line has one delay of its own, as a stream keeps the order.
          schedule(.arrival(frame, from: node, to: target), in: 5 + (node * 31 + target * 17) % 60)
        }
      case .validate(let message, let peer):
        handle(.validated(message, from: peer, .accept), at: node)
      case .deliver(let message, _):
        delivered[node].append(message.id)
      case .rejected, .published, .subscribed, .unsubscribed, .meshChanged: break
      }
    }
  }

  private mutating func schedule(_ event: Event, in milliseconds: Int) {
    let time = elapsed + milliseconds
    while timeline.count <= time { timeline.append([]) }
    timeline[time].append(event)
  }
}
