/// The event that a run goes back to, be it directly or by what another run began.
final class Cause {
  let event: EventName
  /// The id of the peer that the event comes from.
  let peer: String?
  /// What was said, if that is the event.
  let message: BotMessage?
  /// The name of the command that the message gives.
  var command: String?

  /// Runs of handlers begun for the event, or queued, that have not ended; and one more while they are being begun.
  private var open = 1
  private var whenOver: (() -> Void)?

  init(_ event: EventName, peer: String? = nil, message: BotMessage? = nil) {
    self.event = event
    self.peer = peer
    self.message = message
  }

  /// A handler begins to run, or waits for its turn.
  func begin() { open &+= 1 }

  /// A handler has ended, or all have been begun.
  func end() {
    open &-= 1
    guard open == 0, let body = whenOver else { return }
    whenOver = nil
    body()
  }

  /// Has something done when all handlers of the event have ended. To be called before they are begun.
  func whenOver(_ body: @escaping () -> Void) { whenOver = body }
}
