/// Which end of a connection one is.
public enum NoiseRole: Hashable, Sendable {
  /// The dialer; sends messages 1 and 3.
  case initiator
  /// The listener; sends message 2.
  case responder
}

/// `HandshakeState` of the Noise specification (revision 34, section 5.3) for the one pattern that libp2p uses:
///
/// ```
/// XX:
///   -> e
///   <- e, ee, s, es
///   -> s, se
/// ```
///
/// Knows nothing of libp2p: prologue and payloads are any bytes, and there are no length prefixes.
package struct XXHandshake: Sendable {
  private enum Token { case e, s, ee, es, se }

  private static let messages: [[Token]] = [[.e], [.e, .ee, .s, .es], [.s, .se]]

  /// Messages in the pattern.
  package static let messageCount = 3

  private let role: NoiseRole
  private let staticKey: X25519KeyPair
  private let ephemeralKey: X25519KeyPair
  private var remoteEphemeral: [UInt8] = []
  private var symmetric: SymmetricState
  private var transport: (fromInitiator: CipherState, fromResponder: CipherState)?

  /// Messages written and read so far.
  package private(set) var position = 0
  /// The peer's static public key, once its message has been read.
  package private(set) var remoteStatic: [UInt8] = []

  /// - Parameters:
  ///   - prologue: what both ends must have in common; empty in libp2p.
  ///   - ephemeralKey: used for this handshake and never again; only test vectors bring their own.
  package init(role: NoiseRole, prologue: [UInt8] = [], staticKey: X25519KeyPair, ephemeralKey: X25519KeyPair) {
    self.role = role
    self.staticKey = staticKey
    self.ephemeralKey = ephemeralKey
    symmetric = SymmetricState(protocolName: "Noise_XX_25519_ChaChaPoly_SHA256")
    symmetric.mixHash(prologue)
  }

  /// Hash of the whole handshake so far: the same at both ends, and at no other connection.
  package var handshakeHash: [UInt8] { symmetric.hash }

  /// Whether the next message is written here (and not read).
  package var isOurTurn: Bool {
    position < Self.messageCount && (position.isMultiple(of: 2) == (role == .initiator))
  }

  /// The bytes of message `index` (0…2) besides its payload: keys and tags.
  package static func overhead(ofMessage index: Int) -> Int {
    // e | e, s + tag, payload's tag | s + tag, payload's tag
    switch index {
    case 0: X25519KeyPair.publicKeyLength
    case 1: 2 * X25519KeyPair.publicKeyLength + 2 * CipherState.tagLength
    default: X25519KeyPair.publicKeyLength + 2 * CipherState.tagLength
    }
  }

  /// `WriteMessage`.
  package mutating func write(payload: [UInt8]) throws(NoiseError) -> [UInt8] {
    guard isOurTurn else { throw .outOfTurn }
    var message: [UInt8] = []
    for token in Self.messages[position] {
      switch token {
      case .e:
        message += ephemeralKey.publicKey
        symmetric.mixHash(ephemeralKey.publicKey)
      case .s: message += try symmetric.encryptAndHash(staticKey.publicKey)
      case .ee, .es, .se: try mixSecret(token)
      }
    }
    message += try symmetric.encryptAndHash(payload)
    advance()
    return message
  }

  /// `ReadMessage`: the payload. After an error the handshake is over; the caller closes the connection.
  package mutating func read(_ message: [UInt8]) throws(NoiseError) -> [UInt8] {
    guard position < Self.messageCount, !isOurTurn else { throw .outOfTurn }
    let failure = NoiseError.handshakeDecryptionFailed(message: position + 1)
    var rest = message[...]
    for token in Self.messages[position] {
      switch token {
      case .e:
        guard rest.count >= X25519KeyPair.publicKeyLength else { throw failure }
        remoteEphemeral = Array(rest.prefix(X25519KeyPair.publicKeyLength))
        rest = rest.dropFirst(X25519KeyPair.publicKeyLength)
        symmetric.mixHash(remoteEphemeral)
      case .s:
        // Always behind `ee`, hence encrypted.
        let length = X25519KeyPair.publicKeyLength + CipherState.tagLength
        guard rest.count >= length, let key = try symmetric.decryptAndHash(rest.prefix(length)) else { throw failure }
        remoteStatic = key
        rest = rest.dropFirst(length)
      case .ee, .es, .se: try mixSecret(token)
      }
    }
    guard let payload = try symmetric.decryptAndHash(rest) else { throw failure }
    advance()
    return payload
  }

  /// The ciphers of the transport phase, seen from this end; `nil` before the last message. They can be taken once.
  package mutating func split() -> (send: CipherState, receive: CipherState)? {
    guard let keys = transport else { return nil }
    transport = nil
    return role == .initiator
      ? (keys.fromInitiator, keys.fromResponder) : (keys.fromResponder, keys.fromInitiator)
  }

  private mutating func advance() {
    position += 1
    if position == Self.messageCount { transport = symmetric.split() }
  }

  /// A Diffie-Hellman token: the first letter is the initiator's key, the second the responder's.
  private mutating func mixSecret(_ token: Token) throws(NoiseError) {
    let ourKey: X25519KeyPair
    let theirKey: [UInt8]
    switch (token, role) {
    case (.es, .initiator), (.se, .responder): (ourKey, theirKey) = (ephemeralKey, remoteStatic)
    case (.es, .responder), (.se, .initiator): (ourKey, theirKey) = (staticKey, remoteEphemeral)
    default: (ourKey, theirKey) = (ephemeralKey, remoteEphemeral)
    }
    symmetric.mixKey(try ourKey.sharedSecret(with: theirKey))
  }
}
