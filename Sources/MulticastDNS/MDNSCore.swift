import DNS
import Identity
import Limits
import Multiformats
import NIOCore

/// Finds the peers of the local network, and is found by them, by multicast DNS (RFC 6762, libp2p/specs
/// discovery/mdns.md).
///
/// A value without sockets, clock or randomness of its own: it is told which links there are and what comes over them,
/// and says what to send over which, and who is there. All answers are multicast, also those that somebody wants for
/// itself: that way everybody hears them.
public struct MDNSCore: Sendable {
  /// One message, to be sent to everybody on one link.
  public struct Packet: Sendable, Hashable {
    /// The number that the link was given.
    public let link: Int
    /// The message.
    public let bytes: [UInt8]
  }

  /// What is new.
  public enum Event: Sendable, Hashable {
    /// A peer is there, or is somewhere else than before; these are all of its addresses, each with `/p2p/<its id>`.
    case found(PeerID, [Multiaddr])
    /// A peer has said that it goes, or has not been heard of for long.
    case lost(PeerID)
  }

  /// What was not looked at, by cause.
  public struct Counters: Sendable, Hashable {
    /// Packets that are no message.
    public var malformed: UInt64 = 0
    /// Packets from somewhere else than the link.
    public var foreign: UInt64 = 0
    /// Packets beyond those that are looked at in a second.
    public var tooMany: UInt64 = 0
    /// Peers beyond those that are remembered.
    public var unremembered: UInt64 = 0
  }

  struct Link: Sendable {
    var networks: [IPNetwork]
    var queries: QuerySchedule
    var wanted: Set<MDNSNames.Wanted> = []
    var answerAt: NIODeadline?
    var lastAnswer: NIODeadline?
    /// Names that somebody said are there, without saying who that is.
    var unresolved: Set<DNSName> = []
    /// Packets looked at since `second`.
    var packets = 0
    var second: NIODeadline
  }

  let names: MDNSNames
  let localPeer: PeerID
  var links: [Int: Link] = [:]
  var neighbours = Neighbours()
  private var addresses: [Multiaddr] = []
  /// What was not looked at.
  public internal(set) var counters = Counters()

  /// The name of the service that all libp2p peers offer.
  public static let service = "_p2p._udp.local"

  /// - Parameters:
  ///   - peer: The local peer.
  ///   - services: The names to be found under, and to look under: ``service``, and others. What is no name is left out.
  ///   - label: The peer's own name; see ``label(using:)``.
  public init?(peer: PeerID, services: [String], label: String) {
    var known: [DNSName] = []
    for name in services.compactMap({ DNSName($0) }) where !known.contains(name) { known.append(name) }
    guard let names = MDNSNames(services: known, label: label) else { return nil }
    self.names = names
    localPeer = peer
  }

  /// A name that nobody else has: 32 letters and digits. The spec wants no peer id here.
  public static func label(using random: inout some RandomNumberGenerator) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<32).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
  }

  // MARK: what is there

  /// Where the local peer can be dialled, each address with `/p2p`. Those that are of no use to others are left out.
  public mutating func setAddresses(
    _ all: [Multiaddr], now: NIODeadline, using random: inout some RandomNumberGenerator
  ) {
    let useful = all.filter(PeerTexts.serves)
    guard useful != addresses else { return }
    addresses = useful
    for id in links.keys { links[id]?.queries = QuerySchedule(now: now, using: &random) }
  }

  /// A link is there, or is there again.
  /// - Parameter networks: The addresses that may speak on it.
  public mutating func linkUp(
    _ id: Int, networks: [IPNetwork], now: NIODeadline, using random: inout some RandomNumberGenerator
  ) {
    guard links[id] != nil || links.count < Limits.MDNS.links else { return }
    links[id] = Link(networks: networks, queries: QuerySchedule(now: now, using: &random), second: now)
  }

  /// A link is gone.
  public mutating func linkDown(_ id: Int) { links[id] = nil }

  // MARK: time

  /// When `advance` has something to do.
  public var deadline: NIODeadline? {
    (links.values.flatMap { [$0.queries.next, $0.answerAt] } + [neighbours.deadline]).compactMap { $0 }.min()
  }

  /// Does what is due.
  public mutating func advance(
    now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> (packets: [Packet], events: [Event]) {
    let events = report(neighbours.expire(now: now))
    var packets: [Packet] = []
    for id in links.keys.sorted() {
      guard var link = links[id] else { continue }
      if link.queries.next <= now {
        packets.append(Packet(link: id, bytes: query(link.unresolved, now: now).bytes))
        link.unresolved = []
        link.queries.sent(now: now, using: &random)
        // Who asks answers, too: so those hear of it who have asked before (spec, "Request").
        for index in names.services.indices { link.want(.service(index), now: now, using: &random) }
      }
      if let due = link.answerAt, due <= now {
        packets += answers(link).map { Packet(link: id, bytes: $0.bytes) }
        link.wanted = []
        link.answerAt = nil
        link.lastAnswer = now
      }
      links[id] = link
    }
    return (packets, events)
  }

  /// Says on all links that the peer goes.
  public func farewell() -> [Packet] {
    guard !addresses.isEmpty else { return [] }
    return links.keys.sorted().flatMap { id in
      names.services.indices.map { index in
        Packet(link: id, bytes: names.answer(.service(index), addresses: addresses, ttl: 0).bytes)
      }
    }
  }

  /// Asks who is there, says who is known, and asks for what `unresolved` names are.
  private func query(_ unresolved: Set<DNSName>, now: NIODeadline) -> DNSMessage {
    var message = DNSMessage()
    message.questions = names.services.map { DNSQuestion($0, .ptr) } + unresolved.map { DNSQuestion($0, .txt) }
    for service in names.services {
      for (name, seconds) in neighbours.fresh(under: service, now: now).prefix(Limits.MDNS.knownAnswers) {
        message.answers.append(DNSRecord(service, ttl: seconds, .ptr(name)))
      }
    }
    return message
  }

  /// Peers that look at one address only should see one of their own link.
  private func answers(_ link: Link) -> [DNSMessage] {
    guard !addresses.isEmpty else { return [] }
    let isNear: (Multiaddr) -> Bool = { address in
      guard let host = address.components.first else { return false }
      return link.networks.contains { $0.contains(host.value) }
    }
    let ordered = addresses.filter(isNear) + addresses.filter { !isNear($0) }
    return link.wanted.map { names.answer($0, addresses: ordered, ttl: UInt32(Limits.MDNS.ttlSeconds)) }
  }

  mutating func report(_ changes: [Neighbours.Change]) -> [Event] {
    changes.compactMap { change in
      switch change {
      case .found(let peer, let addresses): return .found(peer, addresses)
      case .lost(let peer): return .lost(peer)
      case .full:
        counters.unremembered &+= 1
        return nil
      }
    }
  }
}

extension MDNSCore.Link {
  /// Something is asked for: it is answered after a moment, together with what else is asked until then, and once in a
  /// second at most (RFC 6762 §6).
  mutating func want(
    _ what: MDNSNames.Wanted, now: NIODeadline, using random: inout some RandomNumberGenerator
  ) {
    wanted.insert(what)
    guard answerAt == nil else { return }
    let moment = now + QuerySchedule.moment(using: &random)
    answerAt = lastAnswer.map { max(moment, $0 + .seconds(1)) } ?? moment
  }
}
