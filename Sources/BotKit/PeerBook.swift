import Limits

/// What is known about peers, from the events that the network sent.
struct PeerBook {
  struct Entry {
    /// Whether there is a connection to it.
    var connected = false
    /// What it says of itself. Lists are cut: thousands of peers may tell long ones.
    private(set) var agent: String?
    private(set) var protocols: [String] = []
    private(set) var addresses: [String] = []
    /// Seconds since 1970 of the first event that it was in, and of the last.
    fileprivate(set) var firstSeen: Double
    fileprivate(set) var lastSeen: Double
    /// The last round trip, in seconds.
    var roundTrip: Double?
    /// Whether it says that it is a bot.
    private(set) var isBot = false
    fileprivate var age: UInt64

    mutating func identify(agent: String, protocols: [String], addresses: [String]) {
      self.agent = agent
      self.protocols = Array(protocols.prefix(Limits.Lua.peerList))
      self.addresses = Array(addresses.prefix(Limits.Lua.peerList))
      isBot = Self.isBot(agent: agent)
    }

    /// Its last connection is gone. A few addresses are kept to find it again.
    mutating func disconnect() {
      connected = false
      protocols = []
      addresses = Array(addresses.prefix(Limits.Lua.keptAddresses))
    }

    /// The room has no mark for bots, so the agent of identify is all there is: the part `/bot`, as in the
    /// `uc-bot/0.1.0/bot` of a uc-bot that runs scripts, a comment `(bot)`, or a program whose name ends in "bot".
    /// People sit behind a uc-bot without that part.
    static func isBot(agent: String) -> Bool {
      let agent = agent.prefix(256).lowercased()
      if agent.contains("(bot)") || agent.split(separator: "/").dropFirst().contains("bot") { return true }
      let name = agent.prefix { $0 != "/" && $0 != " " }
      return name.hasSuffix("bot") && name != "uc-bot"
    }
  }

  private var entries: [String: Entry] = [:]
  /// Those that were ever entered, in that order; those forgotten since are taken out with the next.
  private var order: [(age: UInt64, id: String)] = []
  private var nextAge: UInt64 = 0
  private let limit: Int

  init(limit: Int = Limits.Lua.peers) { self.limit = max(1, limit) }

  var count: Int { entries.count }

  subscript(id: String) -> Entry? { entries[id] }

  /// Changes what is known about a peer, which becomes known by it.
  /// - Parameter time: seconds since 1970.
  mutating func update(_ id: String, at time: Double, _ change: (inout Entry) -> Void) {
    note(id, at: time)
    if var entry = entries[id] {
      change(&entry)
      entries[id] = entry
    }
  }

  /// A peer that only spoke, perhaps through others.
  mutating func note(_ id: String, at time: Double) {
    // Every message comes by here: the entry is changed where it lies.
    if let index = entries.index(forKey: id) {
      entries.values[index].lastSeen = time
      return
    }
    if entries.count >= limit { forgetSome() }
    nextAge &+= 1
    entries[id] = Entry(firstSeen: time, lastSeen: time, age: nextAge)
    order.append((nextAge, id))
  }

  /// Whether a peer says that it is a bot.
  func isBot(_ id: String) -> Bool { entries.index(forKey: id).map { entries.values[$0].isBot } ?? false }

  var connectedCount: Int { entries.values.count { $0.connected } }

  /// The peer that became known next after another one, or first; nil: there is none.
  func next(after id: String?, onlyConnected: Bool) -> String? {
    var index = 0
    if let id {
      guard let age = entries[id]?.age else { return nil }
      // Ages only grow along the list.
      var end = order.count
      while index < end {
        let middle = (index + end) / 2
        if order[middle].age <= age { index = middle + 1 } else { end = middle }
      }
    }
    return order[index...].first { entries[$0.id].map { !onlyConnected || $0.connected } ?? false }?.id
  }

  /// The full id of the one peer whose id ends so; nil when there is none or more than one.
  func id(endingWith end: String) -> String? {
    var found: String?
    for id in entries.keys where id.hasSuffix(end) {
      if found != nil { return nil }
      found = id
    }
    return found
  }

  /// An eighth at once, so that the search is paid rarely: those not connected first, then the oldest.
  private mutating func forgetSome() {
    let candidates = entries.sorted { a, b in
      a.value.connected == b.value.connected ? a.value.age < b.value.age : !a.value.connected
    }
    for (id, _) in candidates.prefix(max(1, limit / 8)) { entries[id] = nil }
    order.removeAll { entries[$0.id]?.age != $0.age }
  }
}
