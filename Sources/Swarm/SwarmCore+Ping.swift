import Identity
import Limits
import NIOCore

/// Measuring the round trip, by the ping protocol or by Yamux.
extension SwarmCore {
  /// A ping by the ping protocol, or by Yamux for a peer that does not serve it.
  func ping(_ peer: PeerID) -> EventLoopFuture<TimeAmount> {
    guard let connection = connections.primary(peer) else {
      return eventLoop.makeFailedFuture(SwarmError.notConnected(peer))
    }
    let promise = eventLoop.makePromise(of: TimeAmount.self)
    guard let client = connection.pingClient, client.isUsable else {
      pingOnNewStream(connection, promise: promise)
      return promise.futureResult
    }
    // A kept stream may have been closed by the other side meanwhile (go: after 10 s of silence): one more try.
    let first = eventLoop.makePromise(of: TimeAmount.self)
    client.ping(promise: first)
    first.futureResult.assumeIsolated().whenComplete { [weak self] result in
      switch result {
      case .success(let time): promise.succeed(time)
      case .failure(let error):
        if case SwarmError.timeout = error { return promise.fail(error) }
        guard let self, connection.isOpen else { return promise.fail(error) }
        if let client = connection.pingClient, client.isUsable {
          client.ping(promise: promise)
        } else {
          self.pingOnNewStream(connection, promise: promise)
        }
      }
    }
    return promise.futureResult
  }

  func pingOnNewStream(_ connection: ConnectionHandler, promise: EventLoopPromise<TimeAmount>) {
    if let peer = connection.peer, let known = identified[peer]?.protocols, !known.contains(Swarm.pingProtocol) {
      connection.muxerPing(promise: promise)
      return
    }
    // The client takes further pings while its stream opens: a stream for each would be more than peers allow.
    let client = PingClient()
    connection.pingClient = client
    client.ping(promise: promise)
    openStream(on: connection, protocols: [Swarm.pingProtocol]) { channel, _ in
      try channel.pipeline.syncOperations.addHandler(client)
    }.assumeIsolated().whenFailure { _ in
      for promise in client.giveUp() { connection.muxerPing(promise: promise) }
    }
  }
}
