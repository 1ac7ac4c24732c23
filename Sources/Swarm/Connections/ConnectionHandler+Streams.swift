import Identity
import Limits
import NIOCore
import Yamux

/// Opening and accepting streams, and what their channels ask the session for.
extension ConnectionHandler {
  func acceptStream(_ id: StreamID) {
    guard let swarm, let channel else { return }
    let stream = StreamChannel(id: id, direction: .inbound, connection: self, parent: channel)
    streams[id] = stream
    let negotiation = StreamNegotiationHandler(listening: swarm.protocolNames) { [weak self, unowned stream] result in
      guard let self, case .success(let name) = result else { return }
      self.accepted(stream, name)
    }
    try? stream.pipeline.syncOperations.addHandler(negotiation)
    track(stream)
    stream.activate()
  }

  func accepted(_ stream: StreamChannel, _ name: String) {
    guard let peer, let swarm, let handler = swarm.handlers[name] else { return }
    let open = streamCounts[name, default: 0]
    guard open < handler.maximumStreams else {
      swarm.counters.streamsRefused &+= 1
      stream.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
      return
    }
    streamCounts[name] = open + 1
    stream.closeFuture.assumeIsolated().whenComplete { [weak self] _ in
      guard let self, let count = self.streamCounts[name] else { return }
      self.streamCounts[name] = count > 1 ? count - 1 : nil
    }
    handler.accept(InboundStream(channel: stream, peer: peer, protocolID: name))
  }

  func track(_ stream: StreamChannel) {
    stream.closeFuture.assumeIsolated().whenComplete { [weak self] _ in
      guard let self, self.streams[stream.id] === stream else { return }
      self.streams.removeValue(forKey: stream.id)
    }
  }

  /// Opens a stream and agrees on one of the protocols.
  /// - Parameters:
  ///   - lazy: Send the application's first bytes before the answer; only for a protocol that identify has told of.
  ///   - configure: Fills the pipeline, before the first byte is read.
  func openStream(
    _ protocols: [String], lazy: Bool, configure: @escaping (any Channel, String) throws -> Void,
    promise: EventLoopPromise<any Channel>
  ) {
    guard case .open = phase, let channel else {
      promise.fail(SwarmError.connectionClosed("the connection is not open"))
      return
    }
    do {
      guard let id = try session?.openStream(now: .now()) else {
        throw SwarmError.connectionClosed("the connection is not open")
      }
      let stream = StreamChannel(id: id, direction: .outbound, connection: self, parent: channel)
      streams[id] = stream
      track(stream)
      let negotiation = StreamNegotiationHandler(dialing: protocols, lazy: lazy) { [unowned stream] result in
        do {
          try configure(stream, result.get())
          promise.succeed(stream)
        } catch {
          promise.fail(error)
          stream.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
        }
      }
      try stream.pipeline.syncOperations.addHandler(negotiation)
      stream.activate()
      scheduleFlush()
    } catch {
      promise.fail(error)
    }
  }

  /// Measures the round trip with a Yamux ping, for peers without the ping protocol.
  func muxerPing(promise: EventLoopPromise<TimeAmount>) {
    guard case .open = phase else {
      promise.fail(SwarmError.connectionClosed("the connection is not open"))
      return
    }
    pings.append(promise)
    session?.ping(now: .now())
    context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.Ping.timeoutSeconds))) {
      promise.fail(SwarmError.timeout("ping", seconds: Limits.Ping.timeoutSeconds))
    }
    scheduleFlush()
  }

  /// Whether no stream is open but that of our own pings.
  var isIdle: Bool { streams.count <= (pingClient?.isUsable == true ? 1 : 0) }

  var isOpen: Bool { if case .open = phase { true } else { false } }

  /// Whether the connection was opened so lately that the peer may have dialled us before it knew of it.
  var isYoung: Bool { openedAt.map { .now() - $0 < .seconds(Int64(Limits.Swarm.crossingSeconds)) } ?? true }

  /// Takes what the window and the queue allow; `StreamChannel.pump` is called when there is room again.
  func streamSend(_ id: StreamID, _ bytes: inout ByteBuffer) -> Int {
    let taken = (try? session?.send(id, &bytes)) ?? 0
    if taken > 0 { scheduleFlush() }
    return taken
  }

  func streamConsumed(_ id: StreamID, _ count: Int) {
    session?.consumed(id, count, now: .now())
    if session?.hasOutbound == true { scheduleFlush() }
  }

  func streamFinish(_ id: StreamID) {
    _ = try? session?.closeWrite(id)
    scheduleFlush()
  }

  func streamReset(_ id: StreamID) {
    streams.removeValue(forKey: id)
    session?.reset(id)
    scheduleFlush()
  }

  /// The channel of a stream is closed, our FIN sent or queued: what still comes is dropped by the session.
  func streamReleased(_ id: StreamID) {
    streams.removeValue(forKey: id)
    session?.close(id, now: .now())
    scheduleFlush()
  }
}
