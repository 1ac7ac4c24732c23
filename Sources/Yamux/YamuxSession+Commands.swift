import Limits
import NIOCore

extension YamuxSession {
  /// Opens a stream. Data may be sent at once; `.acknowledged` or `.reset` follows.
  public mutating func openStream(now: NIODeadline) throws(StreamError) -> StreamID {
    guard failure == nil else { throw .sessionFailed }
    guard localGoAway == nil else { throw .localGoAway }
    guard remoteGoAway == nil else { throw .remoteGoAway }
    guard unacknowledgedCount < Limits.Yamux.unacknowledged else { throw .tooManyUnacknowledged }
    guard let stream = nextStream else { throw .identifiersExhausted }
    let (next, overflow) = stream.rawValue.addingReportingOverflow(2)
    nextStream = overflow ? nil : StreamID(next)
    streams[stream] = StreamRecord(now: now, awaitsAcknowledgement: true)
    unacknowledgedCount += 1
    queue.append(FrameHeader(.windowUpdate, .syn, stream: stream))
    return stream
  }

  /// Takes as much of `bytes` as the stream's window and the queue allow, and returns how much that was.
  ///
  /// What is left in `bytes` stays with the caller until `.windowOpened`. Nothing is copied: the queue keeps slices.
  @discardableResult
  public mutating func send(_ stream: StreamID, _ bytes: inout ByteBuffer) throws(StreamError) -> Int {
    guard let index = streams.index(forKey: stream), failure == nil else { throw .unknownStream(stream) }
    guard streams.values[index].state.canSend else { throw .writeClosed(stream) }
    let offered = bytes.readableBytes
    let window = streams.values[index].sendWindow.available
    let room = min(
      Limits.Yamux.streamQueueBytes - streams.values[index].queuedBytes,
      Limits.Yamux.connectionQueueBytes - queue.payloadBytes)
    var left = min(offered, window, max(room, 0))
    let taken = left
    while left > 0, let slice = bytes.readSlice(length: min(left, Limits.Yamux.frame)) {
      left -= slice.readableBytes
      queue.append(payload: slice, stream: stream)
    }
    streams.values[index].sendWindow.use(taken)
    streams.values[index].queuedBytes += taken
    if taken < offered {
      if taken == window {
        streams.values[index].wantsWindow = true
      } else if !streams.values[index].wantsQueue {
        streams.values[index].wantsQueue = true
        waitingForQueue.append(stream)
      }
    }
    return taken
  }

  /// Says that the application has read `count` bytes of a stream, so that the remote side may send more.
  ///
  /// Unknown streams are ignored: the application may read what came before the end of its stream.
  public mutating func consumed(_ stream: StreamID, _ count: Int, now: NIODeadline) {
    guard let index = streams.index(forKey: stream), failure == nil else { return }
    // After the remote side's FIN nothing more can come, and nim closes the connection on an update then.
    guard streams.values[index].state.canReceive, streams.values[index].released == nil else { return }
    let before = Limits.Yamux.connectionWindow - streams.count * Int(Limits.Yamux.initialWindow) - grown
    var growth = before
    let delta = streams.values[index].receiveWindow.consume(
      count, now: now, roundTrip: pings.roundTrip, growth: &growth)
    grown += before - growth
    guard let delta else { return }
    if streams.values[index].pendingUpdate == 0 { queue.appendWindowUpdate(stream) }
    streams.values[index].pendingUpdate &+= delta
  }

  /// Ends our direction of a stream, after everything that `send` took.
  ///
  /// - Returns: whether the stream is over now, because the remote side had ended its direction before (there is no
  ///   `.closed` action then).
  @discardableResult
  public mutating func closeWrite(_ stream: StreamID) throws(StreamError) -> Bool {
    guard let index = streams.index(forKey: stream), failure == nil else { throw .unknownStream(stream) }
    switch streams.values[index].state.closeLocal() {
    case .repeated: throw .writeClosed(stream)
    case .halfClosed:
      queue.appendFIN(stream)
      return false
    case .closed:
      queue.appendFIN(stream)
      remove(stream)
      return true
    }
  }

  /// Lets go of a stream in good order: our direction ends after what `send` took, and whatever the remote side
  /// still sends is dropped. No action about the stream follows.
  ///
  /// This is what a server does that has answered and does not care to read its client's FIN. A reset would make
  /// go-libp2p throw away the answer if it has not been read yet. If the remote side does not end its direction
  /// within `lingerSeconds`, or nearly fills its window, the stream is reset then.
  public mutating func close(_ stream: StreamID, now: NIODeadline) {
    guard let index = streams.index(forKey: stream), streams.values[index].released == nil, failure == nil else {
      return
    }
    switch streams.values[index].state.closeLocal() {
    case .closed:
      queue.appendFIN(stream)
      remove(stream)
      return
    case .halfClosed: queue.appendFIN(stream)
    case .repeated: break
    }
    streams.values[index].released = now
    releasedCount += 1
  }

  /// Ends a stream in both directions at once; what `send` took and is not drained is dropped. No action about the
  /// stream follows. Streams that are over are ignored.
  public mutating func reset(_ stream: StreamID) {
    guard failure == nil, remove(stream) else { return }
    queue.purge(stream)
    queue.append(FrameHeader(.data, .rst, stream: stream))
  }

  /// Sends a ping, or joins the one that is out; `.pong` follows.
  public mutating func ping(now: NIODeadline) {
    guard failure == nil, let value = pings.ping(now: now) else { return }
    queue.append(FrameHeader(.ping, .syn, stream: .session, length: value))
  }

  /// Tells the remote side to open no more streams; those that are open go on, new ones are reset.
  ///
  /// By the specification this is a polite announcement; only go-libp2p takes it so. js, rust and py end the
  /// connection when they read it: call it when everything else has been sent, and close after it.
  public mutating func goAway(_ code: GoAwayCode) {
    guard failure == nil, localGoAway == nil else { return }
    localGoAway = code
    queue.appendGoAway(code)
  }

  /// Lets time pass: keep-alive, measurements of the round trip, streams that linger. Call it about every second.
  ///
  /// - Throws: `keepAliveTimeout` when the peer has not answered a ping for `keepAliveSeconds`.
  public mutating func tick(now: NIODeadline) throws(YamuxError) {
    if let failure { throw failure }
    do {
      if let value = try pings.tick(now: now) {
        queue.append(FrameHeader(.ping, .syn, stream: .session, length: value))
      }
    } catch {
      fail(error)
      throw error
    }
    guard releasedCount > 0 else { return }
    let linger = TimeAmount.seconds(Int64(Limits.Yamux.lingerSeconds))
    let overdue = streams.filter { $0.value.released.map { now - $0 >= linger } ?? false }
    for stream in overdue.keys { reset(stream) }
  }

  /// Takes a stream out of the table; `false` when it is not there.
  @discardableResult
  mutating func remove(_ stream: StreamID) -> Bool {
    guard let record = streams.removeValue(forKey: stream) else { return false }
    if !role.owns(stream) { inboundStreamCount -= 1 }
    if record.awaitsAcknowledgement { unacknowledgedCount -= 1 }
    if record.released != nil { releasedCount -= 1 }
    grown -= record.receiveWindow.grown
    return true
  }
}
