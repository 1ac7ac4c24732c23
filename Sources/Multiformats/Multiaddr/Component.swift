extension Multiaddr {
  /// One part of an address: a protocol and, where it has one, its value.
  public struct Component: Hashable, Sendable {
    /// The protocol.
    public let proto: MultiaddrProtocol
    /// The value in binary, without the length before it; empty for a protocol without value.
    public let value: [UInt8]

    init(_ proto: MultiaddrProtocol, _ value: [UInt8]) {
      self.proto = proto
      self.value = value
    }

    /// The value as it stands in text, or `nil` for a protocol without value.
    ///
    /// The text of a path (`/unix`) begins with a slash.
    public var text: String? { proto.size == .fixed(0) ? nil : MultiaddrValue.text(proto, value) }

    /// The port of `/tcp`, `/udp`, `/dccp` or `/sctp`.
    public var port: Int? {
      switch proto {
      case .tcp, .udp, .dccp, .sctp: value.count == 2 ? Int(value[0]) << 8 | Int(value[1]) : nil
      default: nil
      }
    }

    /// How many bytes the part takes in a binary address.
    var encodedLength: Int {
      let prefix = proto.size == .lengthPrefixed ? Varint.encodedLength(UInt64(value.count)) : 0
      return Varint.encodedLength(proto.code) + prefix + value.count
    }

    /// Writes the part at the end of a binary address.
    func append(to bytes: inout [UInt8]) {
      Varint.append(proto.code, to: &bytes)
      if proto.size == .lengthPrefixed { Varint.append(UInt64(value.count), to: &bytes) }
      bytes.append(contentsOf: value)
    }
  }
}

extension Multiaddr.Component: CustomStringConvertible {
  /// The part as it stands in a text address: `/tcp/4001`.
  public var description: String {
    guard let text else { return "/" + proto.name }
    return "/" + proto.name + (proto.isPath ? text : "/" + text)
  }
}
