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
  ///   - source: The address of who sent it, four bytes or sixteen.
  ///   - port: The port that it was sent from.
  public mutating func received(
    _ bytes: [UInt8], from source: [UInt8], port: Int, on id: Int, now: NIODeadline,
    using random: inout some RandomNumberGenerator
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
    guard port == Self.port else {
      counters.foreign &+= 1
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
    for record in response.answers + response.additionals {
      switch record.content {
      case .ptr(let name) where names.services.contains(record.name) && isForeign(name):
        if record.ttl == 0 {
          events += report(neighbours.left(name))
        } else {
          pointed.append(name)
        }
      case .txt(let texts) where isForeign(record.name):
        if record.ttl == 0 {
          events += report(neighbours.left(record.name))
        } else if let (peer, addresses) = PeerTexts.read(texts), peer != localPeer {
          link.unresolved.remove(record.name)
          events += report(
            neighbours.heard(record.name, peer: peer, addresses: addresses, ttl: record.ttl, now: now))
        }
      default: break
      }
    }
    // Who says only its name is asked with the next question.
    for name in pointed where !neighbours.isKnown(name) && link.unresolved.count < Limits.MDNS.unresolved {
      link.unresolved.insert(name)
    }
    return events
  }

  private func isForeign(_ name: DNSName) -> Bool { names.isUnderService(name) && !names.instances.contains(name) }
}
