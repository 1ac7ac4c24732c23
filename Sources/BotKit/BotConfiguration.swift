import BotStore
import Limits
import Logging

/// What happens to a text that was seen or sent shortly before. Some peers drop it as a duplicate (bots.md §2).
public enum RepeatPolicy: Sendable {
  /// It gets a visible ending that differs: `pong #2`.
  case vary
  /// It is not sent; the script gets `nil, "duplicate"`.
  case reject
  /// It is sent as it is.
  case allow
}

/// How a bot runs. The defaults are those of the command.
public struct BotConfiguration: Sendable {
  /// What `uc.nick` is; nil: the short form of the peer's id.
  public var nick: String?
  /// What commands begin with.
  public var prefix = "!"
  /// Full ids of the peers that may give commands made with `admin = true`.
  public var admins: Set<String> = []
  /// The room that `uc.say` speaks in.
  public var room = Self.defaultRoom
  /// What `uc.version` is.
  public var version = "0.1.0"
  /// Where everything that a script prints and does wrong goes, with the script's name as metadata.
  public var logger: Logger
  /// Bytes that the script may hold.
  public var memory = Limits.Lua.memory
  /// Milliseconds of processor time for one run of a handler, up to where it ends or waits.
  public var handlerMilliseconds = Limits.Lua.handlerMilliseconds
  /// Milliseconds for all `stop` handlers together.
  public var stopMilliseconds = Limits.Lua.stopMilliseconds
  /// Milliseconds after that in which a script that is not stuck has stopped.
  var stopGraceMilliseconds = 250
  /// Runs of functions that wait at the same time: handlers, timers and tasks together.
  public var tasks = Limits.Lua.tasks
  /// Timers that wait at the same time.
  public var timers = Limits.Lua.timers
  /// Events that wait for the script at most.
  public var inbox = Limits.Lua.inbox
  /// What becomes of texts that were said a moment ago.
  public var repeats = RepeatPolicy.vary
  /// What `uc.store` keeps its values in, used by this script alone; nil: in memory, and gone with the script.
  public var store: BotStore?
  /// Where `uc.log.file` writes; nil: scripts are told that there is no place.
  public var logFiles: (any BotLogFiles)?
  /// What the user has set for the script, which `uc.config` reads; nil: nothing.
  public var options: BotOptions?
  /// Where the system's time zone database is.
  public var zoneDirectory = "/usr/share/zoneinfo"
  /// What `uc.http` fetches with; nil: scripts are told that it is not there.
  public var http: (any BotHTTPClient)?
  /// The folder of `uc.file`, and the files of others; nil: scripts are told that it is not there.
  public var files: (any BotFiles)?
  /// The zone that `tz = "local"` means, which is the machine's own.
  public var localZone = "local"
  /// Told each mistake of the script as it goes to the log, its traceback included. For kits that test scripts.
  package var onFailure: (@Sendable (String) -> Void)?
  /// Where `uc.webhook` puts the script's routes, the same for all scripts of the process; nil: nobody can ask.
  public var webhooks: BotWebhooks?
  /// The time that the script lives in.
  public var clock: any BotClock = SystemClock()

  /// The room of the universal-connectivity chat.
  public static let defaultRoom = "universal-connectivity"

  /// The defaults, with this logger.
  public init(logger: Logger) { self.logger = logger }
}
