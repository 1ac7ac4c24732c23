import Identity
import Swarm
import UniversalConnectivity

/// Whom we are connected to, and what is known of each; bounded by the connections that the swarm allows.
struct ChatPeers: Sendable {
  /// What is known of one.
  struct Entry: Sendable {
    let peer: PeerID
    let id: String
    /// What it calls itself; fit for a terminal.
    var nick: String?
    var roundTrip: Double?
    var isInRoom = false
    var agent = ""
    var wasIdentified = false

    /// How it is shown.
    var name: String { ChatPeers.name(short: peer.short, nick: nick) }
  }

  /// Who a person means.
  enum Match: Hashable, Sendable {
    case one(PeerID)
    case none
    /// More than one; how they are shown.
    case several([String])
  }

  /// In the order in which they came.
  private(set) var entries: [Entry] = []

  /// How a peer is shown.
  static func name(short: String, nick: String?) -> String { nick.map { "\($0) (\(short))" } ?? short }

  subscript(peer: PeerID) -> Entry? { entries.first { $0.peer == peer } }

  // MARK: what happens

  mutating func connected(_ peer: PeerID) {
    guard self[peer] == nil else { return }
    entries.append(Entry(peer: peer, id: peer.description))
  }

  mutating func disconnected(_ peer: PeerID) { entries.removeAll { $0.peer == peer } }

  /// Changes what is known of a connected peer.
  mutating func change(_ peer: PeerID, _ body: (inout Entry) -> Void) {
    guard let index = entries.firstIndex(where: { $0.peer == peer }) else { return }
    body(&entries[index])
  }

  // MARK: who is meant

  /// The connected peer that a person means: by its id, by the end of it, four characters at the least, or by its name.
  func find(_ text: String) -> Match {
    let wanted = (text.hasPrefix("@") ? String(text.dropFirst()) : text).lowercased()
    let found = entries.filter { entry in
      entry.nick?.lowercased() == wanted || (wanted.count >= 4 && entry.id.lowercased().hasSuffix(wanted))
    }
    switch found.count {
    case 0: return .none
    case 1: return .one(found[0].peer)
    default:
      // Two ids may differ in the case of their letters only.
      let exact = found.filter { $0.id.hasSuffix(text) }
      return exact.count == 1 ? .one(exact[0].peer) : .several(found.map(\.name))
    }
  }

  /// As it is told to the front end.
  var shown: [ChatRoster.Peer] {
    entries.map {
      ChatRoster.Peer(id: $0.id, name: $0.name, roundTrip: $0.roundTrip, isInRoom: $0.isInRoom, agent: $0.agent)
    }
  }
}
