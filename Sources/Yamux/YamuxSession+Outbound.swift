import Limits
import NIOCore

extension YamuxSession {
  /// Takes frames out of the queue, in the order in which they are to be written.
  ///
  /// - Parameters:
  ///   - limit: stop after the frame with which this many bytes, headers included, are reached.
  ///   - now: the round trip of a ping counts from here.
  ///   - frames: gets the frames.
  ///   - actions: gets `.windowOpened` for streams that the full queue had cut short, longest waiting first.
  public mutating func drainOutbound(
    upTo limit: Int = .max, now: NIODeadline, into frames: inout [OutboundFrame], actions: inout [Action]
  ) {
    var bytes = 0
    while bytes < limit, let frame = nextFrame(now: now) {
      bytes += frame.encodedLength
      frames.append(frame)
    }
    wakeWaiting(into: &actions)
  }

  private mutating func nextFrame(now: NIODeadline) -> OutboundFrame? {
    while let entry = queue.popFirst() {
      switch entry {
      case .control(.frame(let header)):
        if header.type == .ping, header.flags == .syn { pings.sent(header.length, now: now) }
        return OutboundFrame(header: header, payload: nil)
      case .control(.windowUpdate(let stream)):
        if let delta = takeUpdate(stream) {
          return OutboundFrame(header: FrameHeader(.windowUpdate, stream: stream, length: delta), payload: nil)
        }
      case .data(.payload(let stream, let payload)):
        if let index = streams.index(forKey: stream) { streams.values[index].queuedBytes -= payload.readableBytes }
        let length = UInt32(clamping: payload.readableBytes)
        return OutboundFrame(header: FrameHeader(.data, stream: stream, length: length), payload: payload)
      case .data(.fin(let stream)):
        return OutboundFrame(header: FrameHeader(.data, .fin, stream: stream), payload: nil)
      case .data(.goAway(let code)):
        return OutboundFrame(header: FrameHeader(.goAway, stream: .session, length: code.rawValue), payload: nil)
      }
    }
    return nil
  }

  /// The delta of the window update that is due, unless the stream has ended meanwhile.
  private mutating func takeUpdate(_ stream: StreamID) -> UInt32? {
    guard let index = streams.index(forKey: stream) else { return nil }
    let delta = streams.values[index].pendingUpdate
    streams.values[index].pendingUpdate = 0
    let isWanted = streams.values[index].state.canReceive && streams.values[index].released == nil
    return isWanted && delta > 0 ? delta : nil
  }

  private mutating func wakeWaiting(into actions: inout [Action]) {
    // At half full, so that each stream that is woken has something worth a frame to do.
    guard queue.payloadBytes <= Limits.Yamux.connectionQueueBytes / 2 else { return }
    for _ in 0..<waitingForQueue.count {
      guard let stream = waitingForQueue.popFirst() else { return }
      guard let index = streams.index(forKey: stream) else { continue }
      guard streams.values[index].queuedBytes <= Limits.Yamux.streamQueueBytes / 2 else {
        waitingForQueue.append(stream)
        continue
      }
      streams.values[index].wantsQueue = false
      if streams.values[index].state.canSend { actions.append(.windowOpened(stream)) }
    }
  }
}
