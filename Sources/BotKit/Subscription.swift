import Limits
import LuaVM

/// One handler: what `uc.on`, `uc.once`, `uc.hear` or `uc.command` made.
final class Subscription {
  let id: Int64
  let event: EventName
  let function: LuaReference
  let options: Options
  /// `file:line` of the call that made it.
  let place: String
  /// What `uc.command` was told; nil for other handlers.
  let command: CommandSpec?
  /// Whether `uc.use` made it.
  let isMiddleware: Bool
  var cooldowns = Cooldowns()
  var breaker = ErrorBreaker()
  var isActive = true
  /// Runs that wait for the one before them.
  var lanes = SerialLanes<Delivery>(limit: Limits.Lua.serialQueue)

  /// An event on its way to the function.
  struct Delivery {
    var cause: Cause
    var arguments: (LuaWriter) -> Void
  }

  init(
    id: Int64, event: EventName, function: LuaReference, options: Options, place: String, command: CommandSpec? = nil,
    isMiddleware: Bool = false
  ) {
    self.id = id
    self.event = event
    self.function = function
    self.options = options
    self.place = place
    self.command = command
    self.isMiddleware = isMiddleware
  }

  /// For messages about it.
  var title: String {
    let kind = isMiddleware ? "the function of uc.use" : "the handler of '\(event.rawValue)'"
    return (command.map { "the command '\($0.name)'" } ?? kind) + " made at \(place)"
  }

  /// Which runs of a handler wait for each other.
  enum Serial: String, CaseIterable {
    /// Those of one peer.
    case peer
    /// All.
    case all
    case none
  }

  /// The options table of `uc.on`.
  struct Options {
    /// A Lua pattern that the text must match.
    var match: [UInt8]?
    /// Whether the function gets what the pattern captured, and not only the message (`uc.hear`).
    var capturesAreArguments = false
    /// The id of the only peer to listen to.
    var from: String?
    var room: String?
    /// Whether messages of other bots are wanted.
    var bots = false
    /// Higher ones start earlier.
    var priority = 0.0
    var once = false
    var serial = Serial.none

    /// What scripts call them.
    enum Name: String, CaseIterable {
      case match, from, room, bots, serial, priority, once
    }

    static let filterNames = Name.allCases.filter(\.isFilter).map(\.rawValue)
    static let names = Name.allCases.map(\.rawValue)

    /// Whether the event of this peer and room is wanted.
    func want(peer: String?, room: String? = nil, isBot: Bool = false) -> Bool {
      if let from, from != peer { return false }
      if let wanted = self.room, wanted != room { return false }
      return bots || !isBot
    }
  }
}

/// All handlers of a script, in the order in which they start.
struct SubscriptionList {
  private var byEvent: [EventName: [Subscription]] = [:]
  private var byID: [Int64: Subscription] = [:]
  private(set) var commands = CommandTable()
  /// What `uc.use` made, in its order.
  private(set) var middleware: [Subscription] = []
  private var nextID: Int64 = 1

  var count: Int { byID.count }

  subscript(event: EventName) -> [Subscription] { byEvent[event] ?? [] }

  subscript(id: Int64) -> Subscription? { byID[id] }

  mutating func add(
    _ event: EventName, _ function: LuaReference, _ options: Subscription.Options, place: String,
    command: CommandSpec? = nil
  ) -> Subscription {
    let subscription = Subscription(
      id: nextID, event: event, function: function, options: options, place: place, command: command)
    nextID &+= 1
    byID[subscription.id] = subscription
    if let command {
      commands.add(subscription, names: command.names)
      return subscription
    }
    var list = byEvent[event] ?? []
    // Behind those of the same priority.
    let position = list.firstIndex { $0.options.priority < options.priority } ?? list.endIndex
    list.insert(subscription, at: position)
    byEvent[event] = list
    return subscription
  }

  /// A function that messages have to get past.
  mutating func addMiddleware(_ function: LuaReference, place: String) -> Subscription {
    let subscription = Subscription(
      id: nextID, event: .message, function: function, options: Subscription.Options(), place: place,
      isMiddleware: true)
    nextID &+= 1
    byID[subscription.id] = subscription
    middleware.append(subscription)
    return subscription
  }

  /// Takes it out; nil when it is out already.
  mutating func remove(_ id: Int64) -> Subscription? {
    guard let subscription = byID.removeValue(forKey: id) else { return nil }
    subscription.isActive = false
    if let command = subscription.command { commands.remove(names: command.names) }
    if subscription.isMiddleware { middleware.removeAll { $0.id == id } }
    byEvent[subscription.event]?.removeAll { $0.id == id }
    return subscription
  }
}

/// Tasks that wait for an event: `uc.wait`.
struct EventWaiters {
  struct Waiter {
    var token: UInt64
    var options: Subscription.Options
  }

  private var byEvent: [EventName: [Waiter]] = [:]

  var isEmpty: Bool { byEvent.values.allSatisfy(\.isEmpty) }

  /// Those that wait for an event, in the order in which they began to.
  subscript(event: EventName) -> [Waiter] { byEvent[event] ?? [] }

  mutating func add(_ event: EventName, _ options: Subscription.Options, token: UInt64) {
    byEvent[event, default: []].append(Waiter(token: token, options: options))
  }

  /// False when it does not wait any longer.
  mutating func remove(_ token: UInt64) -> Bool {
    for (event, waiters) in byEvent {
      guard let index = waiters.firstIndex(where: { $0.token == token }) else { continue }
      byEvent[event]?.remove(at: index)
      return true
    }
    return false
  }
}
