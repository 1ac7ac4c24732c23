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

  enum Change: Equatable {
    /// The first connection to this peer.
    case first
    /// One more connection; nothing is to be closed.
    case additional
  }

  private var entries: [PeerID: [Entry]] = [:]
  private(set) var count = 0

  var peers: [PeerID] { Array(entries.keys) }
  var all: [Connection] { entries.values.flatMap { $0.map(\.connection) } }

  func connections(to peer: PeerID) -> [Connection] { entries[peer]?.map(\.connection) ?? [] }

  /// The connection on which new streams are opened: the one added last, as an older one may be dead without knowing.
  func primary(_ peer: PeerID) -> Connection? { entries[peer]?.last?.connection }

  /// Adds a connection.
  /// - Returns: Whether it is the first, and those that are now too many: the loser of a crossing, or the oldest above
  ///   `perPeer`.
  mutating func add(
    _ connection: Connection, direction: ConnectionDirection, peer: PeerID, localPeer: PeerID, perPeer: Int
  ) -> (change: Change, surplus: [Connection]) {
    var mine = entries[peer] ?? []
    let isFirst = mine.isEmpty
    var surplus: [Connection] = []
    if let other = mine.last, other.direction != direction {
      let kept: ConnectionDirection = localPeer < peer ? .outbound : .inbound
      if direction == kept {
        surplus.append(other.connection)
        mine.append(Entry(connection: connection, direction: direction))
      } else {
        surplus.append(connection)
        mine.insert(Entry(connection: connection, direction: direction), at: mine.count - 1)
      }
    } else {
      mine.append(Entry(connection: connection, direction: direction))
    }
    if mine.count > perPeer, let oldest = mine.first?.connection, !surplus.contains(where: { $0 === oldest }) {
      surplus.append(oldest)
    }
    entries[peer] = mine
    count += 1
    return (isFirst ? .first : .additional, surplus)
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
