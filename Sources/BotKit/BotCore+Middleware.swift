import LuaVM
import Limits

/// A message on its way through the functions of `uc.use`.
final class Passage {
  let cause: Cause
  /// Those that there were when it came, in their order.
  let middleware: [Subscription]
  /// Whether the next message of the same peer may set out.
  var isPast = false

  init(_ cause: Cause, _ middleware: [Subscription]) {
    self.cause = cause
    self.middleware = middleware
  }
}

/// The messages on their way through the functions of `uc.use`.
struct PassageList {
  /// One function at work.
  struct Step {
    var passage: Passage
    var index: Int
    var hasCalledNext = false
    /// What is done when it has ended.
    var whenEnded: () -> Void
  }

  /// By what the function's `next` knows it by.
  var steps: [UInt64: Step] = [:]
  /// A peer's messages pass one after the other, so that none overtakes another.
  var lanes = SerialLanes<Passage>(limit: Limits.Lua.serialQueue)
}

extension BotCore {
  /// Sends a message through the middleware, and to its handlers when it has come through.
  func pass(_ cause: Cause) {
    let passage = Passage(cause, subscriptions.middleware)
    switch passages.lanes.enter(cause.peer ?? "", passage) {
    case .go: proceed(passage, from: 0) {}
    case .queued: break
    case .full:
      droppedByHandlers &+= 1
      statistics.dropped &+= 1
      log.log(
        .warning, "the functions of uc.use are too slow: a message dropped",
        fields: [("queued", "\(passages.lanes.waiting)")])
    }
  }

  /// Begins the next function, or gives the message to the handlers when there is none.
  private func proceed(_ passage: Passage, from index: Int, whenEnded: @escaping () -> Void) {
    guard let message = passage.cause.message else { return }
    guard let next = passage.middleware[index...].firstIndex(where: \.isActive) else {
      passage.cause.whenOver(whenEnded)
      dispatch(message, passage.cause)
      return letOthersPass(passage)
    }
    guard let nextFunction else { return }
    let token = newToken()
    passages.steps[token] = PassageList.Step(passage: passage, index: next, whenEnded: whenEnded)
    let middleware = passage.middleware[next]
    passage.cause.command = commandName(in: message)
    start(middleware.function, .middleware(middleware, token: token), cause: passage.cause) { arguments in
      arguments.context(passage.cause)
      arguments.function(nextFunction, bound: Int64(bitPattern: token))
    }
  }

  /// What `next` does: the message goes on, and the caller waits until all that it starts has ended.
  func callNext(_ token: UInt64, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard let step = passages.steps[token] else {
      throw Misuse("next: the function of uc.use that it belongs to has ended")
    }
    guard !step.hasCalledNext else { throw Misuse("next: called a second time for the same message") }
    try call.requireWait("next")
    passages.steps[token]?.hasCalledNext = true
    let waiter = beginWait()
    whenIdle { [weak self] in
      self?.proceed(step.passage, from: step.index + 1) { self?.wake(waiter) { _ in } }
    }
    return .wait
  }

  /// A function of `uc.use` has ended. One that has not called `next` has dropped the message.
  func middlewareEnded(_ token: UInt64) {
    guard let step = passages.steps.removeValue(forKey: token) else { return }
    if !step.hasCalledNext { letOthersPass(step.passage) }
    step.whenEnded()
  }

  /// A function of `uc.use` waits for an event, perhaps another message of the same peer, which must be able to come.
  func letOthersPass() {
    guard case .middleware(_, let token)? = currentOrigin, let step = passages.steps[token] else { return }
    whenIdle { [weak self] in self?.letOthersPass(step.passage) }
  }

  private func letOthersPass(_ passage: Passage) {
    guard !passage.isPast else { return }
    passage.isPast = true
    if let next = passages.lanes.leave(passage.cause.peer ?? "") { proceed(next, from: 0) {} }
  }
}

extension LuaWriter {
  /// What a script is told about the event that a run goes back to; an empty table when there is none.
  func context(_ cause: Cause?) {
    table { context in
      guard let cause else { return }
      context.field("event") { $0.string(cause.event.rawValue) }
      if let peer = cause.peer { context.field("peer") { $0.peer(BotPeer(id: peer)) } }
      if let message = cause.message { context.field("message") { $0.message(message, rest: nil) } }
      if let command = cause.command { context.field("command") { $0.string(command) } }
    }
  }
}
