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

/// A chat message as it came from the network.
public struct BotMessage: Sendable {
  /// The message's id, as hexadecimal text.
  public var id: String
  /// Who wrote it.
  public var from: BotPeer
  /// Valid UTF-8, at most `Limits.Chat.text` bytes.
  public var text: String
  /// The bytes as they came, where `text` differs from them; nil where it does not.
  public var raw: [UInt8]?
  /// Where it was said.
  public var room: String
  /// Whether `text` was cut.
  public var truncated: Bool
  /// When it arrived: seconds since 1970.
  public var time: Double
  /// Whether it came to the bot alone, and not through a room.
  public var isDirect: Bool

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

/// What the network tells a bot. (`start` and `stop` come from the runner itself.)
public enum BotEvent: Sendable {
  /// At least one peer of the room is in the mesh: texts now arrive somewhere.
  case ready(peers: Int)
  case message(BotMessage)
  case peerConnect(BotPeer, address: String)
  case peerDisconnect(BotPeer, reason: String?)
  case peerIdentify(BotPeer, agent: String, protocols: [String], addresses: [String])
  /// A round trip that the peer's own ping measured, in seconds.
  case ping(BotPeer, seconds: Double)
}

/// The events that scripts can ask for, by the name that they use.
enum EventName: String, CaseIterable {
  case message
  case peerConnect = "peer_connect"
  case peerDisconnect = "peer_disconnect"
  case peerIdentify = "peer_identify"
  case ping
  case ready
  case start
  case stop

  /// Whether the event comes from one peer, so that the option `from` makes sense.
  var hasPeer: Bool {
    switch self {
    case .message, .peerConnect, .peerDisconnect, .peerIdentify, .ping: true
    case .ready, .start, .stop: false
    }
  }
}
