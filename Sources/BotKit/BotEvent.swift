/// A peer by its id.
public struct BotPeer: Sendable, Hashable {
  /// The full id, in one form for one peer (base58 for libp2p peers).
  public var id: String
  /// What chats show: the last eight characters (bots.md §2).
  public var short: String

  /// A peer; the short form is made from the id.
  public init(id: String) {
    self.id = id
    short = String(id.suffix(8))
  }
}

/// A chat message as it came from the network. A class, since it is large and handed on often.
public final class BotMessage: Sendable {
  /// The message's id, as hexadecimal text.
  public let id: String
  /// Who wrote it.
  public let from: BotPeer
  /// Valid UTF-8, at most `Limits.Chat.text` bytes.
  public let text: String
  /// The bytes as they came, where `text` differs from them; nil where it does not.
  public let raw: [UInt8]?
  /// Where it was said.
  public let room: String
  /// Whether `text` was cut.
  public let truncated: Bool
  /// When it arrived: seconds since 1970.
  public let time: Double
  /// Whether it came to the bot alone, and not through a room.
  public let isDirect: Bool

  /// A message.
  public init(
    id: String, from: BotPeer, text: String, raw: [UInt8]? = nil, room: String, truncated: Bool = false, time: Double,
    isDirect: Bool = false
  ) {
    self.id = id
    self.from = from
    self.text = text
    self.raw = raw
    self.room = room
    self.truncated = truncated
    self.time = time
    self.isDirect = isDirect
  }
}

/// What happens to a bot. (`start`, `stop`, `unload`, `error` and `publish_failed` come from the bot itself.)
public enum BotEvent: Sendable {
  /// At least one peer of the room is in the mesh: texts now arrive somewhere.
  case ready(peers: Int)
  /// Something was said in a room, or (`isDirect`) to the bot alone.
  case message(BotMessage)
  /// A peer has a file for everybody.
  case file(BotFile)
  case peerConnect(BotPeer, address: String)
  case peerDisconnect(BotPeer, reason: String?)
  case peerIdentify(BotPeer, agent: String, protocols: [String], addresses: [String])
  case peerSubscribe(BotPeer, room: String)
  case peerUnsubscribe(BotPeer, room: String)
  /// A round trip that the peer's own ping measured, in seconds.
  case ping(BotPeer, seconds: Double)
  /// So many peers of the room are in the mesh now.
  case mesh(peers: Int, room: String)
  /// Whether anybody hears the bot: `joining`, `ready`, `alone` or `deaf`. No handler hears of it, `uc.status` tells it.
  case liveness(String)
  /// Values of `uc.config` are different now: these, by their names.
  case config(changed: [String: BotValue])
  /// The process got a signal: `HUP`, `USR1`, `USR2`.
  case signal(name: String)
}

/// A plain value on its way to a script.
public enum BotValue: Sendable, Hashable {
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case list([BotValue])
}

/// The events that scripts can ask for, by the name that they use.
enum EventName: String, CaseIterable {
  case message
  case dm
  case file
  case peerConnect = "peer_connect"
  case peerDisconnect = "peer_disconnect"
  case peerIdentify = "peer_identify"
  case peerSubscribe = "peer_subscribe"
  case peerUnsubscribe = "peer_unsubscribe"
  case ping
  case mesh
  case publishFailed = "publish_failed"
  case error
  case config
  case signal
  case ready
  case start
  case stop
  case unload

  /// Whether the event comes from one peer, so that the option `from` makes sense.
  var hasPeer: Bool {
    switch self {
    case .message, .dm, .file, .peerConnect, .peerDisconnect, .peerIdentify, .peerSubscribe, .peerUnsubscribe, .ping:
      true
    case .mesh, .publishFailed, .error, .config, .signal, .ready, .start, .stop, .unload: false
    }
  }

  /// Whether it is something that somebody said.
  var isMessage: Bool { self == .message || self == .dm }

  /// Whether it has a room.
  var hasRoom: Bool {
    switch self {
    case .message, .peerSubscribe, .peerUnsubscribe, .mesh, .publishFailed: true
    default: false
    }
  }

  /// Whether `uc.wait` may wait for it: not for what comes before anything can wait, or when everything ends.
  var canBeWaitedFor: Bool { self != .start && self != .stop && self != .unload }
}
