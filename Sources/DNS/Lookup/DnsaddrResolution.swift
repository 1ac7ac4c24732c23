import Limits
import Multiformats

/// What an address `/dnsaddr/<host>…` stands for: the texts `dnsaddr=<address>` of `_dnsaddr.<host>`, which may be such
/// addresses again (multiformats/multiaddr, protocols/DNSADDR.md).
///
/// A value: it says which name to ask for next, and is told the answer. Whoever owns the name decides what is in there,
/// so how far and how wide it goes is bounded.
///
/// ```swift
/// var resolution = DnsaddrResolution(address)
/// while let name = resolution.next() { resolution.answered(try await texts(of: name)) }
/// dial(resolution.addresses)
/// ```
public struct DnsaddrResolution: Sendable {
  /// What was found; none of it begins with `/dnsaddr`.
  public private(set) var addresses: [Multiaddr] = []

  private var waiting: [(name: DNSName, rest: [Multiaddr.Component], depth: Int)] = []
  private var current: (rest: [Multiaddr.Component], depth: Int)?
  private var asked: Set<DNSName> = []

  /// - Parameter address: One that begins with `/dnsaddr`; of any other comes nothing.
  public init(_ address: Multiaddr) { follow(address, depth: 1) }

  /// The name whose texts are wanted next; nil: that was all.
  public mutating func next() -> DNSName? {
    while !waiting.isEmpty {
      let (name, rest, depth) = waiting.removeFirst()
      // A circle, or more than anybody needs.
      guard asked.count < Limits.DNS.lookups, asked.insert(name).inserted else { continue }
      current = (rest, depth)
      return name
    }
    return nil
  }

  /// The texts of the name that `next` gave.
  public mutating func answered(_ texts: [[UInt8]]) {
    guard let (rest, depth) = current else { return }
    current = nil
    for text in texts.prefix(Limits.DNS.records) {
      guard text.starts(with: Array("dnsaddr=".utf8)), text.count <= Limits.Multiaddr.text,
        let address = try? Multiaddr(String(decoding: text.dropFirst(8), as: UTF8.self))
      else { continue }
      let components = address.components
      // What stands behind the name chooses among the answers: the peer, most of the time.
      guard components.suffix(rest.count).elementsEqual(rest) else { continue }
      if components.first?.proto == .dnsaddr {
        follow(address, depth: depth + 1)
      } else if addresses.count < Limits.DNS.addresses, !addresses.contains(address) {
        addresses.append(address)
      }
    }
  }

  private mutating func follow(_ address: Multiaddr, depth: Int) {
    guard depth <= Limits.DNS.depth, waiting.count < Limits.DNS.lookups, let first = address.components.first,
      first.proto == .dnsaddr, let host = first.text, let name = DNSName("_dnsaddr." + host)
    else { return }
    waiting.append((name, Array(address.components.dropFirst()), depth))
  }
}
