import Limits
import LuaVM

extension BotCore {
  /// The script is loaded and its thread runs.
  func start() {
    if let manifest {
      var fields = manifest.description.map { [(name: "description", value: $0)] } ?? []
      if !manifest.permissions.isEmpty {
        fields.append(("permissions", manifest.permissions.joined(separator: " ")))
      }
      log.log(.info, manifest.title, fields: fields)
    }
    publishWebhooks()
    for handler in subscriptions[.start] {
      if run(handler, Cause(.start), arguments: { _ in }) { return }
    }
  }

  /// One event of the network.
  func handle(_ event: BotEvent) {
    guard !isStopping else { return }
    statistics.events &+= 1
    switch event {
    case .message(let message): handle(message)
    case .file(let file):
      peers.note(file.from.id, at: unixNow)
      spread(.file, file.from) { $0.file(file) }
    case .ready(let count):
      meshPeers = count
      outbox.becomeReady()
      sendQueued()
      fire(.ready) { event in event.field("peers") { $0.integer(Int64(clamping: count)) } }
    case .peerConnect(let peer, let address):
      peers.update(peer.id, at: unixNow) { $0.connected = true }
      fire(.peerConnect, peer) { event in event.field("address") { $0.string(address) } }
    case .peerDisconnect(let peer, let reason):
      peers.update(peer.id, at: unixNow) { $0.disconnect() }
      fire(.peerDisconnect, peer) { event in
        if let reason { event.field("reason") { $0.string(reason) } }
      }
    case .peerIdentify(let peer, let agent, let protocols, let addresses):
      peers.update(peer.id, at: unixNow) { $0.identify(agent: agent, protocols: protocols, addresses: addresses) }
      fire(.peerIdentify, peer) { event in
        event.field("agent") { $0.string(agent) }
        event.field("protocols") { $0.list(protocols) }
        event.field("addresses") { $0.list(addresses) }
      }
    case .peerSubscribe(let peer, let room):
      peers.note(peer.id, at: unixNow)
      fire(.peerSubscribe, peer, room: room) { event in event.field("room") { $0.string(room) } }
    case .peerUnsubscribe(let peer, let room):
      fire(.peerUnsubscribe, peer, room: room) { event in event.field("room") { $0.string(room) } }
    case .ping(let peer, let seconds):
      peers.update(peer.id, at: unixNow) { $0.roundTrip = seconds }
      fire(.ping, peer) { event in event.field("rtt") { $0.number(seconds) } }
    case .mesh(let count, let room):
      meshPeers = count
      fire(.mesh, room: room) { event in
        event.field("peers") { $0.integer(Int64(clamping: count)) }
        event.field("room") { $0.string(room) }
      }
    case .liveness(let state):
      (liveness, livenessSince) = (state, now)
    case .config(let changed):
      fire(.config) { event in
        event.field("changed") { changes in
          changes.table { table in
            for (name, value) in changed { table.field(name) { $0.value(value) } }
          }
        }
      }
    case .signal(let name):
      fire(.signal) { event in event.field("name") { $0.string(name) } }
    }
  }

  /// An answer of the network to something that a task began.
  func handle(_ mail: Mail) {
    switch mail {
    case .options(let options): setOptions(options)
    case .published(let text, let token, let result):
      if case .failure = result { outbox.noteUnsent(text) }
      // Texts held for the first peer have no task that waits.
      if case .failure(let failure) = result, waiting[token] == nil {
        log.log(.warning, "a text was not sent", fields: [("reason", failure.rawValue)])
      }
      wake(token) { results in
        switch result {
        case .success(let receipt): results.receipt(receipt)
        case .failure(let failure): results.failure(failure.rawValue)
        }
      }
      if case .failure(let failure) = result, !text.isQuiet { tellUnsent(text, failure) }
    case .pinged(let token, let result): pinged(token, result)
    case .answered(let token, let result): answered(token, result)
    case .fetched(let token, let result): fetched(token, result)
    case .filed(let token, let result): filed(token, result)
    case .called(let hook, let request, let completion): called(hook, request, completion: completion)
    case .healthAsked(let completion): askHealth(completion)
    }
  }

  private var unixNow: Double { configuration.clock.unixSeconds }

