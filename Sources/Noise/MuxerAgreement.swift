/// Agreement on a stream muxer inside the handshake (libp2p/specs connections/inlined-muxer-negotiation.md).
enum MuxerAgreement {
  /// The first of the initiator's list that the responder has too.
  ///
  /// - Returns: `nil` when either end sent no list: then multistream-select follows, as ever.
  /// - Throws: ``NoiseError/noCommonMuxer(ours:theirs:)`` when both sent lists and nothing is in both.
  static func choose(ours: [String], theirs: [String], role: NoiseRole) throws(NoiseError) -> String? {
    guard !ours.isEmpty, !theirs.isEmpty else { return nil }
    let (initiator, responder) = role == .initiator ? (ours, theirs) : (theirs, ours)
    let common = initiator.first { offer in responder.contains { $0.utf8.elementsEqual(offer.utf8) } }
    guard let common else { throw .noCommonMuxer(ours: ours, theirs: theirs) }
    return common
  }
}
