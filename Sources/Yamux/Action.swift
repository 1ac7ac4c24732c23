import NIOCore

extension YamuxSession {
  /// What the session tells its owner, in the order in which it happened.
  public enum Action: Sendable {
    /// The remote side opened a stream (it is acknowledged already). `reset` it to refuse it.
    case streamOpened(StreamID)
    /// The remote side accepted a stream of ours.
    case acknowledged(StreamID)
    /// Bytes of a stream, a slice of what was received. Say `consumed` when the application has read them.
    ///
    /// A frame may come in several pieces, and a piece may be a single byte: an owner that has to hold pieces back
    /// should put small ones together, as each keeps the memory of its whole read alive.
    case data(StreamID, ByteBuffer)
    /// No more data will come on the stream.
    case remoteClosedWrite(StreamID)
    /// `send` took less than it was given, and would take more now.
    case windowOpened(StreamID)
    /// Both directions have ended in good order; the session has forgotten the stream. Last action of the stream.
    case closed(StreamID)
    /// The stream ended at once, by the remote side or by a breach of its rules. Last action of the stream.
    case reset(StreamID)
    /// A ping was answered after this time.
    case pong(TimeAmount)
    /// The remote side takes no new streams; those that are open go on.
    case goAway(GoAwayCode)
  }
}
