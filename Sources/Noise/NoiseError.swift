import Identity
import Multiformats

/// Why a Noise handshake or a secured connection ended. Each of them is fatal for the connection.
public enum NoiseError: Error, Hashable, Sendable {
  /// The system gives no random bytes.
  case noRandomness
  /// A private key of so many bytes, where 32 were expected.
  case privateKeyLength(Int)
  /// The identity key could not sign the static key; the reason is the key's.
  case signingFailed(String)
  /// Handshake message `message` (1…3) has an announced length outside of what it can have.
  case handshakeMessageLength(message: Int, length: Int, allowed: ClosedRange<Int>)
  /// Handshake message `message` was altered, or is no Noise message.
  case handshakeDecryptionFailed(message: Int)
  /// The peer's key is a point of low order: the shared secret would be all zero.
  case lowOrderPoint
  /// The payload is no `NoiseHandshakePayload` (libp2p noise spec, "The libp2p Handshake Payload").
  case malformedPayload(String)
  /// The payload lacks this field.
  case missingField(String)
  /// The identity key is longer than ``Limits/Keys/publicKeyBytes``.
  case identityKeyTooLong(length: Int, limit: Int)
  /// The identity key is of an unknown type or malformed; the reason is the key's.
  case invalidIdentityKey(String)
  /// The static key was not signed by the identity key.
  case invalidSignature
  /// The peer proved to be another one than was dialled.
  case wrongPeer(expected: PeerID, found: PeerID)
  /// The peer's list of muxers is longer than ``Limits/Noise/muxers``.
  case tooManyMuxers(count: Int, limit: Int)
  /// Both ends sent a list of muxers and the lists have nothing in common.
  case noCommonMuxer(ours: [String], theirs: [String])
  /// A transport message of `length` bytes is too short for its authentication tag.
  case messageTooShort(length: Int)
  /// A transport message was altered, replayed, or came out of order.
  case decryptionFailed
  /// A segment does not fit one Noise message.
  case segmentTooLong(length: Int, limit: Int)
  /// 2⁶⁴ − 1 messages have gone in one direction.
  case nonceExhausted
  /// libsodium refused to encrypt.
  case sealingFailed
  /// A handshake message was written or read when it was the other end's turn.
  case outOfTurn
}

extension NoiseError: CustomStringConvertible {
  /// What was wrong, in one line fit for a log.
  public var description: String {
    switch self {
    case .noRandomness: "noise: the system gives no random bytes"
    case .privateKeyLength(let length): "noise: private key of \(length) bytes, expected \(SecretKey.length)"
    case .signingFailed(let reason): "noise: the identity key cannot sign: \(reason)"
    case .handshakeMessageLength(let message, let length, let allowed):
      "noise: handshake message \(message) of \(length) bytes, expected \(allowed.lowerBound) to \(allowed.upperBound)"
    case .handshakeDecryptionFailed(let message): "noise: handshake message \(message) does not decrypt"
    case .lowOrderPoint: "noise: the peer's key is a point of low order"
    case .malformedPayload(let reason): "noise: malformed handshake payload: \(reason)"
    case .missingField(let field): "noise: handshake payload without \(field)"
    case .identityKeyTooLong(let length, let limit):
      "noise: identity key of \(length) bytes, at most \(limit) are accepted"
    case .invalidIdentityKey(let reason): "noise: invalid identity key: \(reason)"
    case .invalidSignature: "noise: the static key is not signed by the identity key"
    case .wrongPeer(let expected, let found): "noise: wrong peer: expected \(expected), found \(found)"
    case .tooManyMuxers(let count, let limit): "noise: \(count) muxers offered, at most \(limit) are accepted"
    case .noCommonMuxer(let ours, let theirs):
      "noise: no common muxer: we offer \(Self.list(ours)), the peer offers \(Self.list(theirs))"
    case .messageTooShort(let length):
      "noise: message of \(length) bytes, at least \(CipherState.tagLength) are needed"
    case .decryptionFailed: "noise: message does not decrypt"
    case .segmentTooLong(let length, let limit): "noise: segment of \(length) bytes, at most \(limit) fit one message"
    case .nonceExhausted: "noise: the nonces of this connection are used up"
    case .sealingFailed: "noise: libsodium refused to encrypt"
    case .outOfTurn: "noise: handshake message out of turn"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.map { Excerpt.quoted($0.utf8) }.joined(separator: ", ")
  }
}
