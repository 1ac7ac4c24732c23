import Identity

/// Which connections there are to which peer, and which of two that cross is kept.
///
/// When both sides dial at the same moment, each ends up with one connection that it dialled and one that it accepted.
/// Both keep the one that was dialled by the peer with the smaller id, so that they agree without a word.
struct ConnectionTable<Connection: AnyObject> {
  struct Entry {
    let connection: Connection
    let direction: ConnectionDirection
  }

  /// What the addition of a connection brought about.
  struct Addition {
    /// Whether it is the first connection to this peer.
    var isFirst = false
    /// The loser of a crossing, to be closed in good order; no new stream is opened on it.
    var loser: Connection?
    /// The oldest above the peer's limit, to be closed at once.
    var excess: [Connection] = []
  }

  private var entries: [PeerID: [Entry]] = [:]
  private(set) var count = 0

  var peers: [PeerID] { Array(entries.keys) }
  var all: [Connection] { entries.values.flatMap { $0.map(\.connection) } }

  func connections(to peer: PeerID) -> [Connection] { entries[peer]?.map(\.connection) ?? [] }

  /// The connection on which new streams are opened: the one added last, as an older one may be dead without knowing.
  func primary(_ peer: PeerID) -> Connection? { entries[peer]?.last?.connection }

  /// Adds a connection.
  /// - Parameter isCrossing: Whether a connection was opened so lately that the peer may have dialled before it knew of
  ///   it. An older one is no rival of a new one: the peer may have lost it without our knowing, and dialled again.
  mutating func add(
    _ connection: Connection, direction: ConnectionDirection, peer: PeerID, localPeer: PeerID, perPeer: Int,
    isCrossing: (Connection) -> Bool
  ) -> Addition {
    var mine = entries[peer] ?? []
    var addition = Addition(isFirst: mine.isEmpty)
    let entry = Entry(connection: connection, direction: direction)
    let kept: ConnectionDirection = localPeer < peer ? .outbound : .inbound
    if let other = mine.last, other.direction != direction, isCrossing(other.connection) {
      addition.loser = direction == kept ? other.connection : connection
    }
    mine.insert(entry, at: addition.loser === connection ? mine.count - 1 : mine.count)
    addition.excess = mine.prefix(max(mine.count - perPeer, 0)).map(\.connection)
    entries[peer] = mine
    count += 1
    return addition
  }

  /// Takes a connection out.
  /// - Returns: Whether it was there, and whether it was the peer's last.
  mutating func remove(_ connection: Connection, peer: PeerID) -> (wasThere: Bool, wasLast: Bool) {
    guard var mine = entries[peer], let index = mine.firstIndex(where: { $0.connection === connection }) else {
      return (false, false)
    }
    mine.remove(at: index)
    count -= 1
    entries[peer] = mine.isEmpty ? nil : mine
    return (true, mine.isEmpty)
  }

  /// Moves a connection behind the others, so that no new stream is opened on it while there is another.
  mutating func demote(_ connection: Connection, peer: PeerID) {
    guard var mine = entries[peer], let index = mine.firstIndex(where: { $0.connection === connection }) else { return }
    mine.insert(mine.remove(at: index), at: 0)
    entries[peer] = mine
  }
}
