import Identity
import Multiformats
import NIOCore

/// A dial under way. It stays in the swarm's table until nothing of it goes on any more, also when its time is up before.
///
/// Confined to the event loop of its swarm.
final class Dial {
  /// One address that is tried.
  struct Attempt: Sendable, Hashable {
    /// As it was given.
    let transport: Multiaddr
    let address: SocketAddress
  }

  /// The address that was asked for, or the best of several.
  let name: Multiaddr
  /// Whom to expect.
  let peer: PeerID?
  let promise: EventLoopPromise<PeerID>
  let deadline: NIODeadline
  var attempts: [Attempt] = []
  var race = DialRace(count: 0, now: .now())
  /// The connections that are being tried.
  var handlers: [Int: ConnectionHandler] = [:]
  var timer: Scheduled<Void>?
  /// What went wrong last; it is the dial's error when nothing is left.
  var lastError: any Error = SwarmError.shutDown
  var isOver = false

  init(_ name: Multiaddr, peer: PeerID?, promise: EventLoopPromise<PeerID>, deadline: NIODeadline) {
    self.name = name
    self.peer = peer
    self.promise = promise
    self.deadline = deadline
  }

  func end(_ error: any Error) {
    isOver = true
    timer?.cancel()
    promise.fail(error)
    for handler in handlers.values { handler.close(error) }
  }
}
