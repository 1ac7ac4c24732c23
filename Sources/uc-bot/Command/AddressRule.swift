import Multiformats

/// Says before anything starts whether an address that a user gave can be dialled or listened on.
enum AddressRule {
  private static let hosts: Set<String> = ["ip4", "ip6", "dns", "dns4", "dns6"]

  /// The address to dial that `text` means.
  static func dialled(_ text: String, from source: String) throws(UsageError) -> Multiaddr {
    let address = try parsed(text, from: source)
    let names = address.components.map(\.proto.name)
    if names.first == "dnsaddr" { return address }
    try require(names, of: text, from: source, verb: "dialled")
    return address
  }

  /// The address to listen on that `text` means.
  static func listened(_ text: String, from source: String) throws(UsageError) -> Multiaddr {
    let address = try parsed(text, from: source).withoutPeerID
    let names = address.components.map(\.proto.name)
    guard let host = names.first, host == "ip4" || host == "ip6" else {
      throw UsageError("\(source) \(text): listening takes an /ip4/ or /ip6/ address, e.g. /ip4/0.0.0.0/tcp/9095")
    }
    try require(names, of: text, from: source, verb: "listened on")
    return address
  }

  private static func parsed(_ text: String, from source: String) throws(UsageError) -> Multiaddr {
    do {
      return try Multiaddr(text)
    } catch {
      throw UsageError("\(source) \(text): \(error)")
    }
  }

  /// TCP is the one transport: `/<host>/tcp/<port>`, with an optional zone before and an optional `/p2p/<id>` behind.
  private static func require(
    _ names: [String], of text: String, from source: String, verb: String
  ) throws(UsageError) {
    var rest = names[...]
    if rest.first == "ip6zone" { rest = rest.dropFirst() }
    guard let host = rest.popFirst(), hosts.contains(host), rest.popFirst() == "tcp" else {
      throw UsageError(
        "\(source) \(text): only TCP addresses can be \(verb), e.g. /ip4/127.0.0.1/tcp/9095 or /dns4/host/tcp/9095")
    }
    if rest.first == "p2p" { rest = rest.dropFirst() }
    guard rest.isEmpty else {
      throw UsageError("\(source) \(text): cannot be \(verb), as /\(rest.joined(separator: "/")) is not supported")
    }
  }
}
