import Identity

/// What a handshake ends with: a proven peer, and the ciphers to talk to it.
public struct NoiseSession: Sendable {
  /// The peer, proven to hold the key of this id.
  public let peer: PeerID
  /// The peer's identity key.
  public let publicKey: PublicKey
  /// The stream muxer agreed on in the handshake; `nil` if multistream-select is still to agree on one.
  public let muxer: String?
  /// Seals and opens everything that follows. Take it out and keep it in one place: see ``NoiseTransport``.
  public let transport: NoiseTransport
}
