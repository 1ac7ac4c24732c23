import Limits

/// Why a signed envelope, or the peer record in one, is not believed.
public enum EnvelopeError: Error, Hashable, Sendable {
  /// The envelope is larger than any is read.
  case tooLong(length: Int)
  /// The bytes are not the protobuf of an envelope, or of a record.
  case malformed
  /// The key in the envelope is none.
  case key(KeyError)
  /// The envelope holds something of another type.
  case payloadType
  /// The signature is not the key's, or was made for another purpose.
  case signature
  /// The peer id in the record is none.
  case peerID(PeerIDError)
  /// The record is about another peer than the one that signed it (RUSTSEC-2022-0009).
  case signer
}

extension EnvelopeError: CustomStringConvertible {
  /// What was found and what was expected, in one line.
  public var description: String {
    switch self {
    case .tooLong(let length):
      "signed envelope of \(length) bytes, expected at most \(Limits.Keys.envelopeBytes)"
    case .malformed: "not the protobuf of a signed envelope"
    case .key(let error): "signed envelope: \(error)"
    case .payloadType: "signed envelope holds something of another type than was expected"
    case .signature: "signed envelope with a wrong signature"
    case .peerID(let error): "peer record: \(error)"
    case .signer: "peer record signed by another peer than it is about"
    }
  }
}
