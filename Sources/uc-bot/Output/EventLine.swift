import Identity
import Kademlia
import Logging
import Swarm
import UniversalConnectivity

/// Something that the program tells on standard output, as one line of text or of JSON.
///
/// The texts are those that the lessons and applications of universal-connectivity print (wire.md §11.3), since people
/// and checkers look for them.
enum EventLine: Sendable {
  case starting
  case localPeer(PeerID)
  case chat(ChatEvent)
  case dht(KademliaEvent)
  /// The greeting of `--workshop` is out.
  case published(topic: String)
  /// It is not.
  case notPublished(reason: String)

  /// How important the line is; `--log-level` hides what is below it. With `notice` the chat alone is left.
  var level: Logger.Level {
    switch self {
    case .starting, .localPeer, .chat(.listening), .chat(.message), .chat(.direct): .notice
    case .chat(.ready), .chat(.mesh), .chat(.identifySent), .chat(.identifyFailed), .dht(.bootstrapping),
      .dht(.unreachable), .dht(.neighbours), .dht(.added), .dht(.replaced), .dht(.refused):
      .debug
    case .chat(.dialFailed), .chat(.pingFailed), .chat(.malformed), .notPublished: .warning
    case .chat(.liveness(let state, _)): state == .deaf ? .warning : state == .ready ? .info : .debug
    case .chat, .dht, .published: .info
    }
  }

  /// The line as a person reads it, fit for a terminal whatever the peers put into their texts.
  var text: String {
    switch self {
    case .starting: "Starting Universal Connectivity Application..."
    case .localPeer(let peer): "Local peer id: \(peer)"
    case .chat(let event): event.text
    case .dht(let event): event.text
    case .published(let topic): "Published test message to '\(TerminalText.sanitized(topic))' topic"
    case .notPublished(let reason): "Failed to publish message: \(TerminalText.sanitized(reason))"
    }
  }

  /// The line as one JSON object: `time`, `level` and `event` first, then the fields of the event.
  func json(nanoseconds: Int64) -> String {
    var object = JSONObject()
    object.add("time", Timestamp.rfc3339(nanoseconds: nanoseconds))
    object.add("level", level.rawValue)
    switch self {
    case .starting:
      object.add("event", "starting")
    case .localPeer(let peer):
      object.add("event", "local_peer")
      object.add("peer", peer.description)
    case .chat(let event):
      event.add(to: &object)
    case .dht(let event):
      event.add(to: &object)
    case .published(let topic):
      object.add("event", "published")
      object.add("topic", topic)
    case .notPublished(let reason):
      object.add("event", "publish_failed")
      object.add("reason", reason)
    }
    return object.line
  }
}

extension ChatEvent {
  fileprivate var text: String {
    switch self {
    case .listening(let address): "Listening on: \(address)"
    case .joined(let topic): "Subscribed to topic: \(topic)"
    case .connected(let peer, let address, _): "Connected to: \(peer) via \(address)"
    case .disconnected(let peer, nil): "Connection to \(peer) closed gracefully"
    case .disconnected(let peer, let reason?):
      "Connection to \(peer) closed with error: \(TerminalText.sanitized(reason))"
    case .identified(let peer, let info):
      "Received identify from \(peer): protocol_version: \(TerminalText.sanitized(info.protocolVersion)), "
        + "agent: \(TerminalText.sanitized(info.agent))"
    case .identifyFailed(let peer, let reason): "Identify error with \(peer): \(TerminalText.sanitized(reason))"
    case .identifySent(let peer): "Sent identify info to: \(peer)"
    case .pinged(let peer, let seconds):
      "Received a ping from \(peer), round trip time: \(Milliseconds.text(seconds: seconds)) ms"
    case .pingFailed(let peer, let reason): "Ping failed to \(peer): \(TerminalText.sanitized(reason))"
    case .subscribed(let peer, let topic): "Peer \(peer) subscribed to '\(TerminalText.sanitized(topic))'"
    case .unsubscribed(let peer, let topic): "Peer \(peer) unsubscribed from '\(TerminalText.sanitized(topic))'"
    case .message(let message):
      "[\(message.from.short)]: \(TerminalText.sanitized(message.text))\(message.truncated ? "…" : "")"
    case .direct(let message):
      "[\(message.from.short)] to you: \(TerminalText.sanitized(message.text))\(message.truncated ? "…" : "")"
    case .fileAnnounced(let file): "[\(file.from.short)] offers the file \(TerminalText.sanitized(file.id, limit: 100))"
    case .discovered(let peer, let addresses):
      "Discovered \(peer) at \(addresses.map(\.description).joined(separator: ", "))"
    case .malformed(let peer, let input):
      "Dropped a malformed \(input.kind.rawValue) of \(peer): \(TerminalText.sanitized(input.reason))"
    case .mesh(let peers): "Mesh: \(peers) peer\(peers == 1 ? "" : "s")"
    case .liveness(.deaf, let seconds): "Nobody has heard us for \(Int(seconds)) s: looking for everybody who is known"
    case .liveness(.ready, _): "Somebody is there to hear us"
    case .liveness(.alone, _): "Nobody is there, and nobody is known who could be dialled"
    case .liveness(.joining, _): "Nobody is there to hear us"
    case .networkChanged: "The network has changed: looking who is still there"
    case .ready(let meshPeers): "Ready: \(meshPeers) peer\(meshPeers == 1 ? "" : "s") in the room"
    case .dialFailed(let address, let reason, let wait):
      "Failed to connect to \(address): \(TerminalText.sanitized(reason)); "
        + "trying again in \(Milliseconds.fixed(Double(wait.nanoseconds) / 1e9, decimals: 1)) s"
    }
  }

