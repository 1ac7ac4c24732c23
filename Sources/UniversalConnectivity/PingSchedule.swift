import Identity
import NIOCore

/// When each connected peer is pinged: once as soon as it is connected, then again and again, never two at a time.
public struct PingSchedule: Sendable {
  private enum State: Hashable {
    case waiting(until: NIODeadline)
    case underWay
  }

  private let interval: TimeAmount
  private var peers: [PeerID: State] = [:]

  /// - Parameter interval: Time from the end of a ping to the beginning of the next.
  public init(interval: TimeAmount) {
    self.interval = interval
  }

  /// The earliest time at which `due` has something to say.
  public var nextDeadline: NIODeadline? {
    peers.values.compactMap { if case .waiting(let until) = $0 { until } else { nil } }.min()
  }

  /// The peer is due at once.
  public mutating func connected(_ peer: PeerID, at now: NIODeadline) {
    if peers[peer] == nil { peers[peer] = .waiting(until: now) }
  }

  /// The peer is forgotten.
  public mutating func disconnected(_ peer: PeerID) {
    peers[peer] = nil
  }

  /// Who is to be pinged now; the pings count as started.
  public mutating func due(at now: NIODeadline) -> [PeerID] {
    let due = peers.compactMap { peer, state -> PeerID? in
      if case .waiting(let until) = state, until <= now { peer } else { nil }
    }
    for peer in due { peers[peer] = .underWay }
    return due
  }

  /// A ping came back or failed. Returns false if it is of no interest any more: the peer has gone, or has come again
  /// and the ping belongs to its earlier connection.
  public mutating func finished(_ peer: PeerID, at now: NIODeadline) -> Bool {
    guard peers[peer] == .underWay else { return false }
    peers[peer] = .waiting(until: now + interval)
    return true
  }
}
