import Limits

/// Asks name servers for the texts of one name, one server after the other, by UDP and, where the answer does not fit,
/// by TCP.
///
/// A value: it says what to send, and is told what came of it.
public struct TXTLookup: Sendable {
  /// What is to be done.
  public enum Step: Sendable, Hashable {
    /// Send `bytes` to the server of this number, and wait for answers for `Limits.DNS.trySeconds`.
    case ask(server: Int, overTCP: Bool, bytes: [UInt8])
    /// It is over: the texts of the name, each from one record; perhaps none.
    case found([[UInt8]])
    /// It is over.
    case failed(DNSLookupError)
  }

  private let name: DNSName
  private var servers: ArraySlice<Int>
  private var server = 0
  private var id: UInt16 = 0
  private var isTCP = false
  private var lastReason = "no name server is known"

  /// - Parameter servers: How many servers there are.
  public init(_ name: DNSName, servers: Int) {
    self.name = name
    let known = Array(0..<min(max(servers, 0), Limits.DNS.servers))
    // Twice around: one lost packet is no answer.
    self.servers = (known + known)[...]
  }

  /// The first step.
  /// - Parameter random: For the number of the question, by which an answer is known from a forged one.
  public mutating func begin(using random: inout some RandomNumberGenerator) -> Step { next(using: &random) }

  /// A message came from the server that was asked. Nil: it is no answer to the question; wait on.
  public mutating func received(_ bytes: [UInt8], using random: inout some RandomNumberGenerator) -> Step? {
    guard let message = try? DNSMessage(bytes: bytes), message.isResponse, message.id == id,
      message.questions.count == 1, let question = message.questions.first, question.name == name,
      question.type == .txt
    else {
      // Anybody can send a packet; what comes over the connection comes from the server.
      return isTCP ? failed("the answer cannot be read", using: &random) : nil
    }
    switch message.code {
    case 0 where message.isTruncated && !isTCP:
      isTCP = true
      return ask(using: &random)
    case 0: return .found(texts(message.answers))
    case 3: return .failed(.noSuchName("\(name)"))
    default: return failed("the server says error \(message.code)", using: &random)
    }
  }

  /// The server did not answer, or cannot be reached.
  public mutating func failed(_ reason: String, using random: inout some RandomNumberGenerator) -> Step {
    lastReason = reason
    return next(using: &random)
  }

  private mutating func next(using random: inout some RandomNumberGenerator) -> Step {
    guard let server = servers.popFirst() else { return .failed(.noAnswer("\(name)", reason: lastReason)) }
    self.server = server
    isTCP = false
    return ask(using: &random)
  }

  private mutating func ask(using random: inout some RandomNumberGenerator) -> Step {
    id = .random(in: .min ... .max, using: &random)
    var message = DNSMessage()
    message.id = id
    message.wantsRecursion = true
    message.questions = [DNSQuestion(name, .txt)]
    return .ask(server: server, overTCP: isTCP, bytes: message.bytes)
  }

  /// The texts of the name, or of the name that it stands for.
  private func texts(_ records: [DNSRecord]) -> [[UInt8]] {
    var names: Set<DNSName> = [name]
    // In the order in which servers write them: the alias before what it stands for.
    for record in records {
      if case .cname(let target) = record.content, names.contains(record.name) { names.insert(target) }
    }
    return records.compactMap { record in
      guard names.contains(record.name), case .txt(let parts) = record.content else { return nil }
      return Array(parts.joined())
    }
  }
}

/// Why a name has no texts.
public enum DNSLookupError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The servers know that there is none.
  case noSuchName(String)
  /// No server has given an answer; the reason is that of the last.
  case noAnswer(String, reason: String)

  /// One line.
  public var description: String {
    switch self {
    case .noSuchName(let name): "there is no \(name)"
    case .noAnswer(let name, let reason): "nobody answers for \(name): \(reason)"
    }
  }
}
