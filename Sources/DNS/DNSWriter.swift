extension DNSMessage {
  /// The message in bytes, its names compressed.
  public var bytes: [UInt8] {
    var writer = DNSWriter()
    writer.write(id)
    var flags = UInt16(opcode & 0xF) << 11 | UInt16(code & 0xF)
    if isResponse { flags |= 0x8000 }
    if isAuthoritative { flags |= 0x0400 }
    if isTruncated { flags |= 0x0200 }
    if wantsRecursion { flags |= 0x0100 }
    writer.write(flags)
    for count in [questions.count, answers.count, authorities.count, additionals.count] {
      writer.write(UInt16(clamping: count))
    }
    for question in questions {
      writer.write(question.name)
      writer.write(question.type.rawValue)
      writer.write(1 | (question.wantsUnicast ? 0x8000 : 0))
    }
    for record in answers + authorities + additionals { writer.write(record) }
    return writer.bytes
  }
}

struct DNSWriter {
  private(set) var bytes: [UInt8] = []
  /// Where names, and the ends of names, have been written.
  private var places: [[[UInt8]]: Int] = [:]

  mutating func write(_ number: UInt16) {
    bytes.append(UInt8(truncatingIfNeeded: number >> 8))
    bytes.append(UInt8(truncatingIfNeeded: number))
  }

  mutating func write(_ name: DNSName, isCompressed: Bool = true) {
    // Compared byte by byte: a pointer to a name in other letters would change how ours is written.
    var rest = name.labels[...]
    while let label = rest.first {
      if isCompressed, let place = places[Array(rest)] { return write(UInt16(clamping: place) | 0xC000) }
      // A pointer has 14 bits.
      if bytes.count < 0x4000 { places[Array(rest)] = bytes.count }
      bytes.append(UInt8(truncatingIfNeeded: label.count))
      bytes += label
      rest = rest.dropFirst()
    }
    bytes.append(0)
  }

  mutating func write(_ record: DNSRecord) {
    write(record.name)
    write(record.content.type.rawValue)
    write(1 | (record.isUnique ? 0x8000 : 0))
    write(UInt16(truncatingIfNeeded: record.ttl >> 16))
    write(UInt16(truncatingIfNeeded: record.ttl))
    let place = bytes.count
    write(0)
    switch record.content {
    case .a(let address), .aaaa(let address), .other(_, let address): bytes += address
    case .ptr(let name), .cname(let name): write(name)
    case .txt(let texts):
      for text in texts {
        bytes.append(UInt8(clamping: text.count))
        bytes += text.prefix(255)
      }
      // There has to be one (RFC 1035 §3.3.14).
      if texts.isEmpty { bytes.append(0) }
    case .srv(let priority, let weight, let port, let target):
      write(priority)
      write(weight)
      write(port)
      // Some do not expect a pointer here (RFC 2782).
      write(target, isCompressed: false)
    }
    let length = UInt16(clamping: bytes.count - place - 2)
    bytes[place] = UInt8(truncatingIfNeeded: length >> 8)
    bytes[place + 1] = UInt8(truncatingIfNeeded: length)
  }
}