  /// Starts a handler, and takes it out first if it is to run once. True when it returned `uc.STOP`.
  @discardableResult
  func run(_ handler: Subscription, _ cause: Cause, arguments: @escaping (LuaWriter) -> Void) -> Bool {
    guard handler.isActive, handler.breaker.isClosed(now: now) else { return false }
    if handler.options.once {
      guard subscriptions.remove(handler.id) != nil else { return false }
      // Its function stays alive in the new task.
      defer { lua.release(handler.function) }
      cause.begin()
      return start(handler.function, .handler(handler, lane: nil), cause: cause, arguments: arguments)
    }
    let lane: String?
    switch handler.options.serial {
    case .none: lane = nil
    case .peer: lane = cause.peer ?? ""
    case .all: lane = ""
    }
    if let lane {
      switch handler.lanes.enter(lane, Subscription.Delivery(cause: cause, arguments: arguments)) {
      case .go: break
      case .queued:
        cause.begin()
        return false
      case .full:
        droppedByHandlers &+= 1
        statistics.dropped &+= 1
        log.log(
          .warning, "\(handler.title) is too slow: an event dropped",
          fields: [("queued", "\(handler.lanes.waiting)")])
        return false
      }
    }
    cause.begin()
    return start(handler.function, .handler(handler, lane: lane), cause: cause, arguments: arguments)
  }

  /// Starts the handlers of an event, which get a table that `fill` fills, and wakes those who wait for it.
  /// - Parameter behind: writes what the handlers get behind the table.
  func fire(
    _ name: EventName, _ peer: BotPeer? = nil, room: String? = nil, behind: ((LuaWriter) -> Void)? = nil,
    _ fill: @escaping (LuaTableWriter) -> Void
  ) {
    spread(name, peer, room: room) { arguments in
      arguments.table { event in
        if let peer { event.field("peer") { $0.peer(peer) } }
        fill(event)
      }
      behind?(arguments)
    }
  }

  /// The same where the handlers get what `write` writes.
  private func spread(
    _ name: EventName, _ peer: BotPeer?, room: String? = nil, write: @escaping (LuaWriter) -> Void
  ) {
    for waiter in waiters[name]
    where waiter.options.want(peer: peer?.id, room: room) && waiters.remove(waiter.token) {
      wake(waiter.token, results: write)
    }
    let cause = Cause(name, peer: peer?.id)
    for handler in subscriptions[name] where handler.options.want(peer: peer?.id, room: room) {
      if run(handler, cause, arguments: write) { return }
    }
  }

  private func handle(_ message: BotMessage) {
    guard message.from.id != localPeer.id else { return }
    guard message.text.utf8.count <= Limits.Chat.text else {
      var text = String(decoding: Array(message.text.utf8.prefix(Limits.Chat.text)), as: UTF8.self)
      // A character that was cut through becomes a longer one.
      if text.utf8.count > Limits.Chat.text { text = String(text.dropLast()) }
      return handle(
        BotMessage(
          id: message.id, from: message.from, text: text, raw: message.raw, room: message.room, truncated: true,
          time: message.time, isDirect: message.isDirect))
    }
    let now = now
    peers.note(message.from.id, at: message.time)
    outbox.noteSeen(message.text, room: message.room, now: now)
    loops.noteHeard(message.text, peer: message.from.id, room: message.room, now: now)
    guard !mutes.contains(message.from.id, now: now) else {
      statistics.refused &+= 1
      return
    }
    let cause = Cause(message.isDirect ? .dm : .message, peer: message.from.id, message: message)
    if subscriptions.middleware.isEmpty { dispatch(message, cause) } else { pass(cause) }
  }

