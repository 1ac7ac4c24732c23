import Identity
import Limits
import NIOCore
import Swarm

/// Direct messages of one node: serves `/universal-connectivity/dm/1.0.0`, and speaks it to others.
///
/// Confined to the node's event loop.
final class DirectMessages {
  static let protocolName = "/universal-connectivity/dm/1.0.0"

  private let swarm: Swarm
  private let configuration: DirectMessageConfiguration
  private let emit: (DirectMessage) -> Void
  private let complain: (PeerID, String) -> Void
  private var budgets: [PeerID: RateBudget] = [:]
  private var waiting = 0

  init(
    swarm: Swarm, configuration: DirectMessageConfiguration, emit: @escaping (DirectMessage) -> Void,
    complain: @escaping (PeerID, String) -> Void
  ) {
    self.swarm = swarm
    self.configuration = configuration
    self.emit = emit
    self.complain = complain
  }

  // MARK: taking

  func accept(_ stream: InboundStream) {
    let peer = stream.peer
    let responder = DirectMessageResponder(
      configuration: configuration,
      take: { [weak self] request in
        DirectResponse(
          status: self?.verdict(on: request, from: peer) ?? .error("stopping"), milliseconds: Self.milliseconds())
      },
      surface: { [weak self] request in
        self?.emit(DirectMessage(request, from: peer, receivedNanos: WallClock.nanoseconds()))
      },
      complain: { [weak self] reason in self?.complain(peer, reason) })
    do {
      try stream.channel.pipeline.syncOperations.addHandler(responder)
    } catch {
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
  }

  private func verdict(on request: Result<DirectRequest, DirectFault>, from peer: PeerID) -> DirectResponse.Status {
    switch request {
    case .failure(let fault): return .error(fault.description)
    case .success:
      var budget = budgets[peer] ?? RateBudget(perMinute: Limits.Direct.perMinute)
      let isAllowed = budget.take(now: configuration.now())
      budgets[peer] = budget
      return isAllowed ? .ok : .error("too many messages")
    }
  }

  /// What is remembered of a peer ends with its last connection.
  func disconnected(_ peer: PeerID) { budgets[peer] = nil }

  // MARK: sending

  /// Fails with ``DirectMessageError``.
  func send(_ text: String, to peer: PeerID) -> EventLoopFuture<Void> {
    let eventLoop = swarm.eventLoop
    let length = text.utf8.count
    let refusal: DirectMessageError? =
      if length == 0 {
        .empty
      } else if length > Limits.Chat.publish {
        .tooLong(bytes: length, limit: Limits.Chat.publish)
      } else if waiting >= Limits.Direct.waiting {
        .tooMany(waiting)
      } else {
        nil
      }
    if let refusal { return eventLoop.makeFailedFuture(refusal) }

    waiting += 1
    let promise = eventLoop.makePromise(of: Void.self)
    let caller = NIOLoopBound(DirectMessageCaller(promise: promise), eventLoop: eventLoop)
    let deadline = eventLoop.scheduleTask(in: configuration.timeout) { caller.value.end(.timeout) }
    let request = DirectRequest(content: text, milliseconds: Self.milliseconds()).frame()
    swarm.openStream(to: peer, protocols: [Self.protocolName]) { channel, _ in
      // The stream of a call whose time is up would be nobody's.
      guard !caller.value.isOver else { throw DirectMessageError.timeout }
      try channel.pipeline.syncOperations.addHandler(caller.value)
      channel.writeAndFlush(request, promise: nil)
    }.whenFailure { error in caller.value.end(DirectMessageError(error)) }
    return promise.futureResult.assumeIsolated().always { [weak self] _ in
      deadline.cancel()
      self?.waiting -= 1
    }.nonisolated()
  }

  private static func milliseconds() -> Int64 { WallClock.nanoseconds() / 1_000_000 }
}
