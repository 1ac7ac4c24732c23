import Identity
import Limits
import NIOCore

/// Which messages are believed.
public enum SignaturePolicy: String, Sendable, CaseIterable {
  /// Only signed ones, as go, js and nim do (StrictSign).
  case strict
  /// Unsigned ones too, since some Python peers send them (wire.md §1.13). A signature that is there must be right.
  case lax
}

/// Why a message is neither delivered nor forwarded.
public enum RejectionReason: String, Error, Sendable, CaseIterable, CustomStringConvertible {
  /// No author.
  case missingSource
  /// The author is no peer id.
  case invalidSource
  /// The sequence number is missing or has not eight bytes.
  case invalidSequenceNumber
  /// No topic, or an empty one.
  case missingTopic
  /// The topic is too long or not UTF-8.
  case invalidTopic
  /// Unsigned under the strict policy.
  case missingSignature
  /// The author's id does not contain the key, and the message neither.
  case missingKey
  /// The key cannot be read.
  case invalidKey
  /// The key is another peer's.
  case keyMismatch
  /// The signature is wrong.
  case invalidSignature
  /// The application refused it.
  case refused

  /// A few words for people.
  public var description: String {
    switch self {
    case .missingSource: "it has no author"
    case .invalidSource: "its author is no peer id"
    case .invalidSequenceNumber: "its sequence number has not eight bytes"
    case .missingTopic: "it has no topic"
    case .invalidTopic: "its topic is too long, or no text"
    case .missingSignature: "it is not signed"
    case .missingKey: "it comes without the key that its signature is to be checked with"
    case .invalidKey: "its key cannot be read"
    case .keyMismatch: "its key is another peer's"
    case .invalidSignature: "its signature is wrong"
    case .refused: "it was refused"
    }
  }
}

/// Checks messages: cheaply for their form, and dearly for their signature.
///
/// The two are apart because a signature costs some 70 µs and duplicates, of which there are several for each
/// message, need not pay it.
public struct MessageValidator: Sendable {
  /// Which messages are believed.
  public let policy: SignaturePolicy

  /// A validator for a policy.
  public init(policy: SignaturePolicy) {
    self.policy = policy
  }

  /// Checks the form of a message.
  ///
  /// - Parameter id: the message's `id`, which the caller has computed already for the search for duplicates.
  public func inspect(_ wire: WireMessage, id: MessageID) throws(RejectionReason) -> Message {
    guard let from = wire.from, !from.isEmpty else { throw .missingSource }
    guard let source = try? PeerID(bytes: from) else { throw .invalidSource }
    guard let name = wire.topic, !name.isEmpty else { throw .missingTopic }
    guard name.count <= Limits.Gossipsub.topic, let topic = String(validating: name, as: UTF8.self) else {
      throw .invalidTopic
    }
    if policy == .strict, wire.signature?.isEmpty ?? true { throw .missingSignature }
    return Message(id: id, source: source, topic: topic, wire: wire)
  }

  /// Why a message without a usable id is refused.
  public func reasonWithoutID(_ wire: WireMessage) -> RejectionReason {
    wire.from?.isEmpty ?? true ? .missingSource : .invalidSequenceNumber
  }

  /// Checks the signature; returns without an error when it is right, or when the policy asks for none.
  public func verify(_ message: Message) throws(RejectionReason) {
    guard let signature = message.wire.signature, !signature.isEmpty else {
      if policy == .strict { throw .missingSignature }
      return
    }
    let key = try publicKey(of: message)
    var signed = ByteBufferAllocator().buffer(capacity: message.wire.encoded.readableBytes + 16)
    signed.writeStaticString(MessageSigner.prefix)
    message.wire.writeSignedPart(to: &signed)
    let isRight = signed.withUnsafeReadableBytes { signed in
      signature.withUnsafeBytes { signature in key.verify(signature: signature, of: signed) }
    }
    guard isRight else { throw .invalidSignature }
  }

  /// The key that came with the message, if it is its author's; else the one inside the author's id.
  private func publicKey(of message: Message) throws(RejectionReason) -> PublicKey {
    guard let bytes = message.wire.key, !bytes.isEmpty else {
      guard let key = message.source.publicKey else { throw .missingKey }
      return key
    }
    guard bytes.count <= Limits.Keys.publicKeyBytes, let key = try? PublicKey(protobuf: bytes) else {
      throw .invalidKey
    }
    guard PeerID(publicKey: key) == message.source else { throw .keyMismatch }
    return key
  }
}
