import NIOCore

/// The end of a multistream-select 1.0 negotiation that proposes protocols, in the order of its preference.
///
/// ```swift
/// var dialer = Dialer(protocols: ["/meshsub/1.2.0", "/meshsub/1.1.0"])
/// write(dialer.start())                              // header and first proposal together
/// for output in try dialer.receive(&incoming) { … }  // with every read, until `.agreed`
/// ```
///
/// Proposals are made one at a time, each after the `na` to the one before: py and nim read whatever follows a
/// proposal as the next line of the negotiation (wire.md §7.2).
public struct Dialer: Sendable {
  /// What ``receive(_:)`` returns.
  public typealias Output = MultistreamOutput

  /// Whether the application may write right behind ``start()``, before the answer has come.
  ///
  /// The answer is checked all the same, when it comes: if it is not the protocol, ``receive(_:)`` throws, nothing is
  /// to be delivered, and what was written is lost. True only where it was asked for and there is just one proposal,
  /// because bytes written for one protocol must never be read as those of another.
  public let isLazy: Bool

  private let protocols: [String]
  private var state = State.awaitingHeader

  private enum State {
    case awaitingHeader
    /// The answer to `protocols[proposal]` is due.
    case awaitingAnswer(proposal: Int)
    case agreed
    case failed(MultistreamError)
  }

  /// - Parameters:
  ///   - protocols: what to propose, the preferred one first.
  ///   - lazy: see ``isLazy``; without effect unless there is exactly one protocol.
  public init(protocols: [String], lazy: Bool = false) {
    self.protocols = protocols
    isLazy = lazy && protocols.count == 1
  }

  /// The bytes to write first: the header and the first proposal, in one write.
  public func start() -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.reserveCapacity(64)
    Line.write(Line.header, to: &bytes)
    if let first = protocols.first { Line.write(first, to: &bytes) }
    return bytes
  }

  /// Takes the answers that have arrived.
  ///
  /// Consumes only what belongs to the negotiation; behind `.agreed` the rest of `buffer` is the application's. An
  /// incomplete line stays in `buffer` until the caller has appended more.
  public mutating func receive(_ buffer: inout ByteBuffer) throws(MultistreamError) -> [Output] {
    do throws(MultistreamError) {
      var outputs: [Output] = []
      while outputs.isEmpty, try step(&buffer, into: &outputs) {}
      return outputs
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// Takes one line. Returns whether another one may be taken.
  private mutating func step(_ buffer: inout ByteBuffer, into outputs: inout [Output]) throws(MultistreamError) -> Bool
  {
    switch state {
    case .agreed: return false
    case .failed(let error): throw error
    case .awaitingHeader:
      guard let line = try Line.read(from: &buffer) else { return false }
      guard line == Line.header else { throw .notMultistream(found: line) }
      guard !protocols.isEmpty else { throw .notSupported([]) }
      state = .awaitingAnswer(proposal: 0)
    case .awaitingAnswer(let proposal):
      guard let line = try Line.read(from: &buffer) else { return false }
      // Byte for byte: Swift's `==` on strings takes canonically equivalent texts for equal.
      if line.utf8.elementsEqual(protocols[proposal].utf8) {
        state = .agreed
        outputs.append(.agreed(line))
      } else if line == Line.notAvailable {
        let next = proposal &+ 1
        guard next < protocols.count else { throw .notSupported(protocols) }
        var bytes = ByteBuffer()
        Line.write(protocols[next], to: &bytes)
        state = .awaitingAnswer(proposal: next)
        outputs.append(.send(bytes))
      } else {
        throw .unexpectedAnswer(proposed: protocols[proposal], found: line)
      }
    }
    return true
  }
}
