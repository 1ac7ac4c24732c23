import Limits

extension DNSMessage {
  /// Reads a message. Anybody on the network can send one: every size and every pointer in it is a claim.
  ///
  /// - Throws: ``DNSError``, which says where the bytes go wrong.
  public init(bytes: [UInt8]) throws(DNSError) {
    guard bytes.count <= Limits.DNS.message else { throw .tooLong(bytes: bytes.count) }
    var reader = DNSReader(bytes: bytes)
    self.init()
    id = try reader.uint16()
    let flags = try reader.uint16()
    isResponse = flags & 0x8000 != 0
    opcode = UInt8(truncatingIfNeeded: flags >> 11) & 0xF
    isAuthoritative = flags & 0x0400 != 0
    isTruncated = flags & 0x0200 != 0
    wantsRecursion = flags & 0x0100 != 0
    code = UInt8(truncatingIfNeeded: flags) & 0xF
    let counts = [
      Int(try reader.uint16()), Int(try reader.uint16()), Int(try reader.uint16()), Int(try reader.uint16()),
    ]
    let records = counts[1] + counts[2] + counts[3]
    guard counts[0] <= Limits.DNS.questions, records <= Limits.DNS.records else {
      throw .tooMany(questions: counts[0], records: records)
    }
    for _ in 0..<counts[0] {
      let name = try reader.name()
      var question = DNSQuestion(name, DNSType(rawValue: try reader.uint16()))
      question.wantsUnicast = try reader.uint16() & 0x8000 != 0
      questions.append(question)
    }
    for _ in 0..<counts[1] { answers.append(try reader.record()) }
    for _ in 0..<counts[2] { authorities.append(try reader.record()) }
    for _ in 0..<counts[3] { additionals.append(try reader.record()) }
  }
}

/// A place in a message that is being read.
struct DNSReader {
  let bytes: [UInt8]
  private(set) var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func uint16() throws(DNSError) -> UInt16 {
    let two = try take(2)
    return two.reduce(0) { $0 << 8 | UInt16($1) }
  }

  mutating func uint32() throws(DNSError) -> UInt32 {
    let four = try take(4)
    return four.reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func take(_ count: Int) throws(DNSError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw .endsEarly(at: bytes.count) }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  mutating func name() throws(DNSError) -> DNSName {
    let (name, end) = try name(at: position)
    position = end
    return name
  }

  /// A name, and where what follows it begins. Each pointer leads to before the part of the name that it stands in, so
  /// that none is followed twice; and there are few of them, or a packet full of them would cost seconds.
  private func name(at start: Int) throws(DNSError) -> (DNSName, end: Int) {
    var labels: [[UInt8]] = []
    var length = 1
    var place = start
    var partStart = start
    var end: Int?
    var pointers = 0
    while true {
      guard place < bytes.count else { throw .endsEarly(at: bytes.count) }
      let first = bytes[place]
      switch first >> 6 {
      case 0 where first == 0:
        return (DNSName(valid: labels), end ?? place + 1)
      case 0:
        let next = place + 1 + Int(first)
        guard next <= bytes.count else { throw .endsEarly(at: bytes.count) }
        length += Int(first) + 1
        guard length <= Limits.DNS.name else { throw .nameTooLong(at: start) }
        labels.append(Array(bytes[(place + 1)..<next]))
        place = next
      case 3:
        guard place + 1 < bytes.count else { throw .endsEarly(at: bytes.count) }
        let target = Int(first & 0x3F) << 8 | Int(bytes[place + 1])
        pointers += 1
        guard target < partStart, pointers <= Limits.DNS.pointers else { throw .badPointer(at: place) }
        end = end ?? place + 2
        place = target
        partStart = target
      default:
        throw .badLabel(at: place)
      }
    }
  }

  mutating func record() throws(DNSError) -> DNSRecord {
    let start = position
    let owner = try name()
    let type = DNSType(rawValue: try uint16())
    let isUnique = try uint16() & 0x8000 != 0
    // The top bit is not used: whoever sets it means zero (RFC 2181 §8).
    let ttl = try uint32()
    let length = Int(try uint16())
    guard length <= bytes.count - position else { throw .endsEarly(at: bytes.count) }
    let end = position + length
    let content = try content(of: type, until: end)
    guard position == end else { throw .badRecord(at: start) }
    return DNSRecord(owner, ttl: ttl > UInt32(Int32.max) ? 0 : ttl, isUnique: isUnique, content)
  }

  private mutating func content(of type: DNSType, until end: Int) throws(DNSError) -> DNSRecord.Content {
    switch type {
    case .a: return .a(Array(try take(4)))
    case .aaaa: return .aaaa(Array(try take(16)))
    case .ptr: return .ptr(try name())
    case .cname: return .cname(try name())
    case .txt:
      var texts: [[UInt8]] = []
      while position < end { texts.append(Array(try take(Int(try take(1).first ?? 0)))) }
      return .txt(texts)
    case .srv:
      return .srv(priority: try uint16(), weight: try uint16(), port: try uint16(), target: try name())
    default: return .other(type, Array(try take(end - position)))
    }
  }
}
