import Limits
import NIOCore

/// Where the payload of a data frame goes.
enum PayloadSink {
  /// To the stream's owner; `fin` when the frame also ends the remote side's direction.
  case stream(StreamID, fin: Bool)
  /// Nowhere: the stream is over, refused or unknown.
  case discard
}

extension YamuxSession {
  /// Takes everything that was received.
  ///
  /// - Parameters:
  ///   - buffer: decrypted bytes, however they were split; empty afterwards.
  ///   - now: the time.
  ///   - actions: gets what happened. What was appended before an error is valid.
  /// - Throws: what ends the session. A GoAway is queued then; drain it, flush, close the connection and its streams.
  public mutating func receive(
    _ buffer: inout ByteBuffer, now: NIODeadline, into actions: inout [Action]
  ) throws(YamuxError) {
    defer { buffer.moveReaderIndex(to: buffer.writerIndex) }
    if let failure { throw failure }
    guard buffer.readableBytes > 0 else { return }
    pings.hear(now: now)
    do {
      while let piece = try decoder.next(&buffer) {
        switch piece {
        case .header(let header): try receive(header, now: now, into: &actions)
        case .payload(let slice, let isLast): receive(slice, isLast: isLast, into: &actions)
        }
      }
    } catch {
      fail(error)
      throw error
    }
  }

  private mutating func receive(_ payload: ByteBuffer, isLast: Bool, into actions: inout [Action]) {
    guard case .stream(let stream, let fin) = sink else { return }
    // The owner may have reset or closed the stream since the header came.
    if let index = streams.index(forKey: stream), streams.values[index].released == nil {
      actions.append(.data(stream, payload))
    }
    guard isLast else { return }
    sink = .discard
    if fin { _ = finish(stream, into: &actions) }
  }

  private mutating func receive(
    _ header: FrameHeader, now: NIODeadline, into actions: inout [Action]
  ) throws(YamuxError) {
    switch header.type {
    case .data, .windowUpdate:
      guard header.stream != .session else { throw .streamFrameOnSession(header.type) }
      sink = .discard
      if header.flags.contains(.syn) {
        guard try acceptStream(header, now: now, into: &actions) else { break }
      }
      try receiveStreamFrame(header, now: now, into: &actions)
    case .ping:
      guard header.stream == .session else { throw .sessionFrameOnStream(.ping, header.stream) }
      try receivePing(header, now: now, into: &actions)
    case .goAway:
      guard header.stream == .session else { throw .sessionFrameOnStream(.goAway, header.stream) }
      try receiveGoAway(GoAwayCode(header.length), now: now, into: &actions)
    }
    let pending = queue.controlCount
    guard pending <= Limits.Yamux.pendingControlFrames else { throw .tooManyPendingFrames(pending) }
  }

  /// Opens the stream of a SYN; `false` when it is refused. Everything about the frame that could be wrong is looked
  /// at before there is a stream (CVE-2026-32314 was a panic while one was cleaned up).
  private mutating func acceptStream(
    _ header: FrameHeader, now: NIODeadline, into actions: inout [Action]
  ) throws(YamuxError) -> Bool {
    let stream = header.stream
    guard !role.owns(stream) else { throw .wrongParity(stream) }
    guard !used.contains(stream) else { throw .streamReused(stream) }
    let window = Limits.Yamux.initialWindow
    switch header.type {
    case .data where header.length > window:
      throw .windowExceeded(stream, length: header.length, window: window)
    case .windowUpdate where header.length > UInt32.max - window:
      throw .windowOverflow(stream, delta: header.length)
    default: break
    }
    used.insert(stream)
    if header.flags.contains(.rst) { return false }
    guard localGoAway == nil, inboundStreamCount < Limits.Yamux.inboundStreams else {
      refusedStreamCount += 1
      queue.append(FrameHeader(.data, .rst, stream: stream))
      return false
    }
    streams[stream] = StreamRecord(now: now, awaitsAcknowledgement: false)
    inboundStreamCount += 1
    queue.append(FrameHeader(.windowUpdate, .ack, stream: stream))
    actions.append(.streamOpened(stream))
    return true
  }

