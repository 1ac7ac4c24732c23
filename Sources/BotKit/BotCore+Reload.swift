import Limits
import LuaVM

/// How one version of a script follows another.
///
/// The next version is compiled before the present one is asked for anything, and its top level runs before the present
/// one is closed: whatever goes wrong until then, the present one goes on with its handlers, timers and tasks untouched.
/// `unload` therefore is a question and no end, and comes in between, so that its answer is there when the top level of
/// the next version runs, where a script sets up what it holds. What the top level says is held back until the change
/// is made; events wait in the inbox, which both versions share.
extension BotCore {
  /// Loads `source` into `next`, a fresh core for the same script, and puts it into this one's place. It wants `start`.
  /// - Throws: what is wrong with it; then this one goes on.
  func handOver(to next: BotCore, source: String) throws(BotError) {
    next.prepare(after: self)
    let main = try next.compile(source)
    try next.receive(unload())
    try next.run(main)
    next.takeOver(outbox)
    close()
  }

  /// Asks the `unload` handlers what the next version is to know. nil: nothing.
  private func unload() -> LuaPlain? {
    saved = nil
    for handler in subscriptions[.unload] {
      // They are asked again when the next version turns out to be broken, so `once` does not count.
      if start(handler.function, .handler(handler, lane: nil), arguments: { _ in }) { break }
      let waits = waiting.values.contains { run in
        if case .handler(let other, _) = run.origin { other === handler } else { false }
      }
      if waits { log.log(.warning, "\(handler.title) waits: what it returns comes too late") }
    }
    return saved
  }

  /// What an `unload` handler returned. The first table counts.
  func keepSaved(of task: LuaTask, from handler: Subscription) {
    let problem = lua.withResults(of: task) { results -> String? in
      switch results.type(1) {
      case .none, .null: return nil
      case .object where results.classID(1) == ClassID.stop.rawValue: return nil
      case .table: break
      default: return "it must return a table or nothing, got \(results.type(1).name)"
      }
      guard saved == nil else { return "another handler has returned a table already" }
      do throws(LuaPlainError) {
        saved = try results.plain(1, limit: Limits.Lua.saved)
        return nil
      } catch {
        return "\(error.message); only nil, booleans, numbers, strings and tables of these can be handed over"
      }
    }
    guard let problem = problem ?? nil else { return }
    statistics.errors &+= 1
    log.failure("\(handler.title): \(problem)", traceback: nil)
  }

  /// What the host knows does not begin anew with the script.
  private func prepare(after old: BotCore) {
    store = old.store
    options = old.options
    peers = old.peers
    loops = old.loops
    lineLimit = old.lineLimit
    mutes = old.mutes
    directTexts = old.directTexts
    notices = old.notices
    commandBuckets = old.commandBuckets
    statistics = old.statistics
    meshPeers = old.meshPeers
    (liveness, livenessSince) = (old.liveness, old.livenessSince)
    metrics = old.metrics
    metrics.beginVersion()
    continueCounters(of: old)
  }

  /// What `uc.saved` is from now on.
  private func receive(_ value: LuaPlain?) throws(BotError) {
    saved = nil
    guard let value else { return }
    do throws(LuaError) {
      try lua.setConstant("saved") { $0.plain(value) }
    } catch {
      throw .outOfMemory(script: script.path, limit: configuration.memory)
    }
  }

  /// The texts that still wait for their turn go out; behind them those that this version said at its top level.
  private func takeOver(_ old: Outbox) {
    let said = outbox.waitingTexts
    outbox = old
    for text in said {
      let token = newToken()
      switch outbox.accept(text.text, room: text.room, token: token, now: now) {
      case .refused(let code): log.log(.warning, "a text was not sent", fields: [("reason", code)])
      case .send(let varied): publish(Outbox.Text(text: varied, room: text.room, token: token), token: token)
      case .held, .later: break
      }
    }
    scheduleOutbox()
  }

  /// The first events of a version that follows another.
  func startAfterReload() {
    statistics.reloads &+= 1
    start()
    guard outbox.isReady else { return }
    fire(.ready) { event in event.field("peers") { $0.integer(Int64(clamping: self.meshPeers)) } }
  }
}
