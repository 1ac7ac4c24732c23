import Identity
import Kademlia
import Logging
import Multiformats
import NIOCore
import NIOPosix
import Swarm

/// A peer for the time of one question to the distributed hash table.
struct DHTPeer: Sendable {
  let swarm: Swarm
  let table: Kademlia
  let identity: KeyPair
  private let eventLoops: MultiThreadedEventLoopGroup

  /// Starts it, and waits until it knows somebody; not without `seconds`.
  /// - Throws: ``Failure`` when nobody is there within `seconds`.
  init(
    identity: KeyPair, listen: [Multiaddr], configuration: KademliaConfiguration, seconds: Double?, logger: Logger
  ) async throws {
    self.identity = identity
    eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var swarmConfiguration = SwarmConfiguration()
    swarmConfiguration.agent = Version.agent
    swarm = try Swarm(
      configuration: swarmConfiguration, identity: identity, eventLoop: eventLoops.next(), logger: logger)
    table = Kademlia(swarm: swarm, configuration: configuration, logger: logger)
    let ready = swarm.eventLoop.makePromise(of: Void.self)
    let wait = NIOLoopBoundBox.makeBoxSendingValue(
      BootstrapWait(peers: configuration.bootstrap.count), eventLoop: swarm.eventLoop)
    table.onEvent { event in
      switch event {
      case .bootstrapped: ready.succeed()
      case .unreachable(_, let why):
        if let failure = wait.value.failed(why) { ready.fail(failure) }
      default: break
      }
    }
    for address in listen {
      do { try await swarm.listen(on: address) } catch { throw Failure(.unavailable, "\(error)") }
    }
    guard let seconds else {
      ready.succeed()
      table.start()
      return
    }
    let limit = swarm.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
      ready.fail(wait.value.timedOut(seconds: seconds))
    }
    table.start()
    do {
      try await ready.futureResult.get()
      limit.cancel()
    } catch {
      await stop()
      throw error
    }
  }

  func stop() async {
    table.stop()
    await swarm.shutdown()
    try? await eventLoops.shutdownGracefully()
  }
}
