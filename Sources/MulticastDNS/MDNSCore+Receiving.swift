import DNS
import Identity
import Limits
import Multiformats
import NIOCore

/// What comes from others. Everybody in the network can send anything, as often as they like.
extension MDNSCore {
  /// The port of multicast DNS.
  public static let port = 5_353

  /// A packet came over a link.
  /// - Parameters:
  ///   - source: The address of who sent it, four bytes or sixteen. From which of its ports does not matter: rust-libp2p
  ///     answers from another than 5353, though RFC 6762 §6 wants that one, and whoever is on the link can have any.
  public mutating func received(
    _ bytes: [UInt8], from source: [UInt8], on id: Int, now: NIODeadline, using random: inout some RandomNumberGenerator
  ) -> [Event] {
    guard var link = links[id] else { return [] }
    defer { links[id] = link }
    // Off the link nobody can be a neighbour, and whoever is made to answer there is used against somebody (§11).
    guard link.networks.contains(where: { $0.contains(source) }) else {
      counters.foreign &+= 1
      return []
    }
    if now - link.second >= .seconds(1) {
      link.second = now
      link.packets = 0
    }
    guard link.packets < Limits.MDNS.packetsPerSecond else {
      counters.tooMany &+= 1
      return []
    }
    link.packets += 1
    guard bytes.count <= Limits.MDNS.packet, let message = try? DNSMessage(bytes: bytes) else {
      counters.malformed &+= 1
      return []
    }
    guard message.opcode == 0, message.code == 0 else { return [] }
    guard message.isResponse else {
      answer(message, on: &link, now: now, using: &random)
      return []
    }
    return learn(message, on: &link, now: now)
  }

  private func answer(
    _ query: DNSMessage, on link: inout Link, now: NIODeadline, using random: inout some RandomNumberGenerator
  ) {
    for question in query.questions {
      guard let wanted = names.wanted(by: question), !isKnown(wanted, to: query) else { continue }
      link.want(wanted, now: now, using: &random)
    }
  }

  /// Whether who asks has heard of us not long ago (§7.1).
  private func isKnown(_ wanted: MDNSNames.Wanted, to query: DNSMessage) -> Bool {
    guard case .service(let index) = wanted else { return false }
    return query.answers.contains { record in
      record.name == names.services[index] && record.content == .ptr(names.instances[index])
        && Int(record.ttl) >= Limits.MDNS.ttlSeconds / 2
    }
  }

  private mutating func learn(_ response: DNSMessage, on link: inout Link, now: NIODeadline) -> [Event] {
    var events: [Event] = []
    var pointed: [DNSName] = []
    // rust-libp2p has a record for each of its addresses.
    var said: [DNSName: (texts: [[UInt8]], ttl: UInt32)] = [:]
    var order: [DNSName] = []
    let records = response.answers + response.additionals
    for record in records {
      guard case .ptr(let name) = record.content, names.services.contains(record.name), !names.instances.contains(name)
      else { continue }
      if record.ttl == 0 {
        events += report(neighbours.left(name))
      } else {
        pointed.append(name)
      }
    }
    // The names of rust-libp2p stand under no service: they are known by what points to them.
    let known = Set(pointed)
    for record in records {
      switch record.content {
      case .txt(let texts) where known.contains(record.name) || isForeign(record.name):
        if record.ttl == 0 {
          events += report(neighbours.left(record.name))
        } else if let before = said[record.name] {
          said[record.name] = (before.texts + texts, min(before.ttl, record.ttl))
        } else {
          said[record.name] = (texts, record.ttl)
          order.append(record.name)
        }
      default: break
      }
    }
    for name in order {
      guard let (texts, ttl) = said[name], let (peer, addresses) = PeerTexts.read(texts), peer != localPeer else {
        continue
      }
      link.unresolved.remove(name)
      events += report(neighbours.heard(name, peer: peer, addresses: addresses, ttl: ttl, now: now))
    }
    // Who says only its name is asked with the next question.
    for name in pointed where !neighbours.isKnown(name) && link.unresolved.count < Limits.MDNS.unresolved {
      link.unresolved.insert(name)
    }
    return events
  }

  private func isForeign(_ name: DNSName) -> Bool { names.isUnderService(name) && !names.instances.contains(name) }
}
