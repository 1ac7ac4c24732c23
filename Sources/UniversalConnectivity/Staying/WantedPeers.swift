import Identity
import Multiformats
import NIOCore

/// The addresses that the user wants to be connected to, and what to do about each, for as long as the process runs.
///
/// A value: it is told what happened and answers what to dial. An address whose peer is connected already, by whichever
/// side, is not dialled; a connection that is lost makes it due again after the wait of its ``RedialSchedule``.
public struct WantedPeers: Sendable {
  /// One dial that is to be started now.
  public struct Dial: Sendable, Hashable {
    /// Which entry; to be handed back to `succeeded` or `failed`.
    public let index: Int
    /// Where to.
    public let address: Multiaddr
  }

  private enum State: Hashable {
    case waiting(until: NIODeadline)
    case dialling
    case connected(PeerID)
  }

  private struct Entry {
    let address: Multiaddr
    /// From the address, or learnt from the last dial.
    var peer: PeerID?
    var schedule: RedialSchedule
    var state: State
  }

  private var entries: [Entry]
  private var connected: Set<PeerID> = []

  /// All of `addresses` are due at once; equal ones count once.
  public init(
    _ addresses: [Multiaddr], schedule: RedialSchedule.Configuration = RedialSchedule.Configuration(),
    now: NIODeadline
  ) {
    var seen: Set<Multiaddr> = []
    entries = addresses.filter { seen.insert($0).inserted }.map {
      Entry(
        address: $0, peer: $0.peerID.flatMap { try? PeerID(bytes: $0) },
        schedule: RedialSchedule(configuration: schedule), state: .waiting(until: now))
    }
  }

  /// The earliest time at which `due` has something to say; nil while all are connected or being dialled.
  public var nextDeadline: NIODeadline? {
    entries.compactMap { if case .waiting(let until) = $0.state { until } else { nil } }.min()
  }

  /// How many of the addresses have a connection.
  public var connectedCount: Int {
    entries.count { if case .connected = $0.state { true } else { false } }
  }

  /// The dials that are due; they count as started.
  public mutating func due(at now: NIODeadline) -> [Dial] {
    var dials: [Dial] = []
    for index in entries.indices {
      guard case .waiting(let until) = entries[index].state, until <= now else { continue }
      if let peer = entries[index].peer, connected.contains(peer) {
        markConnected(index, to: peer, at: now)
      } else {
        entries[index].state = .dialling
        dials.append(Dial(index: index, address: entries[index].address))
      }
    }
    return dials
  }

  /// A dial ended with a connection to `peer`.
  ///
  /// The connection may be gone again when this is called, its end reported before the dial's own answer: then the wait
  /// begins at once and is returned.
  @discardableResult
  public mutating func succeeded(
    _ index: Int, peer: PeerID, at now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> TimeAmount? {
    guard entries.indices.contains(index) else { return nil }
    // An address without an id may lead to another peer than last time.
    entries[index].peer = peer
    guard case .dialling = entries[index].state else { return nil }
    if connected.contains(peer) {
      markConnected(index, to: peer, at: now)
      return nil
    }
    return rest(index, entries[index].schedule.disconnected(at: now, using: &random), at: now, using: &random)
  }

  /// A dial failed. Returns the wait before the next one and whether it is worth telling, or nil when the peer got
  /// connected meanwhile another way, so that there is nothing to report and nothing to repeat.
  public mutating func failed(
    _ index: Int, at now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> (wait: TimeAmount, isWorthTelling: Bool)? {
    guard entries.indices.contains(index), case .dialling = entries[index].state else { return nil }
    if let peer = entries[index].peer, connected.contains(peer) {
      markConnected(index, to: peer, at: now)
      return nil
    }
    let wait = rest(index, entries[index].schedule.failed(using: &random), at: now, using: &random)
    return (wait, entries[index].schedule.isWorthTelling)
  }

  /// The first connection to `peer` stands, whoever opened it.
  public mutating func connected(_ peer: PeerID, at now: NIODeadline) {
    connected.insert(peer)
    for index in entries.indices where entries[index].peer == peer {
      if case .waiting = entries[index].state { markConnected(index, to: peer, at: now) }
    }
  }

  /// The last connection to `peer` is gone.
  public mutating func disconnected(
    _ peer: PeerID, at now: NIODeadline, using random: inout some RandomNumberGenerator
  ) {
    connected.remove(peer)
    for index in entries.indices where entries[index].state == .connected(peer) {
      rest(index, entries[index].schedule.disconnected(at: now, using: &random), at: now, using: &random)
    }
    if connected.isEmpty { hurry(at: now, using: &random) }
  }

  /// The network has changed, or nobody has been heard for too long: what waits need not wait any longer. A thousand
  /// bots of one network come back over a second.
  public mutating func dialSoon(at now: NIODeadline, using random: inout some RandomNumberGenerator) {
    for index in entries.indices {
      guard case .waiting(let until) = entries[index].state else { continue }
      let soon = now + .nanoseconds(Int64.random(in: 0...1_000_000_000, using: &random))
      entries[index].state = .waiting(until: min(until, soon))
    }
  }

  /// Whether the user has named this peer, or it is behind an address that the user has named.
  public func isWanted(_ peer: PeerID) -> Bool { entries.contains { $0.peer == peer } }

  /// Whether anybody is wanted.
  public var isEmpty: Bool { entries.isEmpty }

  /// Nobody is connected any more: no wait is longer than that of somebody alone.
  private mutating func hurry(at now: NIODeadline, using random: inout some RandomNumberGenerator) {
    for index in entries.indices {
      guard case .waiting(let until) = entries[index].state else { continue }
      rest(index, until - now, at: now, using: &random)
    }
  }

  @discardableResult
  private mutating func rest(
    _ index: Int, _ wait: TimeAmount, at now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> TimeAmount {
    let wait = connected.isEmpty ? entries[index].schedule.alone(wait, using: &random) : wait
    entries[index].state = .waiting(until: now + wait)
    return wait
  }

  private mutating func markConnected(_ index: Int, to peer: PeerID, at now: NIODeadline) {
    entries[index].state = .connected(peer)
    entries[index].schedule.connected(at: now)
  }
}