  private mutating func receiveStreamFrame(
    _ header: FrameHeader, now: NIODeadline, into actions: inout [Action]
  ) throws(YamuxError) {
    let stream = header.stream
    guard let index = streams.index(forKey: stream) else {
      // Late frames of a stream that has ended are normal. An answer could only do harm: nim closes the connection
      // on a reset of a stream that it has forgotten, and rust-yamux (issue 110) gives the same advice.
      if !wasOpened(stream) { try countUseless(now: now) }
      return
    }
    if header.flags.contains(.rst) {
      let isReleased = streams.values[index].released != nil
      remove(stream)
      queue.purge(stream)
      if !isReleased { actions.append(.reset(stream)) }
      return
    }
    if streams.values[index].awaitsAcknowledgement {
      // Whoever talks on a stream has accepted it, with or without the flag.
      streams.values[index].awaitsAcknowledgement = false
      unacknowledgedCount -= 1
      if streams.values[index].released == nil { actions.append(.acknowledged(stream)) }
    } else if header.length == 0, header.flags.isDisjoint(with: [.syn, .fin]) {
      try countUseless(now: now)
      return
    }
    switch header.type {
    case .windowUpdate: try receiveWindowUpdate(header, index, into: &actions)
    default: if try !receiveData(header, index, into: &actions) { return }
    }
    let isPayloadDue = header.type == .data && header.length > 0
    if header.flags.contains(.fin), !isPayloadDue, !finish(stream, into: &actions) { try countUseless(now: now) }
  }

  private mutating func receiveWindowUpdate(
    _ header: FrameHeader, _ index: Dictionary<StreamID, StreamRecord>.Index, into actions: inout [Action]
  ) throws(YamuxError) {
    guard streams.values[index].sendWindow.grant(header.length) else {
      throw .windowOverflow(header.stream, delta: header.length)
    }
    guard streams.values[index].wantsWindow, streams.values[index].sendWindow.available > 0 else { return }
    streams.values[index].wantsWindow = false
    if streams.values[index].state.canSend { actions.append(.windowOpened(header.stream)) }
  }

  /// Books the payload of a data frame and says where it goes; `false` when that ended the stream.
  private mutating func receiveData(
    _ header: FrameHeader, _ index: Dictionary<StreamID, StreamRecord>.Index, into actions: inout [Action]
  ) throws(YamuxError) -> Bool {
    guard header.length > 0 else { return true }
    let stream = header.stream
    let isReleased = streams.values[index].released != nil
    guard streams.values[index].state.canReceive else {
      // Data after FIN: this stream cannot be trusted, the others can.
      reset(stream)
      if !isReleased { actions.append(.reset(stream)) }
      return false
    }
    let window = streams.values[index].receiveWindow.granted
    guard streams.values[index].receiveWindow.receive(header.length) else {
      throw .windowExceeded(stream, length: header.length, window: window)
    }
    pings.noteData()
    let fin = header.flags.contains(.fin)
    sink = .stream(stream, fin: fin)
    if isReleased, !fin, streams.values[index].receiveWindow.isNearlyFull {
      // The owner is gone and will not make room: tell the sender, who would wait for it.
      reset(stream)
      return false
    }
    return true
  }

  /// Ends the remote side's direction of a stream; `false` when it had ended before.
  private mutating func finish(_ stream: StreamID, into actions: inout [Action]) -> Bool {
    guard let index = streams.index(forKey: stream) else { return true }
    let isReleased = streams.values[index].released != nil
    switch streams.values[index].state.closeRemote() {
    case .repeated: return false
    case .halfClosed:
      actions.append(.remoteClosedWrite(stream))
    case .closed:
      remove(stream)
      if !isReleased {
        actions.append(.remoteClosedWrite(stream))
        actions.append(.closed(stream))
      }
    }
    return true
  }

  private mutating func receivePing(
    _ header: FrameHeader, now: NIODeadline, into actions: inout [Action]
  ) throws(YamuxError) {
    switch header.flags {
    case .syn: queue.append(FrameHeader(.ping, .ack, stream: .session, length: header.length))
    case .ack:
      if let roundTrip = pings.answered(header.length, now: now) {
        actions.append(.pong(roundTrip))
      } else {
        try countUseless(now: now)
      }
    default: throw .invalidPingFlags(header.flags)
    }
  }

  private mutating func receiveGoAway(
    _ code: GoAwayCode, now: NIODeadline, into actions: inout [Action]
  ) throws(YamuxError) {
    // The first code is the reason; more of them tell nothing new.
    guard remoteGoAway == nil else {
      try countUseless(now: now)
      return
    }
    remoteGoAway = code
    actions.append(.goAway(code))
  }

  /// Whether a stream that is not in the table has been there.
  private func wasOpened(_ stream: StreamID) -> Bool {
    guard role.owns(stream) else { return used.contains(stream) }
    return nextStream.map { stream < $0 } ?? true
  }

  private mutating func countUseless(now: NIODeadline) throws(YamuxError) {
    guard useless.spend(now: now) else { throw .tooManyUselessFrames }
  }
}