  /// Gives a message to those who wait for it, to its handlers, and to its command.
  func dispatch(_ message: BotMessage, _ cause: Cause) {
    defer { cause.end() }
    let (peer, room) = (message.from.id, message.room)
    let isBot = peers.isBot(peer)
    // Those that begin to wait because of this message wait for the next.
    for waiter in waiters[cause.event] where waiter.options.want(peer: peer, room: room, isBot: isBot) {
      guard let match = match(message, waiter.options, for: "a uc.wait"), waiters.remove(waiter.token) else { continue }
      wake(waiter.token) { $0.message(message, rest: match.rest) }
    }
    for handler in subscriptions[cause.event] where handler.options.want(peer: peer, room: room, isBot: isBot) {
      guard handler.isActive, let match = match(message, handler.options, for: "the handler made at \(handler.place)")
      else {
        continue
      }
      let capturesAreArguments = handler.options.capturesAreArguments
      let isStop = run(handler, cause) { arguments in
        arguments.message(message, rest: match.rest)
        if capturesAreArguments { arguments.captures(match.captures, of: message.text) }
      }
      if isStop { return }
    }
    runCommand(in: message, cause, isBot: isBot)
  }

  /// What a `match` found in a message.
  struct MessageMatch {
    /// What stands behind it, as offsets into the text's bytes; nil when there was nothing to match.
    var rest: Range<Int>?
    var captures: [LuaPattern.Capture] = []
  }

  /// nil: no match. The text is looked at where it lies, and not copied for it.
  private func match(
    _ message: BotMessage, _ options: Subscription.Options, for owner: @autoclosure () -> String
  ) -> MessageMatch? {
    guard let pattern = options.match else { return MessageMatch() }
    var text = message.text
    return text.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      switch LuaPattern.match(pattern, in: bytes, steps: Limits.Lua.matchSteps) {
      case .none: return nil
      case .found(let range, let captures):
        return MessageMatch(rest: TextFunctions.trimmed(bytes, range.upperBound..<bytes.count), captures: captures)
      case .exhausted:
        log.log(
          .warning, "'match' of \(owner()) takes too long for a message: left out",
          fields: [("id", message.id), ("bytes", "\(bytes.count)")])
        return nil
      case .malformed(let why):
        statistics.errors &+= 1
        log.failure("'match' of \(owner()): \(why)", traceback: nil)
        return nil
      }
    }
  }
}

extension LuaWriter {
  /// `nil, "code"`: what may fail in normal life.
  func failure(_ code: String) {
    null()
    string(code)
  }

  /// The same object for the same peer.
  func peer(_ peer: BotPeer) {
    shared(ClassID.peer.rawValue, slots: 2) { slots in
      slots.string(peer.id)
      slots.string(peer.short)
    }
  }

  /// - Parameter rest: where in the text lies what stands behind the match, when there was one to make.
  func message(_ message: BotMessage, rest: Range<Int>?) {
    object(ClassID.message.rawValue, slots: MessageSlot.allCases.count) { slots in
      for slot in MessageSlot.allCases {
        switch slot {
        case .text: slots.string(message.text)
        case .id: slots.string(message.id)
        case .fromID: slots.string(message.from.id)
        case .fromShort: slots.string(message.from.short)
        case .room: slots.string(message.room)
        case .time: slots.number(message.time)
        case .truncated: slots.boolean(message.truncated)
        case .isDirect: slots.boolean(message.isDirect)
        case .args: if let rest { slots.bytes(rest, of: message.text) } else { slots.null() }
        case .raw: if let raw = message.raw { slots.bytes(raw) } else { slots.null() }
        }
      }
    }
  }

  /// A part of a text.
  func bytes(_ range: Range<Int>, of text: String) {
    var text = text
    text.withUTF8 { utf8 in bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(utf8)[range])) }
  }

  /// What a pattern captured, as string.match returns it.
  func captures(_ captures: [LuaPattern.Capture], of text: String) {
    for capture in captures {
      switch capture {
      case .text(let range): bytes(range, of: text)
      case .position(let offset): integer(Int64(clamping: offset &+ 1))
      }
    }
  }

  /// A plain value.
  func value(_ value: BotValue) {
    plain(value.plain)
  }

  /// A list of texts. Longer ones than any peer sends in earnest are cut.
  func list(_ items: [String]) {
    table { table in
      for item in items.prefix(Limits.Lua.eventList) { table.item { $0.string(item) } }
    }
  }
}

/// Where a message's parts lie in its object.
enum MessageSlot: Int, CaseIterable {
  case text
  case id
  case fromID
  case fromShort
  case room
  case time
  case truncated
  case isDirect
  case args
  case raw
}
