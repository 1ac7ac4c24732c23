import Limits

/// What is known about peers, from the events that the network sent.
struct PeerBook {
  struct Entry {
    var connected = false
    var agent: String? {
      didSet { isBot = agent.map(Self.isBot(agent:)) ?? false }
    }
    /// The last round trip, in seconds.
    var roundTrip: Double?
    /// Whether it says that it is a bot.
    private(set) var isBot = false
    fileprivate var age: UInt64 = 0

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
  private var nextAge: UInt64 = 0
  private let limit: Int

  init(limit: Int = Limits.Lua.peers) { self.limit = max(1, limit) }

  var count: Int { entries.count }

  subscript(id: String) -> Entry? { entries[id] }

  /// Changes what is known about a peer, which becomes known by it.
  mutating func update(_ id: String, _ change: (inout Entry) -> Void) {
    if entries[id] == nil {
      if entries.count >= limit { forgetSome() }
      nextAge &+= 1
      entries[id] = Entry(age: nextAge)
    }
    if var entry = entries[id] {
      change(&entry)
      entries[id] = entry
    }
  }

  /// A peer that only spoke, perhaps through others.
  mutating func note(_ id: String) {
    if entries[id] == nil { update(id) { _ in } }
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
    let order = entries.sorted { a, b in
      a.value.connected == b.value.connected ? a.value.age < b.value.age : !a.value.connected
    }
    for (id, _) in order.prefix(max(1, limit / 8)) { entries[id] = nil }
  }
}
