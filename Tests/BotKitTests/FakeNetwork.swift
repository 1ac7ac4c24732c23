import BotKit
import Synchronization
import TestSupport

/// A room without a network: keeps what was published, and answers as told.
final class FakeNetwork: BotNetwork {
  struct Publication {
    var room: String
    var text: String
    /// Whether it is to go out as it is.
    var isBytes = false
  }

  struct State {
    var publishAnswer: Result<BotReceipt, BotPublishFailure> = .success(BotReceipt(id: "0a0b", peers: 2))
    /// nil: a ping is never answered.
    var pingAnswer: Result<Double, BotPingFailure>? = .success(0.02)
    var pinged: [(id: String, timeout: Double)] = []
    /// nil: a request is never answered.
    var answer: Result<BotAnswer, BotRequestFailure>? = .success(.done)
    var requests: [BotRequest] = []
  }

  static let me = "12D3KooWBotBotBotBotBotBotBotBotBotBotBotBotMEmeMEme"
  static let alice = BotPeer(id: "12D3KooWAliceAliceAliceAliceAliceAliceAliceALICE001")
  static let bob = BotPeer(id: "12D3KooWBobBobBobBobBobBobBobBobBobBobBobBobBOB00002")

  let state = Mutex(State())
  let published = EventRecorder<Publication>()
  let localPeerID = me

  var texts: [String] { published.events.map(\.text) }

  func publish(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    published.record(Publication(room: room, text: String(decoding: bytes, as: UTF8.self)))
    completion(state.withLock { $0.publishAnswer })
  }

  func publishBytes(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    published.record(Publication(room: room, text: String(decoding: bytes, as: UTF8.self), isBytes: true))
    completion(state.withLock { $0.publishAnswer })
  }

  func ping(
    _ peerID: String, timeoutSeconds: Double, completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
  ) {
    let answer = state.withLock { state in
      state.pinged.append((peerID, timeoutSeconds))
      return state.pingAnswer
    }
    if let answer { completion(answer) }
  }

  func perform(
    _ request: BotRequest, timeoutSeconds: Double,
    completion: @escaping @Sendable (Result<BotAnswer, BotRequestFailure>) -> Void
  ) {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answer
    }
    if let answer { completion(answer) }
  }
}
