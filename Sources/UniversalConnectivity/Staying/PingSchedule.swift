import Identity
import Limits
import NIOCore

/// When each connected peer is pinged: once as soon as it is connected, then again and again, never two at a time.
public struct PingSchedule: Sendable {
  private enum State: Hashable {
    case waiting(until: NIODeadline)
    case underWay
  }

  private let interval: TimeAmount
  private var peers: [PeerID: State] = [:]
  /// Pings in a row without an answer.
  private var unanswered: [PeerID: Int] = [:]

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
    unanswered[peer] = nil
  }

  /// The network has changed: everybody is due at once.
  /// - Returns: Everybody.
  @discardableResult
  public mutating func probeAll(at now: NIODeadline) -> Set<PeerID> {
    for (peer, state) in peers where state != .underWay { peers[peer] = .waiting(until: now) }
    return Set(peers.keys)
  }

  /// Who is to be pinged now; the pings count as started.
  public mutating func due(at now: NIODeadline) -> [PeerID] {
    let due = peers.compactMap { peer, state -> PeerID? in
      if case .waiting(let until) = state, until <= now { peer } else { nil }
    }
    for peer in due { peers[peer] = .underWay }
    return due
  }

  /// What the end of a ping means.
  public enum Outcome: Sendable, Hashable {
    /// It is to be told.
    case news
    /// It is to be told, and the peer has not answered for so long that its connection is to be closed.
    case dead
    /// Of no interest any more: the peer has gone, or has come again and the ping belongs to its earlier connection.
    case stale
  }

  /// A ping came back or failed.
  /// - Parameter isUnanswered: Whether the time was up; another failure says nothing of the line.
  public mutating func finished(_ peer: PeerID, isUnanswered: Bool, at now: NIODeadline) -> Outcome {
    guard peers[peer] == .underWay else { return .stale }
    peers[peer] = .waiting(until: now + interval)
    unanswered[peer] = isUnanswered ? (unanswered[peer] ?? 0) + 1 : nil
    return unanswered[peer, default: 0] >= Limits.Ping.unanswered ? .dead : .news
  }
}
