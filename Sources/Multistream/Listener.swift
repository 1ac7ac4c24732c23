import Limits
import NIOCore

/// The end of a multistream-select 1.0 negotiation that accepts or refuses what is proposed.
///
/// Takes everything that dialers of the wild do: header, proposals and the application's first bytes in one packet
/// (go, js, and lazy rust), several proposals at once of which some are refused (Kubo sends
/// `/libp2p/simultaneous-connect` and `/noise` together), or one line at a time (py, nim). `ls` is refused like any
/// unknown protocol; nobody needs it, and listing is amplification.
public struct Listener: Sendable {
  /// What ``receive(_:)`` returns.
  public typealias Output = MultistreamOutput

  private let supports: @Sendable (String) -> Bool
  private var state = State.awaitingHeader

  private enum State {
    case awaitingHeader
    /// So many proposals have been refused.
    case awaitingProposal(refused: Int)
    case agreed
    case failed(MultistreamError)
  }

  /// Accepts exactly the protocols given, byte for byte.
  public init(protocols: [String]) {
    // Not a set: Swift's `==` and hash on strings take canonically equivalent texts for equal.
    self.init(supports: { proposal in protocols.contains { $0.utf8.elementsEqual(proposal.utf8) } })
  }

  /// Accepts what `supports` says yes to; it is asked once for each proposal.
  public init(supports: @escaping @Sendable (String) -> Bool) { self.supports = supports }

  /// Takes what the dialer has said so far.
  ///
  /// Consumes only what belongs to the negotiation; behind `.agreed` the rest of `buffer` is the application's. All
  /// the answers to one read go into one `.send`. An incomplete line stays in `buffer` until the caller has appended
  /// more. If a line is bad, nothing is answered any more, not even to the good ones before it: the stream is to be
  /// closed.
  public mutating func receive(_ buffer: inout ByteBuffer) throws(MultistreamError) -> [Output] {
    do throws(MultistreamError) {
      var answer = ByteBuffer()
      var accepted: String?
      while accepted == nil, try step(&buffer, answer: &answer, accepted: &accepted) {}
      var outputs: [Output] = []
      if answer.readableBytes > 0 { outputs.append(.send(answer)) }
      if let accepted { outputs.append(.agreed(accepted)) }
      return outputs
    } catch {
      state = .failed(error)
      throw error
    }
  }

  /// Takes one line. Returns whether another one may be taken.
  private mutating func step(
    _ buffer: inout ByteBuffer, answer: inout ByteBuffer, accepted: inout String?
  ) throws(MultistreamError) -> Bool {
    switch state {
    case .agreed: return false
    case .failed(let error): throw error
    case .awaitingHeader:
      guard let line = try Line.read(from: &buffer) else { return false }
      guard line == Line.header else { throw .notMultistream(found: line) }
      Line.write(Line.header, to: &answer)
      state = .awaitingProposal(refused: 0)
    case .awaitingProposal(let refused):
      guard let line = try Line.read(from: &buffer) else { return false }
      if supports(line) {
        Line.write(line, to: &answer)
        state = .agreed
        accepted = line
      } else {
        let refused = refused &+ 1
        guard refused < Limits.Multistream.proposals else {
          throw .tooManyProposals(limit: Limits.Multistream.proposals)
        }
        Line.write(Line.notAvailable, to: &answer)
        state = .awaitingProposal(refused: refused)
      }
    }
    return true
  }
}
