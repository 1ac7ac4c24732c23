import Limits
import LuaVM

extension BotCore {
  /// Says a text for the running task, which gets a receipt, or `nil` and why not.
  func say(
    _ text: String, room: String, repeats: RepeatPolicy? = nil, for function: String, _ call: LuaCall
  ) throws(Misuse) -> LuaOutcome {
    // Before the first peer nobody waits, so this may be called anywhere.
    if outbox.isReady { try call.requireWait(function) }
    if isStopped {
      call.results.failure("stopping")
      return .values
    }
    var text = text
    if let peer = currentCause?.peer {
      switch loops.judge(text, peer: peer, room: room, now: now) {
      case .say: break
      case .dots: text = "..."
      case .silence:
        statistics.loops &+= 1
        call.results.failure("loop")
        return .values
      }
    }
    let token = newToken()
    let isQuiet = currentCause?.event == .publishFailed
    switch outbox.accept(text, room: room, token: token, repeats: repeats, isQuiet: isQuiet, now: now) {
    case .refused(let code):
      call.results.failure(code)
      return .values
    case .held:
      call.results.table { receipt in
        receipt.field("peers") { $0.integer(0) }
        receipt.field("queued") { $0.boolean(true) }
      }
      return .values
    case .send(let text):
      beginWait(with: token)
      publish(Outbox.Text(text: text, room: room, token: token, isQuiet: isQuiet), token: token)
    case .later:
      beginWait(with: token)
      scheduleOutbox()
    }
    return .wait
  }

  /// Publishes bytes as they are, for the running task. They count as texts do, and are neither varied nor held back.
  func publish(_ bytes: [UInt8], topic: String, for function: String, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireWait(function)
    let refusal =
      isStopped
      ? "stopping"
      : bytes.isEmpty ? "empty" : bytes.count > Limits.Chat.publish ? "too_long" : outbox.refusalOfBytes(now: now)
    if let refusal {
      call.results.failure(refusal)
      return .values
    }
    statistics.sent &+= 1
    let text = Outbox.Text(
      text: String(decoding: bytes, as: UTF8.self), room: topic, token: beginWait(),
      isQuiet: currentCause?.event == .publishFailed)
    let deliver = deliver
    network.publishBytes(bytes, room: topic) { deliver(.published(text, token: text.token ?? 0, $0)) }
    return .wait
  }

  /// A text could not be sent. A script that said it for that very reason is not told.
  func tellUnsent(_ text: Outbox.Text, _ failure: BotPublishFailure) {
    fire(.publishFailed, room: text.room) { event in
      event.field("text") { $0.string(text.text) }
      event.field("room") { $0.string(text.room) }
      event.field("code") { $0.string(failure.rawValue) }
    }
  }

  /// Tells whoever wrote a message something that no script said. Bounded for each peer: nobody makes a bot chatter.
  func notify(_ text: String, _ message: BotMessage) {
    guard notices.take(message.from.id, now: now) else { return }
    let cut =
      text.utf8.count <= Limits.Lua.notice
      ? text : String(decoding: Array(text.utf8.prefix(Limits.Lua.notice)), as: UTF8.self) + "…"
    guard !message.isDirect else {
      // What was asked alone is answered alone.
      guard !isStopped, directTexts.take(now: now) else { return }
      statistics.sent &+= 1
      let request = BotRequest.send(text: cut, id: message.from.id)
      return network.perform(request, timeoutSeconds: Double(Limits.Direct.seconds)) { _ in }
    }
    let token = newToken()
    switch outbox.accept(cut, room: message.room, token: token, now: now) {
    case .refused, .held: break
    case .send(let text): publish(Outbox.Text(text: text, room: message.room, token: token), token: token)
    case .later: scheduleOutbox()
    }
  }

  /// Sends the texts whose turn has come.
  func sendQueued() {
    while let text = outbox.next(now: now) {
      publish(text, token: text.token ?? newToken())
    }
    scheduleOutbox()
  }

  func scheduleOutbox() {
    if let turn = outbox.nextTurn(now: now) { timers.schedule(.outbox, at: turn) }
  }

  func publish(_ text: Outbox.Text, token: UInt64) {
    statistics.sent &+= 1
    loops.noteSaid(text.text, room: text.room, now: now)
    let deliver = deliver
    network.publish(Array(text.text.utf8), room: text.room) { deliver(.published(text, token: token, $0)) }
  }
}
