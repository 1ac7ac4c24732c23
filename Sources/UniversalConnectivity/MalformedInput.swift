import Identity

/// Something that a peer sent and that could not be used. It was dropped; nothing else is the matter.
public struct MalformedInput: Sendable, Hashable {
  /// What it should have been.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A message of any topic, sent by the peer and perhaps not written by it.
    case message
    case gossipsubFrame = "gossipsub frame"
    case directMessage = "direct message"
    case fileRequest = "file request"
    case fileAnnouncement = "file announcement"
    case peerAnnouncement = "peer announcement"
  }

  /// What it should have been.
  public let kind: Kind
  /// What was wrong with it; may hold text of the peer.
  public let reason: String
}

/// Which peers have been told of: each once for each kind, so that who sends rubbish all the time fills no log.
struct Complaints {
  private struct Subject: Hashable {
    let peer: PeerID
    let kind: MalformedInput.Kind
  }

  private let limit: Int
  private var told: Set<Subject> = []

  init(limit: Int) { self.limit = limit }

  /// Whether this is the first of its kind. When `limit` is reached, all begins anew.
  mutating func isNew(_ kind: MalformedInput.Kind, from peer: PeerID) -> Bool {
    if told.count >= limit { told.removeAll(keepingCapacity: true) }
    return told.insert(Subject(peer: peer, kind: kind)).inserted
  }
}
