import Limits
import LuaVM

/// `uc.rate`.
enum RateFunctions {
  static let section = APISection("Rates", shapes: [options], entries: entries)

  private static let options = APIShape(
    "uc.RateOptions", "what `uc.rate` takes",
    [
      .init("per", "number", "seconds after which one more is allowed"),
      .init("burst", "integer?", "how many are allowed at once after a pause: 1 by default, 1000000 at most"),
    ])

  static let entries = [
    APIEntry(
      "uc.rate", .function, "uc.rate(options) -> Rate", "A bound on how often something happens, for each key apart.",
      type: "fun(options: uc.RateOptions): uc.Rate",
      details: """
        \(options.page())

        ```lua
        local rate = uc.rate { per = 10, burst = 3 } -- three at once, then one every ten seconds

        uc.hear("tea", function(msg)
          local allowed, wait = rate:take(msg.from)
          if not allowed then return uc.log.info("too often", { peer = msg.from.id, wait = wait }) end
          msg:reply("tea for " .. msg.from.short)
        end)
        ```

        A script may make \(Limits.Lua.rates) of them, so they are made at the top level. Each remembers \
        \(Limits.Lua.rateKeys) keys; the oldest begin anew.
        """, .function(make)),
    APIEntry(
      "Rate:take", .method, "rate:take([key]) -> boolean, seconds",
      "Whether it may happen once more now, and else in how many seconds.",
      type: "fun(key?: string|number|uc.Peer): boolean, number",
      details: """
        What is allowed counts as having happened. The key is a Peer, a string or a number; without one there is one \
        bound for all. The seconds are 0 when it may happen.
        """, .function(take)),
  ]

  private static func make(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    guard call.type(1) == .table else {
      throw Misuse("uc.rate: argument 1 (options) must be a table, got \(call.type(1).name)")
    }
    var per: Double?
    var burst = 1.0
    try call.readOptions(1, of: "uc.rate", names: options.names, example: "{ per = 10, burst = 3 }") {
      name, value throws(Misuse) in
      switch name {
      case "per": per = try call.secondsOption(name, value, of: "uc.rate", atLeast: 0.001)
      case "burst":
        guard let number = call.integer(value), (1...1_000_000).contains(number) else {
          throw call.wrongOption(name, value, of: "uc.rate", wanted: "a whole number from 1 to 1000000")
        }
        burst = Double(number)
      default: return false
      }
      return true
    }
    guard let per else { throw Misuse("uc.rate: option 'per' is missing, as in { per = 10, burst = 3 }") }
    guard core.rates.count < Limits.Lua.rates else {
      throw Misuse("uc.rate: a script may make \(Limits.Lua.rates) rates, not more; make them at the top level")
    }
    core.rates.append(Buckets(perSecond: 1 / per, burst: burst, limit: Limits.Lua.rateKeys))
    let number = Int64(core.rates.count - 1)
    call.results.object(ClassID.rate.rawValue, slots: 1) { $0.integer(number) }
    return .values
  }

  private static func take(_ core: BotCore, _ call: LuaCall) throws(Misuse) -> LuaOutcome {
    try call.requireSelf(.rate, of: "Rate:take")
    let key = try key(call)
    guard let number = call.slotInteger(1, slot: 0).flatMap({ Int(exactly: $0) }), core.rates.indices.contains(number)
    else { throw Misuse("Rate:take: not a Rate") }
    let isAllowed = core.rates[number].take(key, now: core.now)
    let wait = isAllowed ? 0 : Double(core.rates[number].nextToken(key, now: core.now) &- core.now) / 1e9
    call.results.boolean(isAllowed)
    call.results.number(wait)
    return .values
  }

  /// A number for the key. The key itself may be as long as the script likes, and is not kept.
  private static func key(_ call: LuaCall) throws(Misuse) -> UInt64 {
    var hasher = Hasher()
    if let peer = call.classID(2) == ClassID.peer.rawValue ? call.slotBytes(2, slot: 0) : call.bytes(2) {
      hasher.combine(bytes: peer)
    } else if let number = call.number(2) {
      hasher.combine(number)
    } else if ![.none, .null].contains(call.type(2)) {
      throw Misuse("Rate:take: argument 1 (key) must be a Peer, a string or a number, got \(call.type(2).name)")
    }
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
