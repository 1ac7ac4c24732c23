import BotKit
import Logging
import Synchronization
import UniversalConnectivity

/// A network that says nothing: what bots would say is logged, and they are answered as if it had been sent. Everything
/// else (listening, connecting, pinging) is that of the real one. `--dry-run`.
final class DryRunNetwork: BotNetwork {
  private let network: any BotNetwork
  private let logger: Logger
  private let number = Atomic<UInt64>(0)

  init(_ network: any BotNetwork, logger: Logger) {
    self.network = network
    self.logger = logger
  }

  var localPeerID: String { network.localPeerID }

  func publish(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    note("would say", String(decoding: bytes, as: UTF8.self), ["room": "\(TerminalText.sanitized(room, limit: 80))"])
    let id = "dry-run-\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
    completion(.success(BotReceipt(id: id, peers: 1)))
  }

  func ping(
    _ peerID: String, timeoutSeconds: Double, completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
  ) {
    network.ping(peerID, timeoutSeconds: timeoutSeconds, completion: completion)
  }

  func perform(
    _ request: BotRequest, timeoutSeconds: Double,
    completion: @escaping @Sendable (Result<BotAnswer, BotRequestFailure>) -> Void
  ) {
    switch request {
    case .send(let text, let id):
      note("would say to one peer", text, ["peer": "\(id)"])
      completion(.success(.done))
    case .provide:
      logger.notice("would announce that something can be got here")
      completion(.success(.done))
    case .connect, .connectPeer, .disconnect, .identify, .findPeer, .findProviders:
      network.perform(request, timeoutSeconds: timeoutSeconds, completion: completion)
    }
  }

  func peer(_ text: String) -> BotPeer? { network.peer(text) }

  private func note(_ what: String, _ text: String, _ fields: Logger.Metadata) {
    logger.notice("\(what)", metadata: fields.merging(["text": "\(TerminalText.sanitized(text))"]) { $1 })
  }
}
