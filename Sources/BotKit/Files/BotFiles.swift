import Synchronization

/// Files as a bot sees them: those of the folder that its user has given it, and those that peers have. The command
/// gives bots a folder and the node of the floor below; tests have a folder of their own.
///
/// `perform` returns at once and calls `completion` exactly once, from any thread, also before it returns.
public protocol BotFiles: AnyObject, Sendable {
  /// Does what the request says.
  func perform(
    _ request: BotFileRequest, completion: @escaping @Sendable (Result<BotFileAnswer, BotFileFailure>) -> Void)

  /// Nobody waits for this request any more: the task was cancelled, its time is over, or the bot ends.
  func cancel(_ id: UInt64)
}

/// A file: one of the bot's folder, or one that a peer has.
public struct BotFile: Sendable, Hashable {
  /// What others ask for it by; nil for one of the folder that is not on offer.
  public var id: String?
  /// Who has it.
  public var from: BotPeer
  /// What it is called in the folder; nil for those of others, who tell no names.
  public var name: String?
  /// Its bytes, where that is known.
  public var size: UInt64?

  /// A file.
  public init(id: String?, from: BotPeer, name: String? = nil, size: UInt64? = nil) {
    self.id = id
    self.from = from
    self.name = name
    self.size = size
  }
}

/// Something that a script wants done with a file.
public struct BotFileRequest: Sendable, Hashable {
  /// What it wants.
  public enum Action: Sendable, Hashable {
    /// What is in the folder. Answered by `.files`, in the order of their names.
    case list
    /// Let those fetch a file of the folder who know its id. Answered by `.file`, with the id; again with the same one.
    case offer(name: String)
    /// Tell everybody in the room of a file on offer. Answered by `.published`.
    case announce(id: String)
    /// Take an offer back. Answered by `.done`, also when there was none.
    case withdraw(id: String)
    /// Get a file of `limit` bytes at most from a peer into the folder, under a name where nothing is yet; without one
    /// it is made of the id. Answered by `.file`.
    case fetch(id: String, from: String, name: String?, limit: UInt64)
  }

  /// Different for each request of the process.
  public let number: UInt64
  /// What is wanted.
  public let action: Action
  /// After this time nobody waits for it any more.
  public let timeoutSeconds: Double

  private static let nextNumber = Atomic<UInt64>(1)

  /// A request with a number of its own.
  public init(_ action: Action, timeoutSeconds: Double) {
    number = Self.nextNumber.wrappingAdd(1, ordering: .relaxed).oldValue
    self.action = action
    self.timeoutSeconds = timeoutSeconds
  }
}

/// What comes of a ``BotFileRequest``.
public enum BotFileAnswer: Sendable, Hashable {
  case done
  case file(BotFile)
  case files([BotFile])
  case published(BotReceipt)
}

/// Why nothing came of it. The raw value is what scripts get behind `nil`.
public enum BotFileFailure: String, Error, Sendable, CaseIterable {
  /// The user has given the bots no folder.
  case unavailable
  /// The text is no name of a file in a folder.
  case badName = "bad_name"
  /// The text is no id of a file.
  case badID = "bad_id"
  /// There is no such file, here or at the peer.
  case notFound = "not_found"
  /// There is something of that name already.
  case exists
  case empty
  /// The file is longer than the script wants it.
  case tooLarge = "too_large"
  /// The folder holds as much as it may.
  case full
  case notConnected = "not_connected"
  /// The peer serves no files.
  case unsupported
  case timeout
  /// The file ended before, or behind, where the peer had said that it would.
  case wrongLength = "wrong_length"
  /// The peer or the connection went away.
  case lost
  /// The user does not allow files to be announced.
  case forbidden
  /// Nobody in the room is connected.
  case noPeers = "no_peers"
  case rateLimited = "rate_limited"
  case busy
  case stopping
  /// Anything else; the log says what.
  case failed
}
