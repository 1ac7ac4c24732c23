import BotKit
import Synchronization

/// The network of a test: it keeps what bots publish, and answers pings as it is told. Nothing leaves the process.
package final class FakeRoom: BotNetwork {
  /// What a bot has said.
  package struct Publication: Sendable {
    package var room: String
    package var text: String
  }

  private struct State {
    var isConnected = true
    var listeners = 1
    var published = 0
    var onPublish: @Sendable (Publication) -> Void = { _ in }
    var pings: [String: Result<Double, BotPingFailure>] = [:]
    var connected: Set<String> = []
  }

  private let state = Mutex(State())
  package let localPeerID: String

  /// - Parameter name: of the peer that the bots speak as.
  package init(name: String = "bot") { localPeerID = FakePeer.peer(name: name).id }

  /// Told each text that is published.
  package func onPublish(_ body: @escaping @Sendable (Publication) -> Void) {
    state.withLock { $0.onPublish = body }
  }

  /// Whether anybody is there: without a connection nothing is published.
  package var isConnected: Bool {
    get { state.withLock { $0.isConnected } }
    set { state.withLock { $0.isConnected = newValue } }
  }

  /// From now on a ping of this peer ends like that.
  package func answerPings(of id: String, with answer: Result<Double, BotPingFailure>) {
    state.withLock { $0.pings[id] = answer }
  }

  /// Connected peers answer pings in 50 ms unless told otherwise; others are not connected.
  package func setConnected(_ id: String, _ isConnected: Bool) {
    state.withLock { state in
      if isConnected { state.connected.insert(id) } else { state.connected.remove(id) }
    }
  }

  /// Whether this peer is connected.
  func isConnected(to id: String) -> Bool { state.withLock { $0.isConnected && $0.connected.contains(id) } }

  package func publish(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    let (number, peers, onPublish) = state.withLock { state in
      guard state.isConnected else { return (0, 0, state.onPublish) }
      state.published += 1
      return (state.published, max(1, state.connected.count), state.onPublish)
    }
    guard number > 0 else { return completion(.failure(.noPeers)) }
    onPublish(Publication(room: room, text: String(decoding: bytes, as: UTF8.self)))
    let digits = String(number, radix: 16)
    let id = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    completion(.success(BotReceipt(id: id, peers: peers)))
  }

  package func ping(
    _ peerID: String, timeoutSeconds: Double, completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
  ) {
    let answer = state.withLock { state in
      state.pings[peerID] ?? (state.connected.contains(peerID) ? .success(0.05) : .failure(.notConnected))
    }
    completion(answer)
  }
}
