import LuaVM

/// One handler: what `uc.on` made.
final class Subscription {
  let id: Int64
  let event: EventName
  let function: LuaReference
  let options: Options
  /// `file:line` of the `uc.on`.
  let place: String
  var isActive = true

  init(id: Int64, event: EventName, function: LuaReference, options: Options, place: String) {
    self.id = id
    self.event = event
    self.function = function
    self.options = options
    self.place = place
  }

  /// The options table of `uc.on`.
  struct Options {
    /// A Lua pattern that the text must match.
    var match: [UInt8]?
    /// The id of the only peer to listen to.
    var from: String?
    var room: String?
    /// Higher ones start earlier.
    var priority = 0.0
    var once = false

    static let names = ["match", "from", "room", "priority", "once"]
  }

  /// Whether the event of this peer and room is wanted.
  func wants(peer: String?, room: String? = nil) -> Bool {
    if let from = options.from, from != peer { return false }
    if let wanted = options.room, wanted != room { return false }
    return true
  }
}

/// All handlers of a script, in the order in which they start.
struct SubscriptionList {
  private var byEvent: [EventName: [Subscription]] = [:]
  private var byID: [Int64: Subscription] = [:]
  private var nextID: Int64 = 1

  var count: Int { byID.count }

  subscript(event: EventName) -> [Subscription] { byEvent[event] ?? [] }

  subscript(id: Int64) -> Subscription? { byID[id] }

  mutating func add(
    _ event: EventName, _ function: LuaReference, _ options: Subscription.Options, place: String
  ) -> Subscription {
    let subscription = Subscription(id: nextID, event: event, function: function, options: options, place: place)
    nextID &+= 1
    byID[subscription.id] = subscription
    var list = byEvent[event] ?? []
    // Behind those of the same priority.
    let position = list.firstIndex { $0.options.priority < options.priority } ?? list.endIndex
    list.insert(subscription, at: position)
    byEvent[event] = list
    return subscription
  }

  /// Takes it out; nil when it is out already.
  mutating func remove(_ id: Int64) -> Subscription? {
    guard let subscription = byID.removeValue(forKey: id) else { return nil }
    subscription.isActive = false
    byEvent[subscription.event]?.removeAll { $0.id == id }
    return subscription
  }
}
