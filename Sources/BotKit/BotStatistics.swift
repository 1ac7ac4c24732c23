/// Counters of one script, from its start on.
public struct BotStatistics: Sendable, Equatable {
  /// Events taken from the inbox.
  public var events: UInt64 = 0
  /// Events dropped because the inbox was full, or a handler that takes them one by one too slow.
  public var dropped: UInt64 = 0
  /// Runs of handlers and timers begun.
  public var runs: UInt64 = 0
  /// Runs that ended in an error, those stopped for taking too long among them.
  public var errors: UInt64 = 0
  /// Runs stopped for taking too long.
  public var killed: UInt64 = 0
  /// Commands refused for coming too often.
  public var refused: UInt64 = 0
  /// Times that a handler or timer was left out for a while, because it did nothing but fail.
  public var pauses: UInt64 = 0
  /// Answers not given because the bot talked with somebody in a circle.
  public var loops: UInt64 = 0
  /// Texts handed to the network.
  public var sent: UInt64 = 0
  /// Times that another version of the script took the place of the one before it.
  public var reloads: UInt64 = 0
  /// Nanoseconds for which Lua code has run.
  public var luaNanoseconds: Int64 = 0
  /// Bytes that the script holds.
  public var memory = 0
  /// Coroutines that wait.
  public var tasks = 0
  /// Timers that will fire.
  public var timers = 0

  /// All zero.
  public init() {}
}
