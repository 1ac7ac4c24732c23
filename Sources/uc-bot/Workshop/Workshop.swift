import NIOCore
import Swarm
import UniversalConnectivity

/// `--workshop`: a peer as the lessons of the workshop want it, which a checker of theirs finds nothing wrong with.
///
/// It does not close a connection before the checker does, which takes the end of one for an error when it was not its
/// own. Nothing has to be done for that: peers here close none but the loser of two dials that crossed, and what is beyond
/// `Limits.Swarm`.
///
/// Confined to the node's event loop, where all events come; that is what `@unchecked Sendable` stands for.
final class Workshop: @unchecked Sendable {
  private let node: ChatNode
  private let reporter: Reporter
  private var greetings = WorkshopGreetings()

  init(node: ChatNode, reporter: Reporter) {
    self.node = node
    self.reporter = reporter
  }

  /// Looks at everything that happens, on the node's event loop.
  func note(_ event: ChatEvent) {
    switch event {
    case .subscribed(let peer, let topic):
      if topic == node.room, greetings.joined(peer) { greet() }
    case .disconnected(let peer, _): greetings.disconnected(peer)
    default: break
    }
  }

  private func greet() {
    let text = WorkshopGreetings.text(from: node.localPeer, unixNanos: WallClock.nanoseconds())
    node.publish(ByteBuffer(string: text)).whenComplete { [room = node.room, reporter] result in
      switch result {
      case .success: reporter.report(.published(topic: room))
      case .failure(let error): reporter.report(.notPublished(reason: "\(error)"))
      }
    }
  }
}

extension ChatNodeConfiguration {
  /// Makes it one of the workshop: the protobuf of its lessons, its three topics, a ping each second.
  mutating func joinWorkshop() {
    codec = .flat
    files.follows = true
    discovery.follows = true
    pingInterval = .seconds(1)
    // Lesson 7 has its peers answer, whoever can reach them.
    dht?.mode = .server
  }
}
