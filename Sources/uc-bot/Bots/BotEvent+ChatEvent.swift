import BotKit
import NIOCore
import UniversalConnectivity

extension BotEvent {
  /// What of the peer's events concerns bots in `room`, in their terms; nil for the rest.
  init?(_ event: ChatEvent, room: String) {
    switch event {
    case .ready(let peers):
      self = .ready(peers: peers)
    case .message(let message):
      self = .message(BotMessage(message))
    case .connected(let peer, let address, _):
      self = .peerConnect(BotPeer(id: peer.description), address: address.description)
    case .disconnected(let peer, let reason):
      self = .peerDisconnect(BotPeer(id: peer.description), reason: reason)
    case .identified(let peer, let info):
      self = .peerIdentify(
        BotPeer(id: peer.description), agent: info.agent, protocols: info.protocols,
        addresses: info.listenAddresses.map(\.description))
    case .pinged(let peer, let seconds):
      self = .ping(BotPeer(id: peer.description), seconds: seconds)
    // Peers announce topics that are no rooms to anybody, and a bot that greets would greet for each.
    case .subscribed(let peer, let topic):
      guard topic == room else { return nil }
      self = .peerSubscribe(BotPeer(id: peer.description), room: topic)
    case .unsubscribed(let peer, let topic):
      guard topic == room else { return nil }
      self = .peerUnsubscribe(BotPeer(id: peer.description), room: topic)
    case .direct(let message):
      self = .message(BotMessage(message))
    case .fileAnnounced(let file):
      self = .file(BotFile(id: file.id, from: BotPeer(id: file.from.description)))
    case .mesh(let peers):
      self = .mesh(peers: peers, room: room)
    case .liveness(let state, _):
      self = .liveness(state.rawValue)
    case .networkChanged, .listening, .joined, .identifyFailed, .identifySent, .pingFailed, .dialFailed, .discovered,
      .malformed:
      return nil
    }
  }
}

extension BotMessage {
  /// A message of the room as scripts get it.
  convenience init(_ message: ChatMessage) {
    let isExact = message.isUTF8 && !message.truncated && message.payload == nil
    self.init(
      id: Hex.text(message.id), from: BotPeer(id: message.from.description), text: message.text,
      raw: isExact ? nil : Array(message.data.readableBytesView), room: message.room, truncated: message.truncated,
      time: Double(message.receivedNanos) / 1e9)
  }
  /// A message to this peer alone. It has no id: nobody forwards it.
  convenience init(_ message: DirectMessage) {
    self.init(
      id: "", from: BotPeer(id: message.from.description), text: message.text, room: "",
      truncated: message.truncated, time: Double(message.receivedNanos) / 1e9, isDirect: true)
  }
}
