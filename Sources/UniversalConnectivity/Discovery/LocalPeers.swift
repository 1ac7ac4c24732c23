import Identity
import Limits
import Multiformats
import NIOCore
import Swarm

/// Which of the peers that were found on the local network are dialled when. Those that are there are wanted for as long
/// as they say that they are; what made-up ones cost is bounded.
///
/// A value; it is told what happened and answers what to dial.
struct LocalPeers: Sendable {
  /// One dial that is to be started now.
  struct Dial: Sendable, Hashable {
    let peer: PeerID
    let addresses: [Multiaddr]
  }

  private struct Entry {
    var addresses: [Multiaddr]
    var schedule: RedialSchedule
    /// Nil while it is being dialled, or connected.
    var next: NIODeadline?
  }

  /// A neighbour that is there answers; one that does not is made up, or gone.
  private static let configuration = {
    var configuration = RedialSchedule.Configuration()
    configuration.maximum = .seconds(60)
    return configuration
  }()

  private var entries: [PeerID: Entry] = [:]
  private var underWay: Set<PeerID> = []
  private var connected: Set<PeerID> = []
  private var budget = RateBudget(perMinute: Limits.Discovery.dialsPerMinute)
  /// When there is a place or a token again, after one was missing.
  private var pause: NIODeadline?

  /// A peer is there. Returns whether it was not before.
  mutating func found(
    _ peer: PeerID, at addresses: [Multiaddr], now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> Bool {
    let isNew = entries[peer] == nil
    guard !isNew || entries.count < Limits.MDNS.instances else { return false }
    let schedule = entries[peer]?.schedule ?? RedialSchedule(configuration: Self.configuration)
    let isIdle = !connected.contains(peer) && !underWay.contains(peer)
    entries[peer] = Entry(
      addresses: addresses, schedule: schedule, next: isIdle ? now + Self.jitter(using: &random) : nil)
    return isNew
  }

  /// A peer is no longer there. Its connection stays as long as it stays.
  mutating func lost(_ peer: PeerID) { entries[peer] = nil }

  mutating func connected(_ peer: PeerID, now: NIODeadline) {
    connected.insert(peer)
    entries[peer]?.next = nil
    entries[peer]?.schedule.connected(at: now)
  }

  mutating func disconnected(_ peer: PeerID, now: NIODeadline, using random: inout some RandomNumberGenerator) {
    connected.remove(peer)
    guard var entry = entries[peer], !underWay.contains(peer) else { return }
    entry.next = now + entry.schedule.disconnected(at: now, using: &random)
    entries[peer] = entry
  }

  /// The network is another one now, or is back: nobody is waited for.
  mutating func networkChanged(now: NIODeadline, using random: inout some RandomNumberGenerator) {
    for (peer, entry) in entries where entry.next != nil {
      entries[peer]?.schedule = RedialSchedule(configuration: Self.configuration)
      entries[peer]?.next = now + Self.jitter(using: &random)
    }
  }

  /// The dials that are due; they count as begun.
  mutating func due(now: NIODeadline) -> [Dial] {
    guard pause.map({ $0 <= now }) ?? true else { return [] }
    pause = nil
    var dials: [Dial] = []
    let waiting = entries.compactMap { peer, entry in entry.next.map { (peer, $0) } }.sorted { $0.1 < $1.1 }
    for (peer, next) in waiting where next <= now {
      guard underWay.count < Limits.Discovery.dials, connected.count + underWay.count < Limits.Discovery.connections,
        budget.take(now: now)
      else {
        pause = now + .seconds(1)
        break
      }
      guard let addresses = entries[peer]?.addresses else { continue }
      entries[peer]?.next = nil
      underWay.insert(peer)
      dials.append(Dial(peer: peer, addresses: addresses))
    }
    return dials
  }

  /// A dial is over.
  mutating func ended(
    _ peer: PeerID, succeeded: Bool, now: NIODeadline, using random: inout some RandomNumberGenerator
  ) {
    underWay.remove(peer)
    pause = nil
    guard var entry = entries[peer], !connected.contains(peer) else { return }
    entry.next =
      now + (succeeded ? entry.schedule.disconnected(at: now, using: &random) : entry.schedule.failed(using: &random))
    entries[peer] = entry
  }

  /// When `due` has something to say.
  var deadline: NIODeadline? {
    guard let next = entries.values.compactMap(\.next).min() else { return nil }
    return pause.map { max($0, next) } ?? next
  }

  /// All find each other at the same time, and of two that dial each other one dials in vain.
  private static func jitter(using random: inout some RandomNumberGenerator) -> TimeAmount {
    .milliseconds(Int64.random(in: 0...Limits.MDNS.jitterMilliseconds, using: &random))
  }
}
