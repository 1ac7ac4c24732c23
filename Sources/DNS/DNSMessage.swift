import Limits

/// A message of DNS, unicast or multicast (RFC 1035 §4, RFC 6762 §18).
public struct DNSMessage: Sendable, Hashable {
  /// Which question an answer belongs to; zero in multicast DNS.
  public var id: UInt16 = 0
  /// An answer, not a question.
  public var isResponse = false
  /// What kind of question; 0 is the usual one.
  public var opcode: UInt8 = 0
  /// The answer comes from whom the name belongs to.
  public var isAuthoritative = false
  /// There was more than fits.
  public var isTruncated = false
  /// The server is asked to ask others.
  public var wantsRecursion = false
  /// 0: no error; 2: the server failed; 3: there is no such name.
  public var code: UInt8 = 0
  /// What is asked.
  public var questions: [DNSQuestion] = []
  /// What answers it.
  public var answers: [DNSRecord] = []
  /// Who knows more; nothing here looks at them.
  public var authorities: [DNSRecord] = []
  /// What the asker will want to know next.
  public var additionals: [DNSRecord] = []

  /// A question without any.
  public init() {}

  /// An answer as multicast DNS sends it.
  public static func multicastResponse() -> DNSMessage {
    var message = DNSMessage()
    message.isResponse = true
    message.isAuthoritative = true
    return message
  }
}

/// What is asked.
public struct DNSQuestion: Sendable, Hashable {
  /// Of which name.
  public var name: DNSName
  /// Records of which type.
  public var type: DNSType
  /// The asker of multicast DNS wants the answer for itself (RFC 6762 §5.4).
  public var wantsUnicast = false

  /// Asks for the records of a type.
  public init(_ name: DNSName, _ type: DNSType) {
    self.name = name
    self.type = type
  }
}

/// The type of a record; those that nobody here knows are numbers.
public struct DNSType: RawRepresentable, Sendable, Hashable {
  /// The number that IANA gave it.
  public let rawValue: UInt16
  /// Any number is a type.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// An IPv4 address.
  public static let a = DNSType(rawValue: 1)
  /// The name that this one stands for.
  public static let cname = DNSType(rawValue: 5)
  /// A name that this one leads to, one of perhaps many.
  public static let ptr = DNSType(rawValue: 12)
  /// Texts.
  public static let txt = DNSType(rawValue: 16)
  /// An IPv6 address.
  public static let aaaa = DNSType(rawValue: 28)
  /// Where a service is: host and port.
  public static let srv = DNSType(rawValue: 33)
  /// In a question: of every type.
  public static let any = DNSType(rawValue: 255)
}

/// What is known of a name.
public struct DNSRecord: Sendable, Hashable {
  /// What it says; anything that is not read here is bytes.
  public enum Content: Sendable, Hashable {
    case a([UInt8])
    case aaaa([UInt8])
    case ptr(DNSName)
    case cname(DNSName)
    /// Texts of at most 255 bytes each; a longer one is cut off when it is written.
    case txt([[UInt8]])
    case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    case other(DNSType, [UInt8])

    /// The type that content of this kind has.
    public var type: DNSType {
      switch self {
      case .a: .a
      case .aaaa: .aaaa
      case .ptr: .ptr
      case .cname: .cname
      case .txt: .txt
      case .srv: .srv
      case .other(let type, _): type
      }
    }
  }

  /// Of which name.
  public var name: DNSName
  /// Seconds for which it may be believed.
  public var ttl: UInt32
  /// In multicast DNS: there are no others of this name and type (RFC 6762 §10.2).
  public var isUnique = false
  /// What it says.
  public var content: Content

  /// A record of the Internet.
  public init(_ name: DNSName, ttl: UInt32, isUnique: Bool = false, _ content: Content) {
    self.name = name
    self.ttl = ttl
    self.isUnique = isUnique
    self.content = content
  }
}

/// Why bytes are no message of DNS.
public enum DNSError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The bytes end in the middle of something.
  case endsEarly(at: Int)
  /// A pointer that leads nowhere, forward, or in a circle.
  case badPointer(at: Int)
  /// A label of a kind that nobody uses.
  case badLabel(at: Int)
  /// A name of more than 255 bytes.
  case nameTooLong(at: Int)
  /// A record whose content has another size than it says.
  case badRecord(at: Int)
  /// More than is looked at.
  case tooMany(questions: Int, records: Int)
  /// More bytes than are looked at.
  case tooLong(bytes: Int)

  /// One line.
  public var description: String {
    switch self {
    case .endsEarly(let place): "the message ends early, at byte \(place)"
    case .badPointer(let place): "the pointer at byte \(place) does not lead back to a name"
    case .badLabel(let place): "no label at byte \(place)"
    case .nameTooLong(let place): "the name at byte \(place) has more than \(Limits.DNS.name) bytes"
    case .badRecord(let place): "the record at byte \(place) has another size than it says"
    case .tooMany(let questions, let records):
      "\(questions) questions and \(records) records, the limits are \(Limits.DNS.questions) and \(Limits.DNS.records)"
    case .tooLong(let bytes): "\(bytes) bytes, the limit is \(Limits.DNS.message)"
    }
  }
}
