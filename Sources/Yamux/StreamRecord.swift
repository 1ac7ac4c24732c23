import NIOCore

/// What the session knows of one stream.
struct StreamRecord {
  var state = StreamState.open
  var sendWindow = SendWindow()
  var receiveWindow: ReceiveWindow

  /// We opened it and the remote side has not answered yet.
  var awaitsAcknowledgement: Bool
  /// `send` took less than it was given because the window ran out; the owner hears when it opens.
  var wantsWindow = false
  /// The same for the queue.
  var wantsQueue = false
  /// Payload bytes in the outbound queue.
  var queuedBytes = 0
  /// A window update that is in the queue; 0 when none is.
  var pendingUpdate: UInt32 = 0
  /// The owner has let go of the stream: what still arrives is dropped. Holds the time at which it did.
  var released: NIODeadline?

  init(now: NIODeadline, awaitsAcknowledgement: Bool) {
    self.receiveWindow = ReceiveWindow(now: now)
    self.awaitsAcknowledgement = awaitsAcknowledgement
  }
}
