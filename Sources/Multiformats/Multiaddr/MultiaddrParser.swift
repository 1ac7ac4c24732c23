import Limits

/// Reads addresses, text and binary, within their bounds.
enum MultiaddrParser {
  private typealias Component = Multiaddr.Component
  private static let slash = UInt8(ascii: "/")

  /// The binary form of a text address.
  static func bytes(text: String) throws(MultiaddrError) -> [UInt8] {
    let length = text.utf8.count
    guard length <= Limits.Multiaddr.text else {
      throw MultiaddrError(
        .tooLong, offset: Limits.Multiaddr.text, "\(length) characters", expected: "at most \(Limits.Multiaddr.text)",
        source: Excerpt.quoted(text.utf8.prefix(80)))
    }
    let text = Array(text.utf8)
    do throws(MultiaddrError) { return try bytes(utf8: text) } catch { throw error.within(text) }
  }

  private static func bytes(utf8 text: [UInt8]) throws(MultiaddrError) -> [UInt8] {
    guard let first = text.first else {
      throw MultiaddrError(.empty, offset: 0, "empty address", expected: "such as /ip4/127.0.0.1/tcp/4001")
    }
    guard first == slash else {
      throw MultiaddrError(.noSlash, offset: 0, "no slash", expected: "an address that begins with /")
    }
    var end = text.endIndex
    while end > 0, text[end - 1] == slash { end -= 1 }
    guard end > 0 else {
      throw MultiaddrError(.empty, offset: 0, "no protocol", expected: "such as /ip4/127.0.0.1/tcp/4001")
    }
    var bytes: [UInt8] = []
    var count = 0
    // `position` is always that of a slash, or the end.
    var position = 0
    while position < end {
      let nameEnd = segmentEnd(text, after: position, end)
      let component = try component(text, position, nameEnd, end)
      position = component.next
      component.value.append(to: &bytes)
      count += 1
      try checkBounds(count: count, length: bytes.count, offset: position)
    }
    return bytes
  }

  /// The part whose name stands between the slash at `position` and `nameEnd`.
  private static func component(
    _ text: [UInt8], _ position: Int, _ nameEnd: Int, _ end: Int
  ) throws(MultiaddrError) -> (value: Component, next: Int) {
    let name = text[(position + 1)..<nameEnd]
    guard let proto = MultiaddrProtocol(name: String(decoding: name, as: UTF8.self)) else {
      throw MultiaddrError(
        .unknownProtocol, offset: position + 1, "\(Excerpt.quoted(name)) is no protocol",
        expected: "one such as ip4, dns4, tcp or p2p")
    }
    if proto.size == .fixed(0) { return (Component(proto, []), nameEnd) }
    guard nameEnd < end else {
      throw MultiaddrError(
        .missingValue, offset: end, "/\(proto.name) has no value", expected: MultiaddrValue.expectation(proto))
    }
    // A path keeps its slash and takes the rest.
    let start = proto.isPath ? nameEnd : nameEnd + 1
    let valueEnd = proto.isPath ? end : segmentEnd(text, after: nameEnd, end)
    do {
      return (Component(proto, try MultiaddrValue.bytes(proto, text: text[start..<valueEnd])), valueEnd)
    } catch {
      throw MultiaddrError(.invalidValue, offset: start, error.problem, expected: error.expected)
    }
  }

  /// Where the next slash after the one at `position` is, or `end`.
  private static func segmentEnd(_ text: [UInt8], after position: Int, _ end: Int) -> Int {
    text[(position + 1)..<end].firstIndex(of: slash) ?? end
  }

  /// The parts of a binary address.
  ///
  /// - Parameter checked: the bytes come from a valid address: no bounds, and values are not looked at again.
  static func components(bytes: [UInt8], checked: Bool = false) throws(MultiaddrError) -> [Multiaddr.Component] {
    guard !bytes.isEmpty || checked else {
      throw MultiaddrError(.empty, offset: 0, "empty address", expected: "at least one protocol")
    }
    var components: [Component] = []
    var position = 0
    while position < bytes.count {
      if !checked {
        if let last = components.last, last.proto.isPath {
          throw MultiaddrError(
            .trailing, offset: position, "something follows /\(last.proto.name)", expected: "the end of the address")
        }
        try checkBounds(count: components.count + 1, length: bytes.count, offset: position)
      }
      let start = position
      let code = try varint(bytes, &position, "protocol number")
      guard let proto = MultiaddrProtocol(rawValue: code) else {
        throw MultiaddrError(
          .unknownProtocol, offset: start, "\(code) is no protocol", expected: "the number of one, such as 4 for ip4")
      }
      let announced: UInt64
      switch proto.size {
      case .fixed(let length): announced = UInt64(length)
      case .lengthPrefixed: announced = try varint(bytes, &position, "length of /\(proto.name)")
      }
      let left = bytes.count - position
      guard let length = Int(exactly: announced), length <= left else {
        throw MultiaddrError(
          .missingValue, offset: position, "\(left) bytes left for /\(proto.name)", expected: "\(announced)")
      }
      let value = Array(bytes[position..<(position + length)])
      if !checked {
        do { try MultiaddrValue.validate(proto, value) } catch {
          throw MultiaddrError(.invalidValue, offset: position, error.problem, expected: error.expected)
        }
      }
      position += length
      components.append(Component(proto, value))
    }
    return components
  }

  private static func varint(
    _ bytes: [UInt8], _ position: inout Int, _ what: String
  ) throws(MultiaddrError) -> UInt64 {
    do {
      let (value, length) = try Varint.decode(bytes[position...])
      position += length
      return value
    } catch {
      throw MultiaddrError(.malformedNumber, offset: position, "\(what): \(error)", expected: "a varint")
    }
  }

  private static func checkBounds(count: Int, length: Int, offset: Int) throws(MultiaddrError) {
    guard count <= Limits.Multiaddr.components else {
      throw MultiaddrError(
        .tooLong, offset: offset, "more than \(Limits.Multiaddr.components) protocols",
        expected: "at most \(Limits.Multiaddr.components)")
    }
    guard length <= Limits.Multiaddr.bytes else {
      throw MultiaddrError(
        .tooLong, offset: offset, "more than \(Limits.Multiaddr.bytes) bytes",
        expected: "at most \(Limits.Multiaddr.bytes)")
    }
  }
}
