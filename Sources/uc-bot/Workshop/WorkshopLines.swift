import Identity
import Multiformats
import UniversalConnectivity

/// The lines that the lessons of the universal-connectivity workshop teach, letter by letter (wire.md §11.3): what
/// `--workshop` prints instead of the usual ones.
struct WorkshopLines: Sendable {
  /// The topic that files are announced on.
  let fileTopic: String

  /// What is printed for something that happens: most of it is one line, some is none.
  func lines(for line: EventLine) -> [String] {
    switch line {
    case .starting, .localPeer, .published, .notPublished: [line.text]
    case .dht(let event): event.lines
    case .chat(let event): lines(for: event)
    }
  }

  private func lines(for event: ChatEvent) -> [String] {
    switch event {
    case .identified(let peer, let info):
      [
        "Identified peer: \(peer) with protocol version: \(TerminalText.sanitized(info.protocolVersion))",
        "Peer agent: \(TerminalText.sanitized(info.agent))",
        "Peer supports \(info.protocols.count) protocols",
      ]
    case .pinged(let peer, let seconds):
      // Whole milliseconds, as checkers read no others.
      ["Received a ping from \(peer), round trip time: \(Int64(max(0, min(seconds * 1_000, 1e9)))) ms"]
    case .message(let message): [text(of: message)]
    case .fileAnnounced(let file):
      [
        "Received message on topic '\(topic(fileTopic))': \(TerminalText.sanitized(file.id)) from \(file.from) (type: 1)"
      ]
    case .malformed(_, let input): self.topic(of: input.kind).map { [invalid(on: $0)] } ?? []
    case .dialFailed(let address, let reason, _):
      ["Failed to connect to \(name(of: address)): \(TerminalText.sanitized(reason))"]
    case .connected, .disconnected, .identifyFailed, .identifySent, .joined, .pingFailed, .subscribed, .unsubscribed:
      [EventLine.chat(event).text]
    case .listening, .direct, .discovered, .mesh, .ready, .liveness, .networkChanged: []
    }
  }

  private func text(of message: ChatMessage) -> String {
    guard message.isUTF8 else { return invalid(on: message.room) }
    return "Received message on topic '\(topic(message.room))': \(TerminalText.sanitized(message.text)) "
      + "from \(message.from) (type: \(message.kind == .file ? 1 : 0))"
  }

  private func invalid(on topic: String) -> String { "Received invalid message on topic '\(self.topic(topic))'" }

  private func topic(_ name: String) -> String { TerminalText.sanitized(name) }

  private func topic(of kind: MalformedInput.Kind) -> String? {
    switch kind {
    case .fileAnnouncement: fileTopic
    case .peerAnnouncement: DiscoveryConfiguration.topic
    case .message, .gossipsubFrame, .directMessage, .fileRequest: nil
    }
  }

  /// The peer that an address names, or the address: the lessons dial by addresses that name none.
  private func name(of address: Multiaddr) -> String {
    address.peerID.flatMap { try? PeerID(bytes: $0) }?.description ?? address.description
  }
}

extension WorkshopLines {
  /// Whether a byte may stand in an agent: a lesson's check finds `[\w./:-]` and nothing else.
  static func isAgentByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    // The digits stand between / and :.
    case UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
