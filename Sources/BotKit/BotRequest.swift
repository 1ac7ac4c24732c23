/// Something that a script wants of the network, beside publishing and pinging.
public enum BotRequest: Sendable, Hashable {
  /// Connect to the peer at a multiaddr. Answered by `.peer`.
  case connect(address: String)
  /// Connect to a peer at one of the addresses that it has told of, or wherever else it is known to be. Answered by
  /// `.peer`.
  case connectPeer(id: String, addresses: [String])
  /// Close the connections to a peer. Answered by `.done`, also when there was none.
  case disconnect(id: String)
  /// What a connected peer tells of itself. Answered by `.identity`.
  case identify(id: String)
  /// Say something to one peer alone. Answered by `.done` when the peer has taken it.
  case send(text: String, id: String)
  /// Where a peer is. Answered by `.addresses`.
  case findPeer(id: String)
  /// Announce that something can be got here. Answered by `.done`.
  case provide(key: [UInt8])
  /// Who has announced that. Answered by `.peers`.
  case findProviders(key: [UInt8])
}

/// What comes of a ``BotRequest``.
public enum BotAnswer: Sendable, Hashable {
  case done
  case peer(BotPeer)
  case identity(agent: String, protocols: [String], addresses: [String])
  case addresses([String])
  case peers([BotPeer])
}

/// Why nothing came of it. The raw value is what scripts get behind `nil`.
public enum BotRequestFailure: String, Error, Sendable, CaseIterable {
  /// The network of this bot, or the peer, does not do such things.
  case unsupported
  case notConnected = "not_connected"
  case timeout
  /// The text is no address that can be dialled, or leads to the bot itself.
  case badAddress = "bad_address"
  /// Nobody, or somebody else, is there.
  case unreachable
  /// The peer did not take the message.
  case refused
  case empty
  case tooLong = "too_long"
  /// Nothing known.
  case notFound = "not_found"
  /// Too many requests are under way.
  case busy
  case stopping
  /// Anything else; the network's own log says what.
  case failed
}
