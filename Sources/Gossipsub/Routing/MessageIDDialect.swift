/// Which notion of a message id a peer has, judged by what its identify message calls its software (wire.md §5.2).
///
/// Ids are local opinions: an IHAVE with our ids tells a peer of another dialect nothing; js counts it as a broken
/// promise, and old Python peers fail on bytes that are not text. So IHAVE and IDONTWANT go to our own dialect only.
public enum MessageIDDialect: Sendable, Hashable {
  /// The peer has not identified itself.
  case unknown
  /// Author and sequence number, as here.
  case shared
  /// Something else.
  case foreign

  /// The dialect of an agent string.
  public init(agent: String) {
    let agent = agent.lowercased()
    let isForeign =
      // rust-peer and the workshop's checker: `universal-connectivity/0.1.0`; go-peer is `universal-connectivity/go-peer`.
      Self.hasVersion(agent, after: "universal-connectivity/")
      || ["rust-libp2p", "js-libp2p", "nim-libp2p"].contains { agent.hasPrefix($0) }
      // py-libp2p 0.7 writes ids in hexadecimal, earlier ones as the text of a tuple; later ones as bytes.
      || (agent.hasPrefix("py-libp2p/") && Self.isOldPython(agent.dropFirst("py-libp2p/".count)))
    self = isForeign ? .foreign : .shared
  }

  private static func hasVersion(_ agent: String, after prefix: String) -> Bool {
    guard agent.hasPrefix(prefix), let next = agent.dropFirst(prefix.count).first else { return false }
    return ("0"..."9").contains(next)
  }

  private static func isOldPython(_ version: Substring) -> Bool {
    let parts = version.split(separator: ".", maxSplits: 2).map { Int($0) }
    guard parts.count >= 2, let major = parts[0], let minor = parts[1] else { return true }
    return major == 0 && minor < 8
  }
}
