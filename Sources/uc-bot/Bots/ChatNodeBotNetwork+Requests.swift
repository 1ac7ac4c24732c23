import BotKit
import Identity
import Kademlia
import Limits
import Multiformats
import NIOCore
import Swarm
import UniversalConnectivity

/// What scripts want of the node beside talking and pinging. The node's own dials and direct messages have deadlines;
/// a script's shorter one is kept by its core, which then ignores the answer.
extension ChatNodeBotNetwork {
  func perform(
    _ request: BotRequest, timeoutSeconds: Double,
    completion: @escaping @Sendable (Result<BotAnswer, BotRequestFailure>) -> Void
  ) {
    let node = node
    switch request {
    case .connect(let text):
      guard let address = try? Multiaddr(text) else { return completion(.failure(.badAddress)) }
      node.connect(to: address).whenComplete { completion(Self.answer($0) { .peer(BotPeer(id: $0.description)) }) }
    case .connectPeer(let id, let addresses):
      guard let peer = try? PeerID(id), peer != node.localPeer else { return completion(.failure(.badAddress)) }
      Task {
        if await node.connectedPeers.contains(peer) { return completion(.success(.peer(BotPeer(id: id)))) }
        let targets = addresses.compactMap { try? Multiaddr("\(Multiaddr($0).withoutPeerID)/p2p/\(peer)") }
        if targets.isEmpty, let dht = node.dht, (try? await dht.findPeer(peer).get()) != nil {
          // On the way it was dialled.
          let isThere = await node.connectedPeers.contains(peer)
          return completion(isThere ? .success(.peer(BotPeer(id: id))) : .failure(.unreachable))
        }
        var outcome: Result<BotAnswer, BotRequestFailure> = .failure(.notFound)
        for target in targets.prefix(4) {
          do {
            _ = try await node.connect(to: target).get()
            return completion(.success(.peer(BotPeer(id: id))))
          } catch {
            outcome = .failure(Self.failure(of: error))
          }
        }
        completion(outcome)
      }
    case .disconnect(let id):
      guard let peer = try? PeerID(id) else { return completion(.failure(.notConnected)) }
      node.disconnect(peer)
      completion(.success(.done))
    case .identify(let id):
      guard let peer = try? PeerID(id) else { return completion(.failure(.notConnected)) }
      Task {
        guard await node.connectedPeers.contains(peer) else { return completion(.failure(.notConnected)) }
        guard let info = await node.identifyInfo(of: peer) else { return completion(.failure(.notFound)) }
        completion(
          .success(
            .identity(
              agent: info.agent, protocols: info.protocols, addresses: info.listenAddresses.map(\.description))))
      }
    case .send(let text, let id):
      guard let peer = try? PeerID(id) else { return completion(.failure(.notConnected)) }
      node.sendDirectFuture(text, to: peer).whenComplete { completion(Self.answer($0) { .done }) }
    case .findPeer(let id):
      guard let dht = node.dht, let peer = try? PeerID(id) else { return completion(.failure(.unsupported)) }
      dht.findPeer(peer).whenComplete {
        completion(Self.answer($0) { .addresses($0.addresses.map { "\($0)/p2p/\(peer)" }) })
      }
    case .provide(let key):
      guard let dht = node.dht else { return completion(.failure(.unsupported)) }
      dht.provide(key).whenComplete { completion(Self.answer($0) { _ in .done }) }
    case .findProviders(let key):
      guard let dht = node.dht else { return completion(.failure(.unsupported)) }
      dht.findProviders(key, limit: Limits.Kademlia.providers).whenComplete { result in
        // That nobody has announced it is an answer, too.
        if case .failure(KademliaError.notFound) = result { return completion(.success(.peers([]))) }
        completion(Self.answer(result) { .peers($0.map { BotPeer(id: $0.id.description) }) })
      }
    }
  }

  private static func answer<Value>(
    _ result: Result<Value, any Error>, _ transform: (Value) -> BotAnswer
  ) -> Result<BotAnswer, BotRequestFailure> {
    result.map(transform).mapError(failure)
  }

  private static func failure(of error: any Error) -> BotRequestFailure {
    switch error {
    case let error as SwarmError: failure(of: error)
    case let error as DirectMessageError: failure(of: error)
    case let error as KademliaError: failure(of: error)
    default: .failed
    }
  }

  private static func failure(of error: SwarmError) -> BotRequestFailure {
    switch error {
    case .unsupportedAddress, .selfDial, .notResolved: .badAddress
    case .connectFailed, .upgradeFailed, .wrongPeer: .unreachable
    case .limit: .busy
    case .notConnected: .notConnected
    case .protocolsNotSupported: .unsupported
    case .timeout, .lineDead: .timeout
    case .shutDown: .stopping
    case .streamReset, .connectionClosed, .listenFailed, .protocolViolation: .failed
    }
  }

  private static func failure(of error: KademliaError) -> BotRequestFailure {
    switch error {
    case .noPeers: .notConnected
    case .notFound, .noAddress: .notFound
    case .timeout: .timeout
    case .busy: .busy
    case .refused: .refused
    case .stopping: .stopping
    case .invalid: .failed
    }
  }

  private static func failure(of error: DirectMessageError) -> BotRequestFailure {
    switch error {
    case .notConnected: .notConnected
    case .unsupported: .unsupported
    case .empty: .empty
    case .tooLong: .tooLong
    case .tooMany: .busy
    case .timeout: .timeout
    case .refused: .refused
    case .stopping: .stopping
    case .badAnswer, .lost: .failed
    }
  }
}
