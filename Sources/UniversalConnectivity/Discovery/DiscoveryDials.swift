import Identity
import Limits
import Multiformats
import NIOCore
import Swarm

/// Which of the peers that announce themselves are dialled. Anybody can announce anything: what it costs is bounded.
///
/// A value; it is told what happened and answers what to dial.
struct DiscoveryDials: Sendable {
  private let allowsLocal: Bool
  private var underWay: Set<PeerID> = []
  private var tried: [PeerID: NIODeadline] = [:]
  private var budget = RateBudget(perMinute: Limits.Discovery.dialsPerMinute)

  /// - Parameter allowsLocal: Whether addresses of loopback and of private networks are dialled.
  init(allowsLocal: Bool) { self.allowsLocal = allowsLocal }

  /// A peer has announced itself. Returns the addresses to dial it at, one after the other; none if it is not to be
  /// dialled now. Call `ended` when that is over.
  ///
  /// - Parameter connections: How many peers are connected.
  mutating func heard(
    _ announcement: PeerAnnouncement, isConnected: Bool, connections: Int, now: NIODeadline
  ) -> [Multiaddr] {
    heard(
      announcement.peer, at: announcement.addresses, isConnected: isConnected, connections: connections, now: now)
  }

  /// Somebody has said where a peer is. Returns as above.
  mutating func heard(
    _ peer: PeerID, at addresses: [Multiaddr], isConnected: Bool, connections: Int, now: NIODeadline
  ) -> [Multiaddr] {
    guard !isConnected, !underWay.contains(peer), underWay.count < Limits.Discovery.dials,
      connections + underWay.count < Limits.Discovery.connections
    else { return [] }
    if let last = tried[peer], now - last < .seconds(Int64(Limits.Discovery.retrySeconds)) { return [] }
    let usable = addresses.filter { address in
      switch AddressScope(tcp: address) {
      case .global: true
      case .local: allowsLocal
      case .unusable, nil: false
      }
    }
    guard !usable.isEmpty, budget.take(now: now) else { return [] }
    if tried.count >= Limits.Discovery.remembered, let oldest = tried.min(by: { $0.value < $1.value }) {
      tried[oldest.key] = nil
    }
    tried[peer] = now
    underWay.insert(peer)
    return Array(usable.prefix(Limits.Discovery.attempts))
  }

  /// All addresses were tried, or one was right.
  mutating func ended(_ peer: PeerID) { underWay.remove(peer) }
}
