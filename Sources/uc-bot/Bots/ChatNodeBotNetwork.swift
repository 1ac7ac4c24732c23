import BotKit
import Identity
import NIOCore
import Swarm
import UniversalConnectivity

/// The network as the bots see it: a ``ChatNode`` behind BotKit's own protocol, so that a bot can be tested without one.
final class ChatNodeBotNetwork: BotNetwork {
  let localPeerID: String
  let node: ChatNode
  private let systemLog: SystemLog?

  /// - Parameter systemLog: Where it is kept what could not be published.
  init(node: ChatNode, systemLog: SystemLog? = nil) {
    self.node = node
    self.systemLog = systemLog
    localPeerID = node.localPeer.description
  }

  func publish(
    _ text: [UInt8], room: String,
    completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    publish(text, room: room, codec: nil, completion)
  }

  func publishBytes(
    _ bytes: [UInt8], room: String,
    completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    publish(bytes, room: room, codec: .raw, completion)
  }

  private func publish(
    _ bytes: [UInt8], room: String, codec: PayloadCodec?,
    _ completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    node.publish(ByteBuffer(bytes: bytes), room: room, codec: codec).whenComplete { [systemLog] result in
      switch result {
      case .success(let receipt):
        completion(.success(BotReceipt(id: Hex.text(receipt.id), peers: receipt.peers)))
      case .failure(let error):
        completion(.failure(Self.publishFailure(of: error)))
        // The disk is not waited for on the event loop. There are not many: the flood guard was before this.
        if let systemLog { Task { systemLog.append(.notPublished(reason: "\(error)")) } }
      }
    }
  }

  func ping(
    _ peerID: String, timeoutSeconds: Double,
    completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void
  ) {
    guard let peer = try? PeerID(peerID) else { return completion(.failure(.notConnected)) }
    // A script's number may be anything; ten minutes are longer than any ping.
    let seconds = timeoutSeconds.isFinite ? min(max(timeoutSeconds, 0), 600) : 600
    let node = node
    node.eventLoop.execute {
      // Completed by whichever comes first; a promise ignores the second answer.
      let promise = node.eventLoop.makePromise(of: Result<Double, BotPingFailure>.self)
      let limit = node.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
        promise.succeed(.failure(.timeout))
      }
      node.ping(peer).whenComplete { result in
        limit.cancel()
        promise.succeed(result.mapError(Self.pingFailure))
      }
      promise.futureResult.whenSuccess(completion)
    }
  }

  func peer(_ text: String) -> BotPeer? {
    (try? PeerID(text)).map { BotPeer(id: $0.description) }
  }

  private static func publishFailure(of error: any Error) -> BotPublishFailure {
    switch error {
    case ChatPublishError.noPeers: .noPeers
    case ChatPublishError.notJoined: .notJoined
    case ChatPublishError.tooLong: .tooLong
    case ChatPublishError.stopping: .stopping
    default: .failed
    }
  }

  private static func pingFailure(of error: any Error) -> BotPingFailure {
    switch error {
    case SwarmError.notConnected: .notConnected
    case SwarmError.timeout: .timeout
    case SwarmError.protocolsNotSupported: .unsupported
    case SwarmError.shutDown: .stopping
    default: .failed
    }
  }
}
