import Identity
import Limits
import NIOCore

/// How many connections there are, and which go when there are too many.
///
/// Above the high water the least useful are closed until the low water is reached, so that the work is done now and
/// then and not at each newcomer. Who is wanted or in the mesh of the room is never closed; a newcomer has a while to
/// show what it is good for. Below `fewest` more peers are looked for among those that are known.
public struct ConnectionManager: Sendable {
  /// The bounds.
  public struct Configuration: Sendable, Hashable {
    /// With fewer, known peers are dialled.
    public var fewest = Limits.Connections.fewest
    /// How many are left after a pruning.
    public var low = Limits.Connections.low
    /// With more, connections are pruned.
    public var high = Limits.Connections.high
    /// Time in which a newcomer is left alone.
    public var grace = TimeAmount.seconds(Int64(Limits.Connections.graceSeconds))

    /// The bounds of `Limits.Connections`.
    public init() {}
  }

  private struct Peer {
    let since: NIODeadline
    var isInRoom = false
    let isOutbound: Bool
  }

  private let configuration: Configuration
  private var peers: [PeerID: Peer] = [:]
  /// Connections that were closed because there were too many.
  public private(set) var pruned: UInt64 = 0

  /// Knows of no connection.
  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }

  /// How many peers are connected.
  public var count: Int { peers.count }

  /// Whether this peer is.
  public func isConnected(_ peer: PeerID) -> Bool { peers[peer] != nil }

  /// Since when a peer is connected.
  public func since(_ peer: PeerID) -> NIODeadline? { peers[peer]?.since }

  /// The first connection to a peer stands.
  public mutating func connected(_ peer: PeerID, isOutbound: Bool, at now: NIODeadline) {
    if peers[peer] == nil { peers[peer] = Peer(since: now, isOutbound: isOutbound) }
  }

  /// The last one is gone.
  public mutating func disconnected(_ peer: PeerID) { peers[peer] = nil }

  /// A peer has joined the room, or left it.
  public mutating func setInRoom(_ peer: PeerID, _ isInRoom: Bool) { peers[peer]?.isInRoom = isInRoom }

  /// How many more peers are to be looked for.
  public var shortage: Int { max(0, configuration.fewest - peers.count) }

  /// Who is to be disconnected now, the least useful first. Those that joined the room are worth most, then those that
  /// we have dialled (a stranger cannot fill us up with himself), then those that have been there longest.
  /// - Parameter isProtected: Whether a peer has to stay: it is wanted, or in the mesh.
  public mutating func excess(at now: NIODeadline, isProtected: (PeerID) -> Bool) -> [PeerID] {
    guard peers.count > configuration.high else { return [] }
    let closable = peers.filter { now - $0.value.since >= configuration.grace && !isProtected($0.key) }
      .sorted { a, b in
        if a.value.isInRoom != b.value.isInRoom { return b.value.isInRoom }
        if a.value.isOutbound != b.value.isOutbound { return b.value.isOutbound }
        if a.value.since != b.value.since { return a.value.since > b.value.since }
        return a.key < b.key
      }
    let chosen = closable.prefix(peers.count - configuration.low).map(\.key)
    pruned &+= UInt64(chosen.count)
    return chosen
  }
}