  /// Adds the event's name and fields, as the peers sent them: JSON has its own way to make controls harmless.
  fileprivate func add(to object: inout JSONObject) {
    switch self {
    case .listening(let address):
      object.add("event", "listening")
      object.add("address", address.description)
    case .joined(let topic):
      object.add("event", "joined")
      object.add("topic", topic)
    case .connected(let peer, let address, let direction):
      object.add("event", "connected")
      object.add("peer", peer.description)
      object.add("address", address.description)
      object.add("direction", direction == .inbound ? "inbound" : "outbound")
    case .disconnected(let peer, let reason):
      object.add("event", "disconnected")
      object.add("peer", peer.description)
      if let reason { object.add("reason", reason) }
    case .identified(let peer, let info):
      object.add("event", "identified")
      object.add("peer", peer.description)
      object.add("protocol_version", info.protocolVersion)
      object.add("agent", info.agent)
      object.add("protocols", info.protocols)
      object.add("addresses", info.listenAddresses.map(\.description))
    case .identifyFailed(let peer, let reason):
      object.add("event", "identify_failed")
      object.add("peer", peer.description)
      object.add("reason", reason)
    case .identifySent(let peer):
      object.add("event", "identify_sent")
      object.add("peer", peer.description)
    case .pinged(let peer, let seconds):
      object.add("event", "ping")
      object.add("peer", peer.description)
      object.add("rtt", seconds)
    case .pingFailed(let peer, let reason):
      object.add("event", "ping_failed")
      object.add("peer", peer.description)
      object.add("reason", reason)
    case .subscribed(let peer, let topic):
      object.add("event", "subscribed")
      object.add("peer", peer.description)
      object.add("topic", topic)
    case .unsubscribed(let peer, let topic):
      object.add("event", "unsubscribed")
      object.add("peer", peer.description)
      object.add("topic", topic)
    case .message(let message):
      object.add("event", "message")
      object.add("peer", message.from.description)
      object.add("room", message.room)
      object.add("text", message.text)
      object.add("id", Hex.text(message.id))
      object.add("truncated", message.truncated)
    case .direct(let message):
      object.add("event", "direct")
      object.add("peer", message.from.description)
      object.add("text", message.text)
      object.add("truncated", message.truncated)
    case .fileAnnounced(let file):
      object.add("event", "file")
      object.add("peer", file.from.description)
      object.add("id", file.id)
    case .discovered(let peer, let addresses):
      object.add("event", "discovered")
      object.add("peer", peer.description)
      object.add("addresses", addresses.map(\.description))
    case .malformed(let peer, let input):
      object.add("event", "malformed")
      object.add("peer", peer.description)
      object.add("kind", input.kind.rawValue)
      object.add("reason", input.reason)
    case .mesh(let peers):
      object.add("event", "mesh")
      object.add("peers", peers)
    case .liveness(let state, let seconds):
      object.add("event", "liveness")
      object.add("state", state.rawValue)
      object.add("silent", seconds)
    case .networkChanged:
      object.add("event", "network_changed")
    case .ready(let meshPeers):
      object.add("event", "ready")
      object.add("peers", meshPeers)
    case .dialFailed(let address, let reason, let wait):
      object.add("event", "dial_failed")
      object.add("address", address.description)
      object.add("reason", reason)
      object.add("retry_in", Double(wait.nanoseconds) / 1e9)
    }
  }
}
