import Limits

/// An address that says in full how to reach something: `/ip4/127.0.0.1/tcp/4001/p2p/12D3…` (multiformats/multiaddr).
///
/// A value of this type is valid and in its one canonical form; equal addresses have equal bytes.
///
/// ```swift
/// let address = try Multiaddr("/dns4/example.org/tcp/4001/p2p/QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC")
/// for component in address.components { print(component.proto.name, component.text ?? "") }
/// ```
public struct Multiaddr: Hashable, Sendable {
  /// The binary form, as it stands in messages.
  public let bytes: [UInt8]

  init(validBytes bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a text address; slashes at its end are ignored.
  ///
  /// - Throws: `MultiaddrError`, which says where the text goes wrong. Texts longer than `Limits.Multiaddr.text`, or
  ///   with more than `Limits.Multiaddr.components` parts, are refused.
  public init(_ text: String) throws(MultiaddrError) {
    bytes = try MultiaddrParser.bytes(text: text)
  }

  /// Reads a binary address that takes up all of `bytes`.
  ///
  /// - Throws: `MultiaddrError`, which says where the bytes go wrong.
  public init(bytes: some Collection<UInt8>) throws(MultiaddrError) {
    let length = bytes.count
    guard length <= Limits.Multiaddr.bytes else {
      throw MultiaddrError(.tooLong, offset: 0, "\(length) bytes", expected: "at most \(Limits.Multiaddr.bytes)")
    }
    let bytes = Array(bytes)
    _ = try MultiaddrParser.components(bytes: bytes)
    self.bytes = bytes
  }

  /// The address of a TCP port.
  ///
  /// - Parameters:
  ///   - ip: an IPv4 or IPv6 address as text, without zone.
  ///   - tcpPort: from 0 to 65535.
  public init(ip: String, tcpPort: Int) throws(MultiaddrError) {
    let proto: MultiaddrProtocol = ip.utf8.contains(UInt8(ascii: ":")) ? .ip6 : .ip4
    // The parts are read on their own: a slash in `ip` does not make it an address.
    var bytes: [UInt8] = []
    for (proto, text) in [(proto, ip), (.tcp, String(tcpPort))] {
      do {
        Component(proto, try MultiaddrValue.bytes(proto, text: Array(text.utf8)[...])).append(to: &bytes)
      } catch {
        throw MultiaddrError(
          .invalidValue, offset: 0, error.problem, expected: error.expected, source: Excerpt.quoted(text.utf8))
      }
    }
    self.bytes = bytes
  }

  /// The parts, in order.
  public var components: [Component] {
    // The bytes were checked when the value was made.
    (try? MultiaddrParser.components(bytes: bytes, checked: true)) ?? []
  }

  /// Whether there are no parts: what is left of `/p2p/…` without its peer id.
  public var isEmpty: Bool { bytes.isEmpty }

  /// This address with another behind it, as in `/ip4/…/tcp/…` and `/p2p/…`.
  ///
  /// The result can be longer than what is read from a peer; then, or behind a `/unix` path, it is for showing only.
  public func appending(_ other: Multiaddr) -> Multiaddr { Multiaddr(validBytes: bytes + other.bytes) }

  /// The peer that the address leads to: the multihash in its last `/p2p`.
  ///
  /// `nil` if there is none, or only that of a relay (`…/p2p/<relay>/p2p-circuit`).
  public var peerID: [UInt8]? {
    for component in components.reversed() {
      if component.proto == .p2p { return component.value }
      if component.proto == .p2pCircuit { return nil }
    }
    return nil
  }

  /// The address without the `/p2p` at its end, if there is one.
  public var withoutPeerID: Multiaddr {
    guard let last = components.last, last.proto == .p2p else { return self }
    return Multiaddr(validBytes: Array(bytes.dropLast(last.encodedLength)))
  }
}

extension Multiaddr: CustomStringConvertible {
  /// The text form, in its one canonical spelling.
  public var description: String {
    guard !isEmpty else { return "/" }
    return components.map(\.description).joined()
  }
}
