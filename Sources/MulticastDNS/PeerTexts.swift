import Identity
import Limits
import Multiformats

/// The texts in which a peer says where it is: `dnsaddr=<address>/p2p/<id>` (libp2p/specs discovery/mdns.md).
enum PeerTexts {
  /// The texts of a peer, those of `addresses` that serve on a local network. So many as fit into one packet.
  static func write(_ addresses: [Multiaddr]) -> [[UInt8]] {
    var texts: [[UInt8]] = []
    var bytes = 0
    for address in addresses.prefix(Limits.MDNS.addresses) {
      let text = Array("dnsaddr=\(address)".utf8)
      guard text.count <= 255, bytes + text.count < Limits.MDNS.texts else { continue }
      texts.append(text)
      bytes += text.count + 1
    }
    return texts
  }

  /// The peer that texts are about, and where it can be dialled; nil if they say nothing of use. Whose texts they are is
  /// proven by nothing: the handshake will tell.
  static func read(_ texts: [[UInt8]]) -> (peer: PeerID, addresses: [Multiaddr])? {
    var peer: PeerID?
    var addresses: [Multiaddr] = []
    // Most of what a peer says is of transports that nobody here speaks.
    for text in texts.prefix(Limits.MDNS.textsRead) where addresses.count < Limits.MDNS.addresses {
      guard let equals = text.firstIndex(of: UInt8(ascii: "=")), isKey(text[..<equals]),
        let address = try? Multiaddr(String(decoding: text[(equals + 1)...], as: UTF8.self)), serves(address),
        let id = address.peerID.flatMap({ try? PeerID(bytes: $0) })
      else { continue }
      // One name is one peer.
      guard peer == nil || peer == id else { continue }
      peer = id
      if !addresses.contains(address) { addresses.append(address) }
    }
    return peer.map { ($0, addresses) }
  }

  /// Whether an address is of use to the neighbours. That of loopback is another machine for each of them, and one of a
  /// single link (fe80::…) cannot be dialled without the name of that link.
  static func serves(_ address: Multiaddr) -> Bool {
    switch AddressScope(tcp: address) {
    case .global: return true
    case .unusable, nil: return false
    case .local:
      guard let host = address.components.first else { return false }
      if host.proto == .ip4 { return host.value.first != 127 }
      let isMapped = host.value.dropLast(6).allSatisfy { $0 == 0 }
      let isOfLink = host.value.first == 0xFE && host.value.dropFirst().prefix(1).allSatisfy { $0 & 0xC0 == 0x80 }
      return !isMapped && !isOfLink
    }
  }

  /// py-libp2p numbers its texts, as its library keeps one of each name: `dnsaddr`, `dnsaddr2`, …
  private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
    let word = Array("dnsaddr".utf8)
    return key.prefix(word.count).map { $0 | 0x20 } == word
      && key.dropFirst(word.count).allSatisfy { (48...57).contains($0) }
  }
}
