import Limits
import LuaVM

extension BotCore {
  /// The script is loaded and its thread runs.
  func start() {
    for handler in subscriptions[.start] { run(handler) { _ in } }
  }

  /// One event of the network.
  func handle(_ event: BotEvent) {
    guard !isStopping else { return }
    statistics.events &+= 1
    switch event {
    case .message(let message): handle(message)
    case .ready(let count):
      outbox.becomeReady()
      sendQueued()
      fire(.ready) { event in event.field("peers") { $0.integer(Int64(clamping: count)) } }
    case .peerConnect(let peer, let address):
      peers.update(peer.id) { $0.connected = true }
      fire(.peerConnect, peer) { event in event.field("address") { $0.string(address) } }
    case .peerDisconnect(let peer, let reason):
      peers.update(peer.id) { $0.connected = false }
      fire(.peerDisconnect, peer) { event in
        if let reason { event.field("reason") { $0.string(reason) } }
      }
    case .peerIdentify(let peer, let agent, let protocols, let addresses):
      peers.update(peer.id) { $0.agent = agent }
      fire(.peerIdentify, peer) { event in
        event.field("agent") { $0.string(agent) }
        event.field("protocols") { $0.list(protocols) }
        event.field("addresses") { $0.list(addresses) }
      }
    case .ping(let peer, let seconds):
      peers.update(peer.id) { $0.roundTrip = seconds }
      fire(.ping, peer) { event in event.field("rtt") { $0.number(seconds) } }
    }
  }

  /// An answer of the network to something that a task began.
  func handle(_ mail: Mail) {
    switch mail {
    case .published(let text, let token, let result):
      if case .failure = result { outbox.noteUnsent(text) }
      // Texts held for the first peer have no task that waits.
      if case .failure(let failure) = result, waiting[token] == nil {
        log.log(.warning, "a text was not sent", fields: [("reason", failure.rawValue)])
      }
      wake(token) { results in
        switch result {
        case .success(let receipt):
          results.table { table in
            table.field("id") { $0.string(receipt.id) }
            table.field("peers") { $0.integer(Int64(clamping: receipt.peers)) }
          }
        case .failure(let failure): results.failure(failure.rawValue)
        }
      }
    case .pinged(let token, let result):
      guard pingsInFlight.remove(token) != nil else { return }
      wake(token) { results in
        switch result {
        case .success(let seconds): results.number(seconds)
        case .failure(let failure): results.failure(failure.rawValue)
        }
      }
    }
  }

  /// Starts a handler, and takes it out first if it is to run once.
  func run(_ handler: Subscription, arguments: (LuaWriter) -> Void) {
    guard handler.isActive else { return }
    if handler.options.once, subscriptions.remove(handler.id) != nil {
      start(handler.function, .handler(handler), arguments: arguments)
      lua.release(handler.function)
    } else {
      start(handler.function, .handler(handler), arguments: arguments)
    }
  }

  private func fire(_ name: EventName, _ peer: BotPeer? = nil, _ fill: (LuaTableWriter) -> Void) {
    for handler in subscriptions[name] where handler.wants(peer: peer?.id) {
      run(handler) { arguments in
        arguments.table { event in
          if let peer { event.field("peer") { $0.peer(peer) } }
          fill(event)
        }
      }
    }
  }

  private func handle(_ message: BotMessage) {
    guard message.from.id != localPeer.id else { return }
    var message = message
    if message.text.utf8.count > Limits.Chat.text {
      message.text = String(decoding: Array(message.text.utf8.prefix(Limits.Chat.text)), as: UTF8.self)
      message.truncated = true
    }
    peers.note(message.from.id)
    outbox.noteSeen(message.text, room: message.room, now: now)
    for handler in subscriptions[.message] where handler.wants(peer: message.from.id, room: message.room) {
      guard let pattern = handler.options.match else {
        run(handler) { $0.message(message, rest: nil) }
        continue
      }
      match(message, pattern, for: handler)
    }
  }

  /// Runs the handler when the pattern matches. The text is looked at where it lies, and not copied for it.
  private func match(_ message: BotMessage, _ pattern: [UInt8], for handler: Subscription) {
    var text = message.text
    text.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      switch LuaPattern.match(pattern, in: bytes, steps: Limits.Lua.matchSteps) {
      case .none: break
      case .found(let range):
        let rest = TextFunctions.trimmed(UnsafeRawBufferPointer(rebasing: bytes[range.upperBound...]))
        run(handler) { $0.message(message, rest: rest) }
      case .exhausted:
        log.log(
          .warning, "'match' of the handler made at \(handler.place) takes too long for a message: left out",
          fields: [("id", message.id), ("bytes", "\(bytes.count)")])
      case .malformed(let why):
        statistics.errors &+= 1
        log.failure("'match' of the handler made at \(handler.place): \(why)", traceback: nil)
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

  /// - Parameter rest: what stands behind the match, when there was one to make.
  func message(_ message: BotMessage, rest: UnsafeRawBufferPointer?) {
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
        case .args: if let rest { slots.bytes(rest) } else { slots.null() }
        case .raw: if let raw = message.raw { slots.bytes(raw) } else { slots.null() }
        }
      }
    }
  }

  /// A list of texts. Longer ones than any peer sends in earnest are cut.
  func list(_ items: [String]) {
    table { table in
      for item in items.prefix(100) { table.item { $0.string(item) } }
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
  case args
  case raw
}
