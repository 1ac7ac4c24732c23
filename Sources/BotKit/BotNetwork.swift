/// The network as a bot sees it. The chat node of the floor below is adapted to it; tests have one of their own.
///
/// Its functions return at once and call `completion` exactly once, from any thread, also before they return.
public protocol BotNetwork: AnyObject, Sendable {
  /// The id of the peer that the bot speaks as.
  var localPeerID: String { get }

  /// Publishes a text in a room, in the form in which texts are written there.
  func publish(
    _ text: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void)

  /// Publishes bytes in a room as they are.
  func publishBytes(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void)

  /// Measures the round trip to a connected peer, in seconds.
  func ping(
    _ peerID: String, timeoutSeconds: Double, completion: @escaping @Sendable (Result<Double, BotPingFailure>) -> Void)

  /// Anything else that a script wants of it; see ``BotRequest`` for what answers what.
  func perform(
    _ request: BotRequest, timeoutSeconds: Double,
    completion: @escaping @Sendable (Result<BotAnswer, BotRequestFailure>) -> Void)

  /// The peer with this id in any of its text forms; nil when it is no peer id.
  func peer(_ text: String) -> BotPeer?
}

extension BotNetwork {
  /// For networks in which a text is its bytes.
  public func publishBytes(
    _ bytes: [UInt8], room: String, completion: @escaping @Sendable (Result<BotReceipt, BotPublishFailure>) -> Void
  ) {
    publish(bytes, room: room, completion: completion)
  }

  /// For networks that only talk.
  public func perform(
    _ request: BotRequest, timeoutSeconds: Double,
    completion: @escaping @Sendable (Result<BotAnswer, BotRequestFailure>) -> Void
  ) {
    completion(.failure(.unsupported))
  }

  /// For networks that cannot tell: anything that could be a peer id is taken as it is.
  public func peer(_ text: String) -> BotPeer? {
    let bytes = text.utf8
    guard (40...128).contains(bytes.count) else { return nil }
    let isAlphanumeric = bytes.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    return isAlphanumeric ? BotPeer(id: text) : nil
  }
}

/// Who took a published message.
public struct BotReceipt: Sendable, Hashable {
  /// The message's id, as hexadecimal text.
  public var id: String
  /// Peers that it was sent to.
  public var peers: Int

  /// A receipt.
  public init(id: String, peers: Int) {
    self.id = id
    self.peers = peers
  }
}

/// Why a message was not published. The raw value is what scripts get behind `nil`.
public enum BotPublishFailure: String, Error, Sendable {
  /// Nobody in the room is connected.
  case noPeers = "no_peers"
  /// The bot is not in that room.
  case notJoined = "not_joined"
  /// The text is longer than the room takes.
  case tooLong = "too_long"
  /// The network is ending.
  case stopping
  /// Anything else; the network's own log says what.
  case failed
}

/// Why a peer was not measured. The raw value is what scripts get behind `nil`.
public enum BotPingFailure: String, Error, Sendable {
  case notConnected = "not_connected"
  case timeout
  /// The peer speaks no ping.
  case unsupported
  case stopping
  case failed
}
